import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { Secret, TOTP } from "otpauth";
import { withoutTenant, withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import { openSecret, sealSecret } from "@/server/secret-box";
import type { TenantTrx } from "@/server/tenancy/context";
import type { SignedIn } from "@/server/trpc/context";
import { requireStrong, revokeSessionsOf } from "./session";
import { throttle } from "./throttle";

/** RFC 6238 as every authenticator app knows it: six digits, 30 seconds, SHA-1. One step of tolerance to either side for slow clocks. */
const STEP_SECONDS = 30;
const WINDOW = 1;
const RECOVERY_CODES = 10;

const place = (userId: string): string => `auth_factor:secret:${userId}`;
const totp = (secret: Secret, label = "Guthaben"): TOTP => new TOTP({ issuer: "Guthaben", label, secret, period: STEP_SECONDS });

/** Lower case without what people add when they copy: spaces and hyphens. */
const plain = (code: string): string => code.toLowerCase().replace(/[\s-]/g, "");
const hashCode = (code: string): Buffer => createHash("sha256").update(plain(code)).digest();

export const hasSecondFactor = (userId: string): Promise<boolean> =>
  withoutTenant(async ({ trx }) => {
    const found = await sql`select from auth_factor where user_id = ${userId} and confirmed_at is not null`.execute(trx);
    return found.rows.length > 0;
  });

/** What the account page shows: whether it is on, since when, and how many recovery codes are left. */
export const secondFactorStatus = (signedIn: SignedIn): Promise<{ since: Date; codesLeft: number } | null> =>
  withUser(signedIn.user.id, async ({ trx }) => {
    const found = await sql<{ since: Date; codesLeft: number }>`
      select confirmed_at as since,
             (select count(*)::int from auth_recovery_code c where c.user_id = f.user_id and c.used_at is null) as "codesLeft"
      from auth_factor f where user_id = ${signedIn.user.id} and confirmed_at is not null`.execute(trx);
    return found.rows[0] ?? null;
  });

type Factor = { secret: Buffer; now_seconds: number };

/** Accepts each time step at most once: a code that was seen or replayed is refused. */
async function acceptTotp({ trx }: TenantTrx, userId: string, code: string, confirmed: boolean): Promise<boolean> {
  const found = await sql<Factor>`
    select secret, extract(epoch from clock_timestamp())::float8 as now_seconds from auth_factor
    where user_id = ${userId} and (confirmed_at is not null) = ${confirmed} for update`.execute(trx);
  const factor = found.rows[0];
  if (!factor) return false;
  const secret = Secret.fromBase32(openSecret(factor.secret, place(userId)));
  const delta = totp(secret).validate({ token: plain(code), timestamp: factor.now_seconds * 1000, window: WINDOW });
  if (delta === null) return false;
  const step = Math.floor(factor.now_seconds / STEP_SECONDS) + delta;
  const taken = await sql`update auth_factor set last_step = ${step} where user_id = ${userId} and last_step < ${step}`.execute(trx);
  return Number(taken.numAffectedRows ?? 0n) === 1;
}

/** Uses up a one-time code or a recovery code of a person; false when it is none, or was used before. */
export const spendCode = (userId: string, code: string): Promise<boolean> =>
  withoutTenant(async (handle) => {
    if (/^\d{6}$/.test(plain(code))) return acceptTotp(handle, userId, code, true);
    const used = await sql`update auth_recovery_code set used_at = clock_timestamp()
      where user_id = ${userId} and code_hash = ${hashCode(code)} and used_at is null`.execute(handle.trx);
    return Number(used.numAffectedRows ?? 0n) === 1;
  });

/** Makes a new secret, which protects nothing until a code of it is shown. Needs the password proved within ten minutes. */
export async function beginSecondFactor(signedIn: SignedIn): Promise<{ uri: string; secret: string }> {
  await requireStrong(signedIn);
  const { id, email } = signedIn.user;
  const secret = new Secret({ size: 20 });
  const sealed = sealSecret(secret.base32, place(id));
  const begun = await withUser(id, ({ trx }) =>
    sql`insert into auth_factor as f (user_id, secret) values (${id}, ${sealed})
        on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where f.confirmed_at is null`.execute(trx),
  );
  if (Number(begun.numAffectedRows ?? 0n) === 0) throw new AppError("SECOND_FACTOR_STATE");
  return { uri: totp(secret, email).toString(), secret: secret.base32 };
}

/** New recovery codes in the place of the old ones; shown once, only their hashes stay. 80 random bits each. */
async function replaceCodes({ trx }: TenantTrx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    new Secret({ buffer: new Uint8Array(randomBytes(10)).buffer }).base32.toLowerCase().replace(/(.{4})(?=.)/g, "$1-"),
  );
  await trx.deleteFrom("auth_recovery_code").where("user_id", "=", userId).execute();
  await trx
    .insertInto("auth_recovery_code")
    .values(codes.map((code) => ({ user_id: userId, code_hash: hashCode(code), used_at: null })))
    .execute();
  return codes;
}

/** Turns the second factor on, ends all other sessions (they were opened without it) and gives the recovery codes. */
export async function confirmSecondFactor(signedIn: SignedIn, code: string): Promise<{ codes: string[] }> {
  const userId = signedIn.user.id;
  await throttle({ key: `factor:${userId}`, limit: 10, windowSeconds: 60 });
  return withUser(userId, async (handle) => {
    if (!(await acceptTotp(handle, userId, code, false))) throw new AppError("SECOND_FACTOR_WRONG");
    await sql`update auth_factor set confirmed_at = clock_timestamp() where user_id = ${userId}`.execute(handle.trx);
    await revokeSessionsOf(handle, userId, signedIn.sessionId);
    return { codes: await replaceCodes(handle, userId) };
  });
}

export async function renewRecoveryCodes(signedIn: SignedIn): Promise<{ codes: string[] }> {
  await requireStrong(signedIn);
  const userId = signedIn.user.id;
  return withUser(userId, async (handle) => {
    const on = await sql`select from auth_factor where user_id = ${userId} and confirmed_at is not null for update`.execute(handle.trx);
    if (on.rows.length === 0) throw new AppError("SECOND_FACTOR_STATE");
    return { codes: await replaceCodes(handle, userId) };
  });
}

/** Turns it off, with its recovery codes. Needs the password proved within ten minutes. */
export async function removeSecondFactor(signedIn: SignedIn): Promise<void> {
  await requireStrong(signedIn);
  await withUser(signedIn.user.id, ({ trx }) => trx.deleteFrom("auth_factor").where("user_id", "=", signedIn.user.id).execute());
}
