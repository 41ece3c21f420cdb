import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";

/**
 * How old a signed time may be. Providers try again for hours with the signature of the first time, SendGrid for a day; whatever comes twice
 * counts once anyway, so a short window would lose reports and gain nothing.
 */
const WINDOW_SECONDS = 48 * 3_600;
const AHEAD_SECONDS = 300;

/** Whether a signed time is one of now, by real time: the test clock does not move other people's servers. */
export const isTimely = (seconds: number): boolean => {
  const age = Date.now() / 1_000 - seconds;
  return Number.isFinite(seconds) && age <= WINDOW_SECONDS && age >= -AHEAD_SECONDS;
};

/** Mailgun: hex HMAC-SHA256 over time and token, under the account's signing key for web hooks. */
export function verifyMailgun(
  key: string,
  { timestamp, token, signature }: Record<"timestamp" | "token" | "signature", string | null>,
): boolean {
  if (!timestamp || !token) return false;
  const right = createHmac("sha256", key)
    .update(timestamp + token)
    .digest();
  const given = Buffer.from(signature ?? "", "hex");
  return given.length === right.length && timingSafeEqual(given, right);
}

/** SendGrid shows its key as base64 of the DER form; people also paste it with the lines of a PEM file. Null for what is no such key. */
export function sendgridKey(text: string): KeyObject | null {
  const der = Buffer.from(text.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, ""), "base64");
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : null;
  } catch {
    // What cannot be read as a key is none; whoever entered it is told.
    return null;
  }
}

/** SendGrid: ECDSA over P-256 with SHA-256 over the time and the body as it came. */
export function verifySendgrid(key: KeyObject, timestamp: string, signature: string, body: Buffer): boolean {
  return verify("sha256", Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, "base64"));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Postmark and Brevo sign nothing; they can give along a password by HTTP's own means, under any name, or as a bearer's token. */
export function verifyPassword(password: string, header: string | null): boolean {
  const [, scheme = "", value = ""] = /^(basic|bearer) +(\S+)$/i.exec(header ?? "") ?? [];
  const plain = scheme.toLowerCase() === "basic" ? Buffer.from(value, "base64").toString("utf8") : value;
  const given = scheme.toLowerCase() === "basic" ? plain.slice(plain.indexOf(":") + 1) : plain;
  return scheme !== "" && timingSafeEqual(digest(given), digest(password));
}
