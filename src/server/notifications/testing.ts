import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import type { Senders } from "./senders";

/** What a server of ours received, in order. */
export type Received = { from: string; to: string[]; mail: Email; raw: string };

export type MailHost = { port: number; received: Received[]; close: () => Promise<void> };

export type MailHostOptions = {
  /** Answers MAIL FROM: an error with `responseCode` refuses. */
  sender?: () => (Error & { responseCode: number }) | null;
  /** Answers RCPT TO: an error with `responseCode` refuses. */
  rcpt?: (address: string) => (Error & { responseCode: number }) | null;
  /** Answers the end of DATA; `hangUp` closes the connection without a word, after the message was taken. */
  data?: (received: Received) => (Error & { responseCode: number }) | "hangUp" | null;
  auth?: { user: string; password: string };
};

export const smtpError = (responseCode: number, text: string): Error & { responseCode: number } =>
  Object.assign(new Error(text), { responseCode });

/** A real SMTP server on loopback. */
export async function startMailHost(options: MailHostOptions = {}): Promise<MailHost> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: !options.auth,
    allowInsecureAuth: true,
    disabledCommands: options.auth ? ["STARTTLS"] : ["STARTTLS", "AUTH"],
    logger: false,
    closeTimeout: 50,
    onAuth: ({ username, password }, _session, done) => {
      const right = username === options.auth?.user && password === options.auth?.password;
      done(right ? null : smtpError(535, "authentication failed"), right ? { user: username } : undefined);
    },
    onMailFrom: (_address, _session, done) => done(options.sender?.() ?? null),
    onRcptTo: ({ address }, _session, done) => done(options.rcpt?.(address) ?? null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks);
        void PostalMime.parse(raw).then((mail) => {
          const { mailFrom, rcptTo } = session.envelope;
          const one: Received = {
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map(({ address }) => address),
            mail,
            raw: raw.toString("utf8"),
          };
          received.push(one);
          const answer = options.data?.(one) ?? null;
          if (answer === "hangUp") for (const client of server.connections) client.close();
          else done(answer);
        });
      });
    },
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.server.address() as AddressInfo;
  return { port, received, close: () => new Promise((done) => server.close(() => done())) };
}

export type HttpCall = { method: string; path: string; headers: IncomingMessage["headers"]; body: Buffer };
export type HttpHost = { url: string; calls: HttpCall[]; close: () => Promise<void> };

/** A real HTTP server on loopback whose answers a test decides. */
export async function startHttpHost(
  answer: (call: HttpCall) => { status: number; body?: string; headers?: Record<string, string> },
): Promise<HttpHost> {
  const calls: HttpCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      calls.push(call);
      const { status, body, headers } = answer(call);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port.toString()}`,
    calls,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** Ways out that a test sets up itself. */
export const onlySenders = (senders: Partial<Senders>): Senders => ({
  email: null,
  sms: null,
  push: null,
  paused: [],
  emailFromEnvironment: false,
  ...senders,
});
