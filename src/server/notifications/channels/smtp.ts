import { createPrivateKey } from "node:crypto";
import { createTransport } from "nodemailer";
import { referenceHeaders } from "../feedback/provider-reference";
import { type Adapter, breaksHeader, type EmailDelivery } from "./adapter";
import { outcomeOf } from "./smtp-outcome";

export type SmtpOptions = { host: string; port: number; secure: "tls" | "starttls" | "none"; user: string | null; password: string | null };

/** With what e-mails are signed on their way out (DKIM, RFC 6376). */
export type Signing = { domain: string; selector: string; privateKey: string };

/**
 * What is signed: what says from whom to whom about what, and both headers by which people leave a list. Mailbox providers show their
 * button only when the signature covers the pair (RFC 8058, 4), and the library leaves out the second.
 */
const SIGNED_HEADERS = [
  ...["From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"],
  ...["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post"],
].join(":");

/** The key is read here and once: one that cannot be read must end the sending, not the signing. */
const dkimOf = ({ domain, selector, privateKey }: Signing) => ({
  ...{ domainName: domain, keySelector: selector, privateKey: createPrivateKey(privateKey), headerFieldNames: SIGNED_HEADERS },
});

const CONNECTIONS = 5;
const MESSAGES_PER_CONNECTION = 500;

/** `smtp://user:password@host:port`, as SMTP_URL carries it. */
export function smtpOptionsOf(url: string): SmtpOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== "smtp:" && protocol !== "smtps:") throw new Error("SMTP_URL must begin with smtp:// or smtps://");
  const tls = protocol === "smtps:";
  return {
    host: hostname,
    port: port === "" ? (tls ? 465 : 587) : Number(port),
    secure: tls ? "tls" : "starttls",
    user: username === "" ? null : decodeURIComponent(username),
    password: password === "" ? null : decodeURIComponent(password),
  };
}

/** Pooled SMTP. Nothing is requeued behind our back: a connection that breaks in the middle of a message leaves its outcome unknown. */
export function smtpAdapter(options: SmtpOptions, signing: Signing | null = null): Adapter<EmailDelivery> {
  const transport = createTransport({
    pool: true,
    host: options.host,
    port: options.port,
    secure: options.secure === "tls",
    ignoreTLS: options.secure === "none",
    requireTLS: options.secure === "starttls" && options.user !== null,
    ...(options.user === null ? {} : { auth: { user: options.user, pass: options.password ?? "" } }),
    maxConnections: CONNECTIONS,
    maxMessages: MESSAGES_PER_CONNECTION,
    maxRequeues: 0,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(signing ? { dkim: dkimOf(signing) } : {}),
  });
  return {
    provider: "smtp",
    concurrency: CONNECTIONS * 4,
    async send(delivery) {
      const { to, from, replyTo, returnTo, subject, html, text, unsubscribe, messageId } = delivery;
      if (breaksHeader(to, from.name, from.address, replyTo ?? "", returnTo ?? "", subject, messageId, ...unsubscribe))
        return { result: "failed", reason: "rejected", error: "a header would have contained a line break", bounce: null, code: null };
      try {
        const sent = await transport.sendMail({
          // As objects, so that nothing in them is parsed as a list of addresses.
          from,
          to: { name: "", address: to },
          ...(returnTo ? { envelope: { from: { name: "", address: returnTo }, to: { name: "", address: to } } } : {}),
          ...(replyTo ? { replyTo: { name: "", address: replyTo } } : {}),
          subject,
          html,
          text,
          messageId,
          headers: { ...(unsubscribe.length > 0 ? listHeaders(unsubscribe) : {}), ...referenceHeaders(options.host, messageId) },
        });
        return { result: "sent", ref: sent.messageId };
      } catch (error) {
        return outcomeOf(error, to);
      }
    },
    async verify() {
      await transport.verify();
      return `${options.host}:${options.port.toString()}`;
    },
    close: () => transport.close(),
  };
}

/** RFC 2369 and RFC 8058: the button of the mail program posts, it does not open a page. */
const listHeaders = (unsubscribe: readonly string[]): Record<string, string> => ({
  "List-Unsubscribe": unsubscribe.map((address) => `<${address}>`).join(", "),
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
});
