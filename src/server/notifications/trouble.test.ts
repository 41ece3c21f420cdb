import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { SMTPServer } from "smtp-server";
import { describe, expect, it } from "vitest";
import { type EmailDelivery, errorText } from "./channels/adapter";
import { smsGatewayAdapter } from "./channels/sms";
import { type SmtpOptions, smtpAdapter } from "./channels/smtp";
import { parseLiquid, renderLiquid } from "./templates/liquid";
import { type MailHostOptions, smtpError, startHttpHost, startMailHost } from "./testing";
import { readTrouble, type Trouble } from "./trouble";

const words = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return errorText(error);
  }
  throw new Error("nothing went wrong");
};

describe("mistakes in the template language", () => {
  it.each<[string, Trouble]>([
    ["{{ a | shout }}", { code: "unknownFilter", name: "shout", line: 1, column: 1 }],
    ["Hallo\n  {% foo %}", { code: "unknownTag", name: "foo", line: 2, column: 3 }],
    ["{% include 'x' %}", { code: "unknownTag", name: "include", line: 1, column: 1 }],
    ["a {% endif %}", { code: "strayTag", name: "endif", line: 1, column: 3 }],
    ["{% unless a %}x{% endif %}", { code: "strayTag", name: "endif", line: 1, column: 16 }],
    ["{% else %}", { code: "strayTag", name: "else", line: 1, column: 1 }],
    ["\n{%- if a -%}x", { code: "unclosedTag", name: "if", line: 2, column: 1 }],
    ["{% for a in b %}", { code: "unclosedTag", name: "for", line: 1, column: 1 }],
    ["Hallo {{ a", { code: "unclosedBraces", name: "{{", line: 1, column: 7 }],
    ["{% if a", { code: "unclosedBraces", name: "{%", line: 1, column: 1 }],
    ["{% for a of b %}{% endfor %}", { code: "tagSyntax", name: "for", line: 1, column: 1 }],
    ["{% %}", { code: "tagNameMissing", line: 1, column: 4 }],
    ["{{ }}", { code: "valueMissing", line: 1, column: 4 }],
    ["{{ 1 + 2 }}", { code: "filterSyntax", line: 1, column: 7 }],
    ["{{ a | append }}", { code: "filterArguments", name: "append", line: 1, column: 1 }],
    ["{{ a.b[ }}", { code: "syntax", line: 1, column: 8 }],
  ])("%s", async (text, trouble) => {
    const said = await words(() => renderLiquid(parseLiquid("text", text), { a: "x" }, 1_000));
    expect(readTrouble(said)).toEqual(trouble);
  });

  it("that make too much of a small text", async () => {
    const loop = "{% for a in b %}{% for c in b %}{% for d in b %}{% endfor %}{% endfor %}{% endfor %}";
    const said = await words(() => renderLiquid(parseLiquid("text", loop), { b: Array.from({ length: 2_000 }, () => 1) }, 1_000));
    expect(readTrouble(said)).toMatchObject({ code: "tooComplex" });
    const long = await words(() => renderLiquid(parseLiquid("text", "{{ a }}"), { a: "x".repeat(2_000) }, 1_000));
    expect(readTrouble(long)).toEqual({ code: "tooLong", own: true });
  });
});

const delivery: EmailDelivery = {
  ...{ channel: "email", id: "1", to: "c1@example.com", from: { name: "Shop", address: "shop@example.com" }, replyTo: null },
  ...{ subject: "S", html: "<p>H</p>", text: "H", unsubscribe: [], messageId: "<1@example.com>" },
};
const plain = { host: "127.0.0.1", port: 1, secure: "none", user: null, password: null } satisfies SmtpOptions;

/** What an adapter says of a mail server of these settings. */
async function saidBy(options: Partial<SmtpOptions>, send = false): Promise<string> {
  const adapter = smtpAdapter({ ...plain, ...options });
  try {
    if (!send) return await words(() => adapter.verify());
    const outcome = await adapter.send(delivery);
    return "error" in outcome ? outcome.error : "sent";
  } finally {
    adapter.close();
  }
}

async function atHost(options: MailHostOptions, settings: Partial<SmtpOptions> = {}): Promise<string> {
  const host = await startMailHost(options);
  try {
    return await saidBy({ ...settings, port: host.port }, true);
  } finally {
    await host.close();
  }
}
const code = (said: string) => readTrouble(said)?.code;

