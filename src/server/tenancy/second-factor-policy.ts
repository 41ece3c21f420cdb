import { recordAudit } from "@/server/audit/record-audit";
import { hasSecondFactor } from "@/server/auth/second-factor";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { TenantContext } from "./context";

/** Whether owners, administrators and finance of the organisation need a second factor. */
export const secondFactorPolicy = (ctx: TenantContext): Promise<{ required: boolean }> =>
  withTenant(ctx, async ({ trx }) => {
    const found = await trx
      .selectFrom("organisation")
      .select("second_factor_required as required")
      .where("id", "=", ctx.orgId)
      .executeTakeFirstOrThrow();
    return found;
  });

/** Demands it, or no longer. Who demands it needs one first: nobody locks the door with the key inside. */
export async function setSecondFactorPolicy(ctx: TenantContext, required: boolean): Promise<void> {
  if (required && ctx.actor.type === "user" && !(await hasSecondFactor(ctx.actor.userId))) throw new AppError("SECOND_FACTOR_FIRST");
  await withTenant(ctx, async ({ trx }) => {
    const changed = await trx
      .updateTable("organisation")
      .set({ second_factor_required: required })
      .where("id", "=", ctx.orgId)
      .where("second_factor_required", "!=", required)
      .returning("id")
      .executeTakeFirst();
    if (!changed) return;
    await recordAudit(trx, ctx, {
      action: "organisation.secondFactorPolicyChanged",
      entity: "organisation",
      entityId: ctx.orgId,
      before: { required: !required },
      after: { required },
    });
  });
}
