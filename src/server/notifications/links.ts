import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { env } from "@/server/env";
import type { Channel } from "./schema";

/**
 * Signed links in messages. A token names tenant and subject and carries an HMAC under the shop's own key, so it works without sign-in,
 * cannot be guessed, does not end, and survives a changed AUTH_SECRET (domain.md 4.3).
 */
const PURPOSES = ["preferences", "message", "inbound", "push", "picture"] as const;
export type LinkPurpose = (typeof PURPOSES)[number];
export type LinkClaim = { purpose: LinkPurpose; orgId: string; shopId: string; subject: string };

const MAC_BYTES = 16;
const BODY_BYTES = 1 + 3 * 16;

const toBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex");
const toUuid = (bytes: Buffer): string => bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const mac = (pepper: Buffer, data: Buffer | string): Buffer =>
  createHmac("sha256", pepper).update("guthaben link v1\n").update(data).digest().subarray(0, MAC_BYTES);

export function signLink(pepper: Buffer, claim: LinkClaim): string {
  const body = Buffer.concat([Buffer.from([PURPOSES.indexOf(claim.purpose)]), ...[claim.orgId, claim.shopId, claim.subject].map(toBytes)]);
  return Buffer.concat([body, mac(pepper, body)]).toString("base64url");
}

/** What a token claims, unproven: tells whose key to check it with. Null for anything that is no token. */
export function readLink(token: string): LinkClaim | null {
  if (!/^[\w-]{87}$/.test(token)) return null;
  const bytes = Buffer.from(token, "base64url");
  // The last character has two bits that no byte uses: of the four spellings of a token only the one that was signed is it.
  if (bytes.toString("base64url") !== token) return null;
  const purpose = PURPOSES[bytes[0] ?? -1];
  if (!purpose || bytes.length !== BODY_BYTES + MAC_BYTES) return null;
  const [orgId, shopId, subject] = [1, 17, 33].map((at) => toUuid(bytes.subarray(at, at + 16)));
  return orgId && shopId && subject ? { purpose, orgId, shopId, subject } : null;
}

export function verifyLink(pepper: Buffer, token: string, purpose: LinkPurpose): boolean {
  const bytes = Buffer.from(token, "base64url");
  return readLink(token)?.purpose === purpose && timingSafeEqual(mac(pepper, bytes.subarray(0, BODY_BYTES)), bytes.subarray(BODY_BYTES));
}

/** Binds a target address to a message, so that the redirect serves nobody else's links. */
export const signTarget = (pepper: Buffer, token: string, url: string): string => mac(pepper, `${token}\n${url}`).toString("base64url");

export function verifyTarget(pepper: Buffer, token: string, url: string, signature: string): boolean {
  const given = Buffer.from(signature, "base64url");
  const right = mac(pepper, `${token}\n${url}`);
  return given.length === right.length && timingSafeEqual(given, right);
}

const base = (): string => env().APP_URL.replace(/\/$/, "");
/** GET shows a page, POST unsubscribes (RFC 8058). */
export const unsubscribeUrl = (token: string): string => `${base()}/u/${token}`;
export const preferencesUrl = (token: string): string => `${base()}/preferences/${token}`;
export const pictureUrl = (token: string): string => `${base()}/p/${token}`;
export const pixelUrl = (token: string): string => `${base()}/t/o/${token}`;
export const clickUrl = (pepper: Buffer, token: string, url: string): string =>
  `${base()}/t/c/${token}?u=${encodeURIComponent(url)}&s=${signTarget(pepper, token, url)}`;

/** The key under which an address is remembered without being kept. */
export const addressHash = (pepper: Buffer, channel: string, normalised: string): Buffer =>
  createHmac("sha256", pepper).update(`address\n${channel}\n${normalised}`).digest();

/** Where providers report to; null on a machine that the internet does not reach, because they refuse such addresses. */
export function inboundUrl(
  pepper: Buffer,
  tenant: { orgId: string; shopId: string },
  source: "twilio" | "events" | "bounce",
): string | null {
  if (!base().startsWith("https:")) return null;
  return `${base()}/api/hooks/${signLink(pepper, { purpose: "inbound", orgId: tenant.orgId, shopId: tenant.shopId, subject: tenant.shopId })}/${source}`;
}

/**
 * The confirmation token of a request: tenant and 256 bits that only this server can derive from the request's name. The database holds the
 * name and a hash, so neither it nor a page that shows messages can confirm anything.
 */
export function optInToken(tenant: { orgId: string; shopId: string }, nonce: string): string {
  const key = Buffer.from(hkdfSync("sha256", env().AUTH_SECRET, "guthaben", "opt-in v1", 32));
  const secret = createHmac("sha256", key).update(`${tenant.shopId}\n${nonce}`).digest();
  return Buffer.concat([toBytes(tenant.orgId), toBytes(tenant.shopId), secret]).toString("base64url");
}
export const confirmUrl = (token: string): string => `${base()}/confirm/${token}`;

/** As long and as plain as a real token, because an SMS is billed by both; it names nobody. */
const EXAMPLE_TOKEN = { long: "example".padEnd(87, "-"), short: "example".padEnd(16, "-") };
/** Links of a message that is only looked at: they look like the real ones of its channel and belong to nobody. */
export const exampleLinks = (channel: Channel) => {
  const token = EXAMPLE_TOKEN[channel === "sms" ? "short" : "long"];
  return { unsubscribe: unsubscribeUrl(token), preferences: preferencesUrl(token), confirm: confirmUrl(EXAMPLE_TOKEN.long) };
};
