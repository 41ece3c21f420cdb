import { sql } from "kysely";
import type { z } from "zod";
import { withUser } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { SignedIn } from "@/server/trpc/context";
import { checkPasswordStrength, hashPassword, verifyPassword } from "./password";
import { endResetLink } from "./reset-password";
import { changePasswordSchema, profileSchema } from "./schema";
import { secondFactorStatus } from "./second-factor";
import { requireStrong, revokeSessionsOf } from "./session";
import { throttle } from "./throttle";

const passwordHash = (userId: string) =>
  withUser(userId, ({ trx }) => trx.selectFrom("app_user").select("password_hash").where("id", "=", userId).executeTakeFirstOrThrow());

/** The own account as the account page shows it. */
export async function getAccount(signedIn: SignedIn) {
  const { password_hash } = await passwordHash(signedIn.user.id);
  return { ...signedIn.user, hasPassword: password_hash !== null, secondFactor: await secondFactorStatus(signedIn) };
}

export async function updateProfile(signedIn: SignedIn, input: z.input<typeof profileSchema>): Promise<void> {
  const profile = parseInput(profileSchema, input);
  await withUser(signedIn.user.id, ({ trx }) => trx.updateTable("app_user").set(profile).where("id", "=", signedIn.user.id).execute());
}

/** The language alone, for the switch in the shell. */
export async function updateLocale(signedIn: SignedIn, locale: "de" | "en"): Promise<void> {
  await withUser(signedIn.user.id, ({ trx }) => trx.updateTable("app_user").set({ locale }).where("id", "=", signedIn.user.id).execute());
}

/** Guards the password of a signed-in person against guessing in a session that was left open. */
const throttlePassword = (userId: string) => throttle({ key: `password:${userId}`, limit: 5, windowSeconds: 60 });

/** Step-up: proves the password again and opens ten minutes for exports, keys and member changes. */
export async function confirmPassword(signedIn: SignedIn, password: string): Promise<void> {
  await throttlePassword(signedIn.user.id);
  const { password_hash } = await passwordHash(signedIn.user.id);
  if (!(await verifyPassword(password, password_hash))) throw new AppError("INVALID_CREDENTIALS");
  await withUser(signedIn.user.id, ({ trx }) =>
    sql`update auth_session set strong_at = clock_timestamp() where id = ${signedIn.sessionId} and revoked_at is null`.execute(trx),
  );
}

/** Changes the password and ends all other sessions. An account without password sets one within ten minutes of signing in. */
export async function changePassword(signedIn: SignedIn, input: z.input<typeof changePasswordSchema>): Promise<{ ended: number }> {
  const { current, next } = parseInput(changePasswordSchema, input);
  await throttlePassword(signedIn.user.id);
  const { password_hash } = await passwordHash(signedIn.user.id);
  if (password_hash === null) await requireStrong(signedIn);
  else if (!(await verifyPassword(current, password_hash))) throw new AppError("INVALID_CREDENTIALS");
  checkPasswordStrength(next, signedIn.user.email);
  const hash = await hashPassword(next);
  return withUser(signedIn.user.id, async (handle) => {
    await handle.trx.updateTable("app_user").set({ password_hash: hash }).where("id", "=", signedIn.user.id).execute();
    await endResetLink(handle, signedIn.user.id);
    return { ended: await revokeSessionsOf(handle, signedIn.user.id, signedIn.sessionId) };
  });
}

type SessionView = { id: string; createdAt: Date; lastSeenAt: Date; expiresAt: Date; ip: string | null; userAgent: string | null };

/** The own live sessions, the current one marked. */
export const listSessions = (signedIn: SignedIn) =>
  withUser(signedIn.user.id, async ({ trx }) => {
    const found = await sql<SessionView>`
      select id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt", ip, user_agent as "userAgent"
      from auth_session where user_id = ${signedIn.user.id} and revoked_at is null
        and expires_at > clock_timestamp() and last_seen_at > clock_timestamp() - interval '8 hours'
      order by last_seen_at desc limit 100`.execute(trx);
    return found.rows.map((session) => ({ ...session, current: session.id === signedIn.sessionId }));
  });

/** Ends one of the own sessions; somebody else's id is NOT_FOUND. */
export async function revokeSession(signedIn: SignedIn, sessionId: string): Promise<void> {
  const done = await withUser(signedIn.user.id, ({ trx }) =>
    sql`update auth_session set revoked_at = clock_timestamp()
        where id = ${sessionId} and user_id = ${signedIn.user.id} and revoked_at is null`.execute(trx),
  );
  if (Number(done.numAffectedRows ?? 0n) === 0) throw new AppError("NOT_FOUND");
}

/** Ends all own sessions but this one. */
export const revokeOtherSessions = (signedIn: SignedIn): Promise<number> =>
  withUser(signedIn.user.id, (handle) => revokeSessionsOf(handle, signedIn.user.id, signedIn.sessionId));
