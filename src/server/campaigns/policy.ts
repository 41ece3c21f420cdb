import { sql } from "kysely";
import { unitScale } from "@/server/money";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { monthOf } from "./schedule";
import type { Policy } from "./schema";

/** Guard rails of a shop as the verbs need them. */
export type ActivePolicy = Policy & {
  halted: { at: Date; by: string; reason: string } | null;
  organisation: { unit: string; monthCap: bigint } | null;
};

/** Without a policy of its own a shop asks for one approval above 500 major units and for two above 5,000 (domain.md 5.4). */
export function defaultPolicy(unit: string): Policy {
  const major = 10n ** BigInt(unitScale(unit));
  return { approvalFrom: 500n * major, secondApprovalFrom: 5_000n * major, monthCap: null, customerCap: null, customerDays: 30 };
}

/** The guard rails of a shop; `lock` keeps them from changing until commit. */
export async function readPolicy(
  { trx }: TenantTrx,
  ctx: ShopContext,
  unit: string,
  options: { lock?: boolean } = {},
): Promise<ActivePolicy> {
  let query = trx.selectFrom("campaign_policy").selectAll().where("shop_id", "=", ctx.shopId);
  if (options.lock) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  const budget = await trx
    .selectFrom("organisation_budget")
    .select(["unit", "month_cap"])
    .where("org_id", "=", ctx.orgId)
    .where("unit", "=", unit)
    .executeTakeFirst();
  return {
    ...(row
      ? {
          approvalFrom: row.approval_from,
          secondApprovalFrom: row.second_approval_from,
          monthCap: row.month_cap,
          customerCap: row.customer_cap,
          customerDays: row.customer_days,
        }
      : defaultPolicy(unit)),
    halted: row?.halted_at ? { at: row.halted_at, by: row.halted_by_label ?? "", reason: row.halted_reason ?? "" } : null,
    organisation: budget ? { unit: budget.unit, monthCap: budget.month_cap } : null,
  };
}

/** Whether the kill switch of the shop is on. Read under the caller's locks, so no chunk begins after it was pulled. */
export async function isHalted({ trx }: TenantTrx, shopId: string): Promise<boolean> {
  const row = await trx
    .selectFrom("campaign_policy")
    .select("halted_at")
    .where("shop_id", "=", shopId)
    .where("halted_at", "is not", null)
    .executeTakeFirst();
  return row !== undefined;
}

export const campaignBudgetKey = (campaignId: string): string => `campaign:${campaignId}`;
export const monthBudgetKey = (month: string): string => `month:${month}`;

export type BudgetState = { scope: "campaign" | "month" | "organisation"; cap: bigint | null; used: bigint };

/** What a campaign's next grants count against, with what is used already. */
export async function readBudgets(
  { trx }: TenantTrx,
  ctx: ShopContext,
  input: { campaignId: string; campaignBudget: bigint | null; unit: string; month: string; policy: ActivePolicy },
): Promise<BudgetState[]> {
  const month = monthBudgetKey(input.month);
  const result = await sql<{ key: string; own: boolean; granted: bigint }>`
    select key, shop_id is not null as own, granted from ledger.budget
    where org_id = ${ctx.orgId} and (shop_id is null or shop_id = ${ctx.shopId}) and unit = ${input.unit}
      and key in (${month}, ${campaignBudgetKey(input.campaignId)})`.execute(trx);
  const used = (key: string, own: boolean): bigint => result.rows.find((row) => row.key === key && row.own === own)?.granted ?? 0n;
  return [
    { scope: "campaign", cap: input.campaignBudget, used: used(campaignBudgetKey(input.campaignId), true) },
    { scope: "month", cap: input.policy.monthCap, used: used(month, true) },
    { scope: "organisation", cap: input.policy.organisation?.monthCap ?? null, used: used(month, false) },
  ];
}

/** The month whose budgets a release at this instant counts against. */
export const budgetMonth = (release: Date, timeZone: string): string => monthOf(release, timeZone);
