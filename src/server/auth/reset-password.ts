import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext, TenantTrx } from "@/server/tenancy/context";
import { checkPasswordStrength, hashPassword } from "./password";
import { resetPasswordSchema } from "./schema";
import { hashToken, revokeSessionsOf } from "./session";

export const RESET_HOURS = 24;

/** A link to choose a new password, shown once and kept as a hash; a newer one replaces it. `orgId`: whose owner asked for it. */
export async function newResetLink({ trx }: TenantTrx, userId: string, orgId: string): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString("base64url");
  const made = await sql<{ expiresAt: Date }>`
    insert into auth_reset (token_hash, user_id, expires_at, by_org)
    values (${hashToken(token)}, ${userId}, clock_timestamp() + make_interval(hours => ${RESET_HOURS}), ${orgId})
    on conflict (user_id) do update set token_hash = excluded.token_hash, created_at = clock_timestamp(),
      expires_at = excluded.expires_at, by_org = excluded.by_org, drops_factor = false
    returning expires_at as "expiresAt"`.execute(trx);
  const [row] = made.rows;
  if (!row) throw new AppError("INTERNAL");
  return { token, expiresAt: row.expiresAt };
}

/** Open, and its maker may still open all that it opens: the person may have joined another organisation since. */
const LIVE = sql`r.expires_at > clock_timestamp() and (r.by_org is null or not system_is_elsewhere(r.user_id, r.by_org))`;

type Live = { userId: string; email: string; name: string; byOrg: string | null };

async function findLive(token: string): Promise<Live> {
  const found = await withoutTenant(({ trx }) =>
    sql<Live>`
      select u.id as "userId", u.email, u.name, r.by_org as "byOrg" from auth_reset r join app_user u on u.id = r.user_id
      where r.token_hash = ${hashToken(token)} and ${LIVE} and u.disabled_at is null`.execute(trx),
  );
  const [row] = found.rows;
  if (!row) throw new AppError("LINK_INVALID");
  return row;
}

/** Whose password a link changes. Used, replaced and expired ones are LINK_INVALID, like those that never were. */
export const viewReset = async (token: string): Promise<{ email: string }> => ({ email: (await findLive(token)).email });

/**
 * Sets the new password once and ends every session: whoever knew the old one is out. A second factor is asked as before, unless the link
 * was made to take it away. The organisation whose owner made the link reads in its audit log that it was used.
 */
export async function resetPassword(input: z.input<typeof resetPasswordSchema>): Promise<{ email: string }> {
  const { token, password } = parseInput(resetPasswordSchema, input);
  const { userId, email, name, byOrg } = await findLive(token);
  checkPasswordStrength(password, email);
  const hash = await hashPassword(password);
  const use = async (handle: TenantTrx) => {
    const used = await sql<{ drops_factor: boolean }>`
      delete from auth_reset r where r.token_hash = ${hashToken(token)} and ${LIVE} returning r.drops_factor`.execute(handle.trx);
    const [row] = used.rows;
    if (!row) throw new AppError("LINK_INVALID");
    await handle.trx.updateTable("app_user").set({ password_hash: hash }).where("id", "=", userId).execute();
    if (row.drops_factor) await handle.trx.deleteFrom("auth_factor").where("user_id", "=", userId).execute();
    await revokeSessionsOf(handle, userId);
  };
  if (byOrg === null) await withoutTenant(use);
  else {
    const org: TenantContext = { orgId: byOrg, shopId: null, actor: { type: "user", userId, label: name }, requestId: crypto.randomUUID() };
    await withTenant(org, async (handle) => {
      await use(handle);
      await recordAudit(handle.trx, org, { action: "member.passwordReset", entity: "user", entityId: userId });
    });
  }
  return { email };
}

/** Ends a link that was not used yet: the person knows a password again, or is no member any more. */
export const endResetLink = ({ trx }: TenantTrx, userId: string): Promise<unknown> =>
  trx.deleteFrom("auth_reset").where("user_id", "=", userId).execute();
