import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { withoutTenant, withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import type { TenantTrx } from "@/server/tenancy/context";
import type { SignedIn } from "@/server/trpc/context";
import { SESSION_MAX_AGE_SECONDS } from "./session-cookie";

/*
 * Sessions live by the real database clock, not by app_now(): moving the test clock to a campaign's expiry must not sign people out,
 * and it must not extend a session either.
 */
const IDLE_LIMIT = "8 hours";
const TOUCH_EVERY = "1 minute";
export const STEP_UP_MINUTES = 10;

export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Where a session was opened; shown to its owner in the list of sessions. */
export type SessionOrigin = { ip: string | null; userAgent: string | null };

/** Opens a session and returns the secret for the cookie; only its hash is stored. */
export async function openSession(userId: string, origin: SessionOrigin): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await withUser(userId, ({ trx }) =>
    sql`insert into auth_session (user_id, token_hash, created_at, last_seen_at, strong_at, expires_at, ip, user_agent)
        values (${userId}, ${hashToken(token)}, clock_timestamp(), clock_timestamp(), clock_timestamp(),
                clock_timestamp() + make_interval(secs => ${SESSION_MAX_AGE_SECONDS}), ${origin.ip}, ${origin.userAgent?.slice(0, 300) ?? null})`.execute(
      trx,
    ),
  );
  return token;
}

type SessionRow = {
  id: string;
  strong_at: Date;
  user_id: string;
  name: string;
  email: string;
  locale: "de" | "en";
  theme: "system" | "light" | "dark";
  stale: boolean;
};

/** The person behind a session token, or null when the session is unknown, revoked, idle for 8 h, older than 30 d, or the account is disabled. */
export function resolveSession(token: string | null): Promise<SignedIn | null> {
  if (!token) return Promise.resolve(null);
  return withoutTenant(async ({ trx }) => {
    const found = await sql<SessionRow>`
      select s.id, s.strong_at, u.id as user_id, u.name, u.email, u.locale, u.theme,
             s.last_seen_at < clock_timestamp() - ${TOUCH_EVERY}::interval as stale
      from auth_session s join app_user u on u.id = s.user_id
      where s.token_hash = ${hashToken(token)} and s.revoked_at is null and u.disabled_at is null
        and s.expires_at > clock_timestamp() and s.last_seen_at > clock_timestamp() - ${IDLE_LIMIT}::interval`.execute(trx);
    const row = found.rows[0];
    if (!row) return null;
    // Once a minute is exact enough for an idle limit of hours and spares a write per request.
    if (row.stale) await sql`update auth_session set last_seen_at = clock_timestamp() where id = ${row.id}`.execute(trx);
    return {
      sessionId: row.id,
      strongAt: row.strong_at,
      user: { id: row.user_id, name: row.name, email: row.email, locale: row.locale, theme: row.theme },
    };
  });
}

/** Ends the session of a token (sign-out, or the previous session when a person signs in again in the same browser). */
export const revokeToken = (token: string): Promise<void> =>
  withoutTenant(async ({ trx }) => {
    await sql`update auth_session set revoked_at = clock_timestamp() where token_hash = ${hashToken(token)} and revoked_at is null`.execute(
      trx,
    );
  });

/** Ends every session of a person, except the given one: after a changed password or role, an old cookie must be worth nothing. */
export async function revokeSessionsOf({ trx }: TenantTrx, userId: string, exceptSessionId: string | null = null): Promise<number> {
  const done = await sql`update auth_session set revoked_at = clock_timestamp()
    where user_id = ${userId} and revoked_at is null and id is distinct from ${exceptSessionId}::uuid`.execute(trx);
  return Number(done.numAffectedRows ?? 0n);
}

/** Refuses unless the person proved the password within the last ten minutes (exports, keys, members). */
export async function requireStrong(signedIn: SignedIn): Promise<void> {
  const fresh = await withoutTenant(({ trx }) =>
    sql`select 1 from auth_session where id = ${signedIn.sessionId} and revoked_at is null
        and strong_at > clock_timestamp() - make_interval(mins => ${STEP_UP_MINUTES})`.execute(trx),
  );
  if (fresh.rows.length === 0) throw new AppError("STEP_UP_REQUIRED");
}
