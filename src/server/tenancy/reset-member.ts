import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { newResetLink } from "@/server/auth/reset-password";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { TenantContext } from "./context";

/**
 * A link with which a member who forgot the password chooses a new one; the owner hands it over. Only for people who are nowhere else: it
 * would open what belongs to another organisation or agency (MEMBER_ELSEWHERE). Nobody makes one for themselves: they know their password.
 */
export const resetMember = (ctx: TenantContext, membershipId: string): Promise<{ token: string; expiresAt: Date }> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const member = await trx
      .selectFrom("membership")
      .select(["id", "user_id"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", membershipId)
      .executeTakeFirst();
    if (!member) throw new AppError("NOT_FOUND");
    if (ctx.actor.type === "user" && ctx.actor.userId === member.user_id) throw new AppError("FORBIDDEN");
    const { rows } = await sql<{ elsewhere: boolean }>`select system_is_elsewhere(${member.user_id}, ${ctx.orgId}) as elsewhere`.execute(
      trx,
    );
    if (rows[0]?.elsewhere !== false) throw new AppError("MEMBER_ELSEWHERE");
    const link = await newResetLink(handle, member.user_id, ctx.orgId);
    await recordAudit(trx, ctx, {
      action: "member.resetLinkMade",
      entity: "membership",
      entityId: member.id,
      after: { userId: member.user_id },
    });
    return link;
  });
