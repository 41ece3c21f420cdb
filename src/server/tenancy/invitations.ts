import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { emailKey } from "@/server/auth/email";
import { hashToken } from "@/server/auth/session";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext, TenantTrx } from "./context";
import { requireShops } from "./memberships";
import { type InviteInput, inviteSchema } from "./schema";

const INVITATION_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A new secret for a link, its hash for the table, and when it stops working. */
export function newInvitationToken(now: Date): { token: string; tokenHash: Buffer; expiresAt: Date } {
  const token = randomBytes(32).toString("base64url");
  return { token, tokenHash: hashToken(token), expiresAt: new Date(now.getTime() + INVITATION_DAYS * DAY_MS) };
}

/** Serialises what people do with the invitations of one address. */
export const lockAddress = ({ trx }: Pick<TenantTrx, "trx">, scope: string, key: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`invitation:${scope}:${key}`}, 0))`.execute(trx);

/**
 * Invites an address. The link is returned once and never stored; a second invitation of the same address replaces the first, so that
 * a lost link can simply be made again. Throws ALREADY_MEMBER.
 */
export async function invite(ctx: TenantContext, input: InviteInput): Promise<{ id: string; token: string; expiresAt: Date }> {
  const { email, role, shopIds } = parseInput(inviteSchema, input);
  const key = emailKey(email);
  if (!key) throw new AppError("VALIDATION", { field: "email" });
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    await lockAddress(handle, ctx.orgId, key);
    if (shopIds) await requireShops(handle, ctx.orgId, shopIds);
    const member = await trx
      .selectFrom("membership as m")
      .innerJoin("app_user as u", "u.id", "m.user_id")
      .select("m.id")
      .where("m.org_id", "=", ctx.orgId)
      .where("u.email_key", "=", key)
      .executeTakeFirst();
    if (member) throw new AppError("ALREADY_MEMBER");
    await trx
      .updateTable("invitation")
      .set({ revoked_at: now })
      .where("org_id", "=", ctx.orgId)
      .where("email_key", "=", key)
      .where("accepted_at", "is", null)
      .where("revoked_at", "is", null)
      .execute();
    const { token, tokenHash, expiresAt } = newInvitationToken(now);
    const { id } = await trx
      .insertInto("invitation")
      .values({
        org_id: ctx.orgId,
        email: email.normalize("NFC").trim(),
        email_key: key,
        role,
        shop_ids: shopIds,
        token_hash: tokenHash,
        invited_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
        expires_at: expiresAt,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(trx, ctx, { action: "member.invited", entity: "invitation", entityId: id, after: { role, shopIds } });
    return { id, token, expiresAt };
  });
}

/** Makes the link of an open invitation worthless. */
export async function revokeInvitation(ctx: TenantContext, invitationId: string): Promise<void> {
  await withTenant(ctx, async ({ trx, now }) => {
    const revoked = await trx
      .updateTable("invitation")
      .set({ revoked_at: now })
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", invitationId)
      .where("accepted_at", "is", null)
      .where("revoked_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (!revoked) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, { action: "invitation.revoked", entity: "invitation", entityId: invitationId });
  });
}
