/** The part of the package that tests use; it brings no types. */
declare module "dns2" {
  namespace dns2 {
    type Question = { name: string; type: number };
    type Resource = { name: string; type: number; class: number; ttl: number } & Record<string, unknown>;
    type Message = { header: { rcode: number }; questions: Question[]; answers: Resource[] };
    type Server = {
      on(event: "request", hear: (request: Message, send: (response: Message) => Promise<unknown>) => void): void;
      listen(port: number, address: string, done?: () => void): unknown;
      address(): { port: number };
      close(done: () => void): void;
    };
  }

  const dns2: {
    createUDPServer(): dns2.Server;
    createTCPServer(options: { idleTimeout: number }): dns2.Server;
    Packet: {
      TYPE: Record<string, number>;
      CLASS: { IN: number };
      createResponseFromRequest(request: dns2.Message): dns2.Message;
    };
  };
  export = dns2;
}
