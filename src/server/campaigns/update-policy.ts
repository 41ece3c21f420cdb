import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { membersWith } from "./authors";
import { claimDrops } from "./claim-due-drops";
import { type ActivePolicy, budgetMonth, readBudgets, readPolicy } from "./policy";
import { readShop } from "./read-campaigns";
import { haltSchema, organisationBudgetSchema, type Policy, updatePolicySchema } from "./schema";

/** Guard rails with what is used of them this month. */
export type PolicyView = ActivePolicy & {
  unit: string;
  monthKey: string;
  usage: { month: bigint; organisationMonth: bigint };
  /** Members who may approve. */
  approvers: number;
};

async function view(handle: TenantTrx, ctx: ShopContext): Promise<PolicyView> {
  const { currency, timeZone } = await readShop(handle, ctx.shopId);
  const policy = await readPolicy(handle, ctx, currency);
  const month = budgetMonth(handle.now, timeZone);
  const budgets = await readBudgets(handle, ctx, { campaignId: "", campaignBudget: null, unit: currency, month, policy });
  const used = (scope: "month" | "organisation"): bigint => budgets.find((budget) => budget.scope === scope)?.used ?? 0n;
  return {
    ...policy,
    unit: currency,
    monthKey: month,
    usage: { month: used("month"), organisationMonth: used("organisation") },
    approvers: (await membersWith(handle, ctx, "campaign.approve")).length,
  };
}

export const getPolicy = (ctx: ShopContext): Promise<PolicyView> => withTenant(ctx, (handle) => view(handle, ctx));

/** Changes guard rails. A lower cap takes nothing back; it is in force from the next chunk on. */
export async function setPolicy(ctx: ShopContext, input: unknown): Promise<PolicyView> {
  const patch = parseInput(updatePolicySchema, input);
  return withTenant(ctx, async (handle) => {
    const before = await ownPolicy(handle, ctx);
    const after: Policy = { ...before, ...definedOf(patch) };
    if (after.approvalFrom !== null && after.secondApprovalFrom !== null && after.secondApprovalFrom < after.approvalFrom)
      throw new AppError("VALIDATION", { field: "secondApprovalFrom" });
    await handle.trx
      .updateTable("campaign_policy")
      .set({
        approval_from: after.approvalFrom,
        second_approval_from: after.secondApprovalFrom,
        month_cap: after.monthCap,
        customer_cap: after.customerCap,
        customer_days: after.customerDays,
        updated_at: handle.now,
        updated_by_label: ctx.actor.label,
      })
      .where("shop_id", "=", ctx.shopId)
      .execute();
    await recordAudit(handle.trx, ctx, { action: "policy.changed", entity: "shop", entityId: ctx.shopId, before, after });
    return view(handle, ctx);
  });
}

const definedOf = (patch: Partial<Policy>): Partial<Policy> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));

/** The shop's own row, made with the defaults if it has none yet, and locked. */
async function ownPolicy(handle: TenantTrx, ctx: ShopContext): Promise<Policy> {
  const { currency } = await readShop(handle, ctx.shopId);
  const current = await readPolicy(handle, ctx, currency);
  await handle.trx
    .insertInto("campaign_policy")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      approval_from: current.approvalFrom,
      second_approval_from: current.secondApprovalFrom,
      month_cap: current.monthCap,
      customer_cap: current.customerCap,
      customer_days: current.customerDays,
      updated_by_label: ctx.actor.label,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { approvalFrom, secondApprovalFrom, monthCap, customerCap, customerDays } = await readPolicy(handle, ctx, currency, { lock: true });
  return { approvalFrom, secondApprovalFrom, monthCap, customerCap, customerDays };
}

/**
 * The kill switch of the shop: nothing is released, no chunk is granted and no advertising sent until it is lifted; the chunk in work is the
 * last. No campaign changes its state, so lifting it lets everything go on where it stood.
 */
export async function haltShop(ctx: ShopContext, input: unknown): Promise<PolicyView> {
  const { halted, reason } = parseInput(haltSchema, input);
  return withTenant(ctx, async (handle) => {
    await ownPolicy(handle, ctx);
    const changed = await handle.trx
      .updateTable("campaign_policy")
      .set({
        halted_at: halted ? handle.now : null,
        halted_by_label: halted ? ctx.actor.label : null,
        halted_reason: halted ? reason : null,
      })
      .where("shop_id", "=", ctx.shopId)
      .where("halted_at", halted ? "is" : "is not", null)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 1n)
      await recordAudit(handle.trx, ctx, {
        action: halted ? "shop.halted" : "shop.resumed",
        entity: "shop",
        entityId: ctx.shopId,
        after: { reason },
      });
    if (!halted) {
      await wakeDrops(handle, ctx);
      await enqueue(handle.trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
    }
    return view(handle, ctx);
  });
}

/** Drops that stood still while the shop was halted look stalled, so that claiming starts them at once. */
async function wakeDrops(handle: TenantTrx, ctx: ShopContext): Promise<void> {
  await handle.trx
    .updateTable("campaign_drop")
    .set({ heartbeat_at: new Date(0) })
    .where("shop_id", "=", ctx.shopId)
    .where("status", "in", ["claimed", "granting"])
    .where("run_at", "<=", handle.now)
    .execute();
  await claimDrops(handle, ctx);
}

/** What campaigns of all shops of the organisation may grant in a month, by unit. Only for who may act for all shops. */
export async function setOrganisationBudget(ctx: ShopContext, input: unknown): Promise<PolicyView> {
  const { unit, monthCap } = parseInput(organisationBudgetSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    if (monthCap === null) {
      await trx.deleteFrom("organisation_budget").where("org_id", "=", ctx.orgId).where("unit", "=", unit).execute();
    } else {
      await trx
        .insertInto("organisation_budget")
        .values({ org_id: ctx.orgId, unit, month_cap: monthCap, updated_at: now, updated_by_label: ctx.actor.label })
        .onConflict((conflict) =>
          conflict.columns(["org_id", "unit"]).doUpdateSet({ month_cap: monthCap, updated_at: now, updated_by_label: ctx.actor.label }),
        )
        .execute();
    }
    await recordAudit(trx, ctx, {
      action: "organisation.budgetChanged",
      entity: "organisation",
      entityId: ctx.orgId,
      after: { unit, monthCap },
    });
    return view(handle, ctx);
  });
}
