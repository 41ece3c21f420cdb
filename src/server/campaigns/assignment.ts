import type { Arm } from "@db/schema/campaigns";
import { sha256 } from "./sha256";

export const BUCKETS = 10_000;

/**
 * The bucket 0 … 9,999 of a person in a campaign: the first 48 bits of SHA-256(utf8(salt ":" subject)) modulo 10,000 (domain.md 2.1).
 * PostgreSQL computes the same in `assignment_bucket`; a test compares both.
 */
export function bucketOf(salt: string, subject: string): number {
  const digest = sha256(`${salt}:${subject}`);
  // 32 + 16 bits stay below 2^53, so the number is exact.
  const first48 = (digest[0] ?? 0) * 2 ** 16 + ((digest[1] ?? 0) >>> 16);
  return first48 % BUCKETS;
}

/** The arm a holdout share (in hundredths of a percent) gives this person. */
export const armOf = (salt: string, subject: string, holdoutBps: number): Arm =>
  bucketOf(salt, subject) < holdoutBps ? "control" : "treated";
