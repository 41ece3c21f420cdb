import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** Takes every message and forgets it, in a process of its own: its work must not be counted as the sender's. */
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  logger: false,
  onData: (stream, _session, done) => {
    stream.resume();
    stream.on("end", () => done());
  },
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.server.address() as AddressInfo).port }));
