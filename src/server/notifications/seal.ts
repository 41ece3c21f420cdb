import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { env } from "@/server/env";
import { AppError } from "@/server/errors";

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

let cached: { secret: string; key: Buffer } | undefined;

/** One key for all stored secrets, derived from AUTH_SECRET and used for nothing else. */
function sealingKey(): Buffer {
  const secret = env().AUTH_SECRET;
  if (cached?.secret !== secret) cached = { secret, key: Buffer.from(hkdfSync("sha256", secret, "guthaben", "channel secrets v1", 32)) };
  return cached.key;
}

/**
 * AES-256-GCM. `place` (organisation:table:column:id) is bound into the seal: a sealed value copied to another row does not open
 * (domain.md 5.4).
 */
export function seal(plain: string, place: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(), iv);
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), iv, cipher.getAuthTag(), sealed]);
}

/** Opens what `seal` made. Throws SECRET_UNREADABLE when AUTH_SECRET has changed since, or the value was moved or altered. */
export function unseal(sealed: Buffer, place: string): string {
  try {
    if (sealed[0] !== VERSION) throw new Error("unknown version");
    const decipher = createDecipheriv("aes-256-gcm", sealingKey(), sealed.subarray(1, 1 + IV_BYTES));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new AppError("SECRET_UNREADABLE", {}, { cause: error });
  }
}
