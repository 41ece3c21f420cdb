import { createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const BITS = 2048;

/** A new pair: the public half as it is published, the secret half as PEM. */
export async function createKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: BITS,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicKey: publicKey.toString("base64"), privateKey };
}

/** Unlike any other shop's under the same domain, and unlike the one before: a selector is never used again. */
export const createSelector = (): string => `guthaben-${randomBytes(4).toString("hex")}`;

/** The size of a published RSA key in bits; null when it is none. Some publish the bare key (PKCS#1). */
export function rsaBits(key: string): number | null {
  const der = Buffer.from(key, "base64");
  for (const type of ["spki", "pkcs1"] as const) {
    try {
      return createPublicKey({ key: der, format: "der", type }).asymmetricKeyDetails?.modulusLength ?? null;
    } catch {
      // Not this form; what fits none of them is no key, and that is the answer.
    }
  }
  return null;
}

const ED25519_BYTES = 32;
export const isEd25519 = (key: string): boolean => Buffer.from(key, "base64").length === ED25519_BYTES;
