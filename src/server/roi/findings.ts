import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { readRfm } from "@/server/scoring/read-scores";
import type { RfmGroup, RfmResult } from "@/server/scoring/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readMargins } from "./margins";
import type { PrepareInput } from "./prepare-campaign";
import { type Programme, programmeOf } from "./programme";
import { RESULTS_PER_PAGE, refreshResults } from "./results";

export const FINDING_CODES = [
  "repeatStrategy",
  "stopStrategy",
  "atRiskGroup",
  "sleepersLarge",
  "newInflow",
  "lapsingSoon",
  "firstToSecond",
  "noHoldout",
  "biggerTest",
  "marginMissing",
] as const;

/** Something the numbers say, and the campaign it suggests. Texts live with the pages; `amounts` are minor units of `unit`. */
export type Finding = {
  code: (typeof FINDING_CODES)[number];
  params: Record<string, string | number>;
  amounts: Record<string, bigint>;
  unit: string;
  prepare: Omit<PrepareInput, "name"> | null;
};

const DAYS = { lapsing: 14, second: 60 };
const percent = (share: number): number => Math.round(share * 1_000) / 10;

/** A suggested amount: a fifth of what such customers spend per order, in whole major units, at least one. */
const amountFor = (averageOrder: string | null, scale: bigint): string => {
  const fifth = BigInt(averageOrder ?? "0") / 5n;
  const whole = (fifth / scale) * scale;
  return (whole > 0n ? whole : scale).toString();
};

function fromGroups(rfm: RfmResult, unit: string, scale: bigint): Finding[] {
  const of = (group: RfmGroup) => rfm.groups.find((g) => g.group === group);
  const share = (customers: number): number => (rfm.customers === 0 ? 0 : customers / rfm.customers);
  const findings: Finding[] = [];
  const add = (code: Finding["code"], group: RfmGroup, prepare: Partial<PrepareInput>): void => {
    const found = of(group);
    if (!found || found.customers < 100) return;
    findings.push({
      code,
      unit,
      params: { group, customers: found.customers, share: percent(share(found.customers)), days: Math.round(found.daysSinceLast ?? 0) },
      amounts: { revenue: BigInt(found.revenue) },
      prepare: {
        ...{ query: `rfm_group = '${group}'`, strategy: `rfm_${group.toLowerCase()}`, amount: amountFor(found.averageOrder, scale) },
        ...{ expiryDays: 30, holdoutBps: 1_000, ...prepare },
      },
    });
  };
  add("atRiskGroup", "LOYAL_AT_RISK", { expiryDays: 21 });
  if (share(of("SLEEPERS")?.customers ?? 0) > 0.25) add("sleepersLarge", "SLEEPERS", {});
  if (share(of("NEW")?.customers ?? 0) > 0.1) add("newInflow", "NEW", { expiryDays: 30 });
  return findings;
}

function fromProgramme({ byStrategy, campaigns, unit }: Programme): Finding[] {
  const findings: Finding[] = [];
  for (const { label, pooled, campaigns: count } of byStrategy) {
    if (pooled.status !== "ok") continue;
    const { value, low, high } = pooled.perPerson;
    const facts = { unit, params: { strategy: label, campaigns: count }, amounts: { value, low, high }, prepare: null };
    if (low > 0n) findings.push({ code: "repeatStrategy", ...facts });
    if (high < 0n) findings.push({ code: "stopStrategy", ...facts });
  }
  const without = campaigns.filter((row) => row.reason === "no_holdout").length;
  if (without > 0) findings.push({ code: "noHoldout", unit, params: { campaigns: without }, amounts: {}, prepare: null });
  const open = campaigns.filter((row) => row.verdict === "not_proven").length;
  if (open >= 2) findings.push({ code: "biggerTest", unit, params: { campaigns: open }, amounts: {}, prepare: null });
  return findings;
}

async function fromShop({ trx, now }: TenantTrx, shopId: string, unit: string, scale: bigint): Promise<Finding[]> {
  const lapsing = await sql<{ customers: number; amount: bigint }>`
    select count(distinct customer_id)::int as customers, coalesce(sum(remaining), 0)::int8 as amount from ledger.lot
    where shop_id = ${shopId} and unit = ${unit} and remaining > 0 and not settled and expires_at > ${now}::timestamptz
      and expires_at < ${now}::timestamptz + make_interval(days => ${DAYS.lapsing})`.execute(trx);
  const waiting = await sql<{ customers: number; average: bigint | null }>`
    select count(*)::int as customers, (avg(last_order_total))::int8 as average from customer_metrics
    where shop_id = ${shopId} and orders_count = 1 and last_order_at < ${now}::timestamptz - make_interval(days => ${DAYS.second})
      and last_order_at >= ${now}::timestamptz - make_interval(days => ${2 * DAYS.second})`.execute(trx);
  const findings: Finding[] = [];
  const [soon, once] = [lapsing.rows[0], waiting.rows[0]];
  if (soon && soon.customers > 0)
    findings.push({
      code: "lapsingSoon",
      unit,
      params: { customers: soon.customers, days: DAYS.lapsing },
      amounts: { amount: soon.amount },
      prepare: null,
    });
  if (once && once.customers >= 100)
    findings.push({
      code: "firstToSecond",
      unit,
      params: { customers: once.customers, days: DAYS.second },
      amounts: {},
      prepare: {
        query: `number_of_orders = 1 AND last_order_date <= -${DAYS.second}d AND last_order_date >= -${2 * DAYS.second}d`,
        ...{ strategy: null, amount: amountFor(once.average?.toString() ?? null, scale), expiryDays: 30, holdoutBps: 1_000 },
      },
    });
  return findings;
}

/** "What to do next": at most ten findings, the surest first. */
export async function findings(ctx: ShopContext): Promise<Finding[]> {
  await refreshResults(ctx, RESULTS_PER_PAGE);
  return withTenant(ctx, async (handle) => findingsOf(handle, ctx, await programmeOf(handle, ctx)));
}

/** The same of a programme that was read already. */
export async function findingsOf(handle: TenantTrx, ctx: ShopContext, measured: Programme): Promise<Finding[]> {
  const rfm = (await readRfm({ ...ctx, trx: handle })).latest?.result;
  const { unit } = measured;
  const { rows } = await sql<{ scale: number }>`select scale from ledger.unit where code = ${unit}`.execute(handle.trx);
  const scale = 10n ** BigInt(rows[0]?.scale ?? 2);
  const margins = await readMargins(handle, ctx.shopId);
  const found = [
    ...fromProgramme(measured),
    ...(rfm?.status === "ok" ? fromGroups(rfm, unit, scale) : []),
    ...(await fromShop(handle, ctx.shopId, unit, scale)),
    ...(margins.assumed
      ? [{ code: "marginMissing" as const, unit, params: { share: margins.shopBps / 100 }, amounts: {}, prepare: null }]
      : []),
  ];
  return found.sort((a, b) => FINDING_CODES.indexOf(a.code) - FINDING_CODES.indexOf(b.code)).slice(0, 10);
}