describe("what mail servers and connections say", () => {
  it("when nothing listens, or nothing has that name", async () => {
    expect(code(await saidBy({ port: 1 }))).toBe("connectionRefused");
    expect(code(await saidBy({ host: "mail.invalid" }))).toBe("nameNotFound");
  });

  it("when the encryption does not fit, or the certificate proves nothing", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("220 no TLS here\r\n");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    expect(code(await saidBy({ port: (server.address() as AddressInfo).port, secure: "tls" }))).toBe("secureConnection");
    server.close();
    const own = new SMTPServer({ secure: true, logger: false });
    own.on("error", () => undefined);
    await new Promise<void>((done) => own.listen(0, "127.0.0.1", done));
    expect(code(await saidBy({ port: (own.server.address() as AddressInfo).port, secure: "tls" }))).toBe("certificate");
    await new Promise<void>((done) => own.close(done));
  });

  it("when they take neither login, sender, recipient nor message", async () => {
    expect(code(await atHost({ auth: { user: "a", password: "b" } }, { user: "a", password: "wrong" }))).toBe("wrongLogin");
    expect(code(await atHost({ rcpt: () => smtpError(550, "5.1.1 no such user") }))).toBe("recipientUnknown");
    expect(code(await atHost({ rcpt: () => smtpError(550, "no such user here") }))).toBe("recipientUnknown");
    expect(code(await atHost({ rcpt: () => smtpError(554, "not for you") }))).toBe("recipientRefused");
    expect(code(await atHost({ rcpt: () => smtpError(452, "4.2.2 over quota") }))).toBe("mailboxFull");
    expect(code(await atHost({ data: () => smtpError(552, "5.3.4 message too big") }))).toBe("tooLarge");
    expect(code(await atHost({ data: () => smtpError(552, "message exceeds fixed limit") }))).toBe("tooLarge");
    expect(code(await atHost({ data: () => smtpError(554, "5.7.1 looks like spam, see https://example.com/login") }))).toBe(
      "policyRefused",
    );
    expect(code(await atHost({ data: () => smtpError(554, "no") }))).toBe("refused");
  });

  it("when they want to be asked later", async () => {
    expect(code(await atHost({ rcpt: () => smtpError(451, "4.7.1 try again later") }))).toBe("rateLimited");
    expect(code(await atHost({ rcpt: () => smtpError(450, "too many connections from your host") }))).toBe("rateLimited");
    expect(code(await atHost({ data: () => smtpError(451, "4.3.0 local error") }))).toBe("temporaryFailure");
    expect(code(await atHost({ data: () => "hangUp" }))).toBe("connectionLost");
  });

  // Too slow, or impossible, to have happen here; as nodemailer and Node say it.
  it.each([
    ["Connection timeout", "timedOut"],
    ["Greeting never received", "timedOut"],
    ["connect ETIMEDOUT 192.0.2.1:587", "timedOut"],
    ["The operation was aborted due to timeout", "timedOut"],
    ["connect EHOSTUNREACH 192.0.2.1:587", "hostUnreachable"],
    ["read ECONNRESET", "connectionLost"],
    ["certificate has expired", "certificate"],
    ["Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b", "certificate"],
    ["Mail command failed: 553 sender not owned by user", "senderRefused"],
    ["Invalid greeting. response=421 4.7.0 too many connections", "rateLimited"],
    ["the provider is out of reach", "providerDown"],
    ["10.0.0.1 is not on the public internet", "privateAddress"],
  ] as const)("%s", (said, expected) => expect(code(said)).toBe(expected));

  it("when a gateway answers", async () => {
    const answers = { 401: "wrongLogin", 403: "accessDenied", 413: "tooLarge", 429: "rateLimited", 503: "serverFailed", 400: "refused" };
    for (const [status, expected] of Object.entries(answers)) {
      const host = await startHttpHost(() => ({ status: Number(status), body: "no, mind the certificate" }));
      const adapter = smsGatewayAdapter({ url: `${host.url}/sms`, token: null, from: "Shop", allowPrivate: true });
      const outcome = await adapter.send({ channel: "sms", id: "1", to: "+4915112345678", text: "Hallo" });
      expect(code("error" in outcome ? outcome.error : "")).toBe(expected);
      await host.close();
    }
    expect(code('400 {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}')).toBe("optedOut");
    expect(code('400 {"code":21211,"message":"Invalid \'To\' Phone Number"}')).toBe("recipientUnknown");
  });

  it("and says nothing of words it does not know", () => {
    for (const unknown of ["", "Huch!", "250 2.0.0 Ok", "200 fine"]) expect(readTrouble(unknown)).toBeNull();
  });
});
