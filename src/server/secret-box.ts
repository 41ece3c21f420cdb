import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { env } from "@/server/env";

/** First byte of everything sealed: which key and layout it was made with. */
const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const key = (): Buffer => Buffer.from(hkdfSync("sha256", env().AUTH_SECRET, "", "guthaben secret box 1", 32));

/**
 * Encrypts a secret for a column (AES-256-GCM, key derived from AUTH_SECRET).
 *
 * @param place what the secret belongs to, as `table:column:row`; opening it at another place fails, so that rows cannot be swapped.
 */
export function sealSecret(plain: string, place: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key(), iv).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), iv, cipher.getAuthTag(), body]);
}

/** The secret again. Throws when it was sealed with another AUTH_SECRET, for another place, or was changed. */
export function openSecret(sealed: Buffer, place: string): string {
  if (sealed[0] !== VERSION || sealed.length < 1 + IV_BYTES + TAG_BYTES) throw new Error(`${place}: not a sealed secret`);
  const iv = sealed.subarray(1, 1 + IV_BYTES);
  const tag = sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key(), iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
}
