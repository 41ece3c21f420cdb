import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { AppError } from "@/server/errors";

/** OWASP's scrypt setting that needs 32 MB per attempt: equally strong as the 128 MB one, kinder to a small server. Stored in each hash, so that it can rise. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;

import { PASSWORD_MAX, PASSWORD_MIN } from "./schema";

type Cost = typeof COST;

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NFC: the same password typed on another keyboard may arrive decomposed.
    scrypt(password.normalize("NFC"), salt, KEY_BYTES, { ...cost, maxmem: 2 * 128 * cost.N * cost.r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** `scrypt$N$r$p$salt$key`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

let dummy: Promise<string> | undefined;

/**
 * Compares in constant time. With no hash (unknown person, or one without password) the same work is done on a dummy, so that the
 * answer takes equally long and nobody learns which addresses have an account.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  if (password.length > PASSWORD_MAX) return false;
  dummy ??= hashPassword(randomBytes(16).toString("hex"));
  const [, n, r, p, salt = "", key = ""] = (stored ?? (await dummy)).split("$");
  const expected = Buffer.from(key, "base64url");
  const actual = await derive(password, Buffer.from(salt, "base64url"), { N: Number(n), r: Number(r), p: Number(p) });
  return actual.length === expected.length && timingSafeEqual(actual, expected) && stored !== null;
}

/** The commonest roots of guessed passwords, and our own name. A longer list would not help much beside the throttle. */
const GUESSES = [
  "passwor",
  "qwertz",
  "qwerty",
  "123456",
  "abcdef",
  "letmein",
  "willkommen",
  "hallo",
  "guthaben",
  "admin",
  "iloveyou",
  "sommer",
  "winter",
];

/** NIST SP 800-63B: length instead of composition rules; refuse what is guessed first. Throws WEAK_PASSWORD. */
export function checkPasswordStrength(password: string, email: string): void {
  const text = password.normalize("NFC").toLowerCase();
  const weak = (reason: string): never => {
    throw new AppError("WEAK_PASSWORD", { reason });
  };
  if (text.length < PASSWORD_MIN || text.length > PASSWORD_MAX) weak("length");
  if (new Set(text).size < 5) weak("repetitive");
  const local = email.split("@")[0]?.toLowerCase() ?? "";
  if (local.length >= 4 && text.includes(local) && text.length - local.length < 8) weak("email");
  for (const guess of GUESSES) if (text.includes(guess) && text.length - guess.length < 8) weak("common");
}
