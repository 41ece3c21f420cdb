/** The part of the package that tests use; it brings no types. */
declare module "dns2" {
  type Question = { name: string; type: number };
  type Resource = { name: string; type: number; class: number; ttl: number } & Record<string, unknown>;
  type Message = { header: { rcode: number; aa: number }; questions: Question[]; answers: Resource[] };
  type Server = {
    on(event: "request", hear: (request: Message, send: (response: Message) => Promise<unknown>) => void): void;
    listen(port: number, address: string): Promise<unknown>;
    address(): { port: number };
    close(done: () => void): void;
  };

  const dns2: {
    createUDPServer(): Server;
    Packet: { TYPE: Record<string, number>; CLASS: { IN: number }; createResponseFromRequest(request: Message): Message };
  };
  export = dns2;
}
