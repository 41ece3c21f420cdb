import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { RFM_GROUPS } from "@/server/scoring/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { estimateOf } from "./effects";
import { type Headline, headlineOf } from "./headline";
import { readFacts } from "./programme-facts";
import { type KeptResult, RESULTS_PER_PAGE, readResults, refreshResults } from "./results";
import type { Estimate } from "./schema";
import type { Insufficient } from "./statistics/compare";
import { pool as poolStudies } from "./statistics/pooling";

/** Pooled profit per treated customer over campaigns (domain.md 2.2, 13). */
export type Pool = { status: "ok"; perPerson: Estimate; tau2: number; i2: number; campaigns: number };

export type ProgrammeRow = Omit<KeptResult, "result" | "query" | "computedAt"> & {
  preliminary: boolean;
  people: number;
  cost: bigint;
  verdict: KeptResult["result"]["verdict"];
  reason: string | null;
  profitPerPerson: Estimate | null;
  profit: Estimate | null;
  /** Drawn towards the mean of all campaigns by as much as it is noise; null where nothing was pooled. */
  shrunken: Estimate | null;
  weight: number | null;
};

export type ProgrammePart = {
  key: string;
  label: string;
  campaigns: number;
  people: number;
  cost: bigint;
  pooled: Pool | Insufficient;
  raw: Estimate | null;
};

export type Programme = {
  asOf: Date;
  unit: string;
  campaigns: ProgrammeRow[];
  /** Units of campaigns that are left out: amounts of different currencies are never mixed. */
  otherUnits: string[];
  pooled: Pool | Insufficient;
  /** What the programme earned in all. */
  headline: Headline;
  byStrategy: ProgrammePart[];
  bySegment: ProgrammePart[];
  byGroup: ProgrammePart[];
  months: { month: string; granted: bigint; redeemed: bigint }[];
  planned: { campaignId: string; name: string; at: Date; worst: bigint | null }[];
};

type Study = { result: KeptResult; estimate: number; variance: number };

const studiesOf = (results: readonly KeptResult[]): Study[] =>
  results.flatMap((result) => {
    const { profitPerPerson, profitStandardError } = result.result;
    return profitPerPerson && profitStandardError
      ? [{ result, estimate: Number(profitPerPerson.value), variance: profitStandardError ** 2 }]
      : [];
  });

function poolOf(studies: readonly Study[]): { pooled: Pool | Insufficient; shrunken: Map<string, { estimate: Estimate; weight: number }> } {
  const pooled = poolStudies(studies);
  if (pooled.status !== "ok") return { pooled, shrunken: new Map() };
  return {
    pooled: {
      status: "ok",
      perPerson: estimateOf(pooled.mean, pooled.interval),
      tau2: pooled.tau2,
      i2: pooled.i2,
      campaigns: pooled.studies,
    },
    shrunken: new Map(
      pooled.shrunken.map((entry, i) => [
        studies[i]?.result.campaignId ?? "",
        { estimate: estimateOf(entry.estimate, entry.interval), weight: entry.weight },
      ]),
    ),
  };
}

/** One line per key; campaigns without a key are left out. */
function partsOf(results: readonly KeptResult[], keyOf: (result: KeptResult) => { key: string; label: string } | null): ProgrammePart[] {
  const parts = new Map<string, { label: string; own: KeptResult[] }>();
  for (const result of results) {
    const found = keyOf(result);
    if (!found) continue;
    const part = parts.get(found.key) ?? { label: found.label, own: [] };
    part.own.push(result);
    parts.set(found.key, part);
  }
  return [...parts].map(([key, { label, own }]) => {
    const studies = studiesOf(own);
    const only = studies.length === 1 ? studies[0] : undefined;
    return {
      ...{ key, label, campaigns: own.length },
      people: own.reduce((sum, r) => sum + r.result.people, 0),
      cost: own.reduce((sum, r) => sum + r.result.cost, 0n),
      pooled: poolOf(studies).pooled,
      raw: only?.result.result.profitPerPerson ?? null,
    };
  });
}

/** The RFM group a campaign was made for: the one group its audience names. */
const groupOf = ({ query }: KeptResult) => {
  const named = RFM_GROUPS.filter((group) => new RegExp(`rfm_group\\s*=\\s*'${group}'`).test(query ?? ""));
  return named.length === 1 && named[0] ? { key: named[0], label: named[0] } : null;
};
const segmentOf = ({ segment }: KeptResult) => (segment === null ? null : { key: segment, label: segment });
const strategyOf = ({ strategy }: KeptResult) => (strategy === null ? null : { key: strategy, label: strategy });

/** Further ahead nobody reads a list. */
const MAX_PLANNED = 50;

async function monthsOf({ trx, now }: TenantTrx, shopId: string, unit: string, timeZone: string): Promise<Programme["months"]> {
  const { rows } = await sql<Programme["months"][number]>`
    select to_char(at at time zone ${timeZone}, 'YYYY-MM') as month, coalesce(sum(amount) filter (where kind = 'grant'), 0)::int8 as granted,
      coalesce(sum(amount) filter (where kind in ('redeem', 'capture')), 0)::int8 as redeemed
    from ledger.transfer where shop_id = ${shopId} and unit = ${unit} and at >= ${now}::timestamptz - interval '24 months' group by 1 order by 1`.execute(
    trx,
  );
  return rows;
}

/** All campaigns of a shop beside each other, what they earn together, and what is planned. */
export async function programme(ctx: ShopContext): Promise<Programme> {
  // The hourly function does the rest.
  await refreshResults(ctx, RESULTS_PER_PAGE);
  return withTenant(ctx, (handle) => programmeOf(handle, ctx));
}

/** The same from what is kept. */
export async function programmeOf(handle: TenantTrx, ctx: ShopContext): Promise<Programme> {
  const shop = await handle.trx.selectFrom("shop").select(["currency", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const all = await readResults(handle, ctx.shopId);
  const own = all.filter((row) => row.result.unit === shop.currency);
  const facts = await readFacts(handle, ctx);
  const { pooled, shrunken } = poolOf(studiesOf(own));
  return {
    asOf: handle.now,
    unit: shop.currency,
    campaigns: own.map(({ result, query: _query, computedAt: _at, ...row }) => ({
      ...row,
      ...{ preliminary: result.preliminary, people: result.people, cost: result.cost, verdict: result.verdict, reason: result.reason },
      ...{ profitPerPerson: result.profitPerPerson, profit: result.profit },
      shrunken: shrunken.get(row.campaignId)?.estimate ?? null,
      weight: shrunken.get(row.campaignId)?.weight ?? null,
    })),
    otherUnits: [...new Set(all.map((row) => row.result.unit))].filter((unit) => unit !== shop.currency),
    pooled,
    headline: headlineOf(shop.currency, own, facts.years, facts.overlap),
    byStrategy: partsOf(own, strategyOf),
    bySegment: partsOf(own, segmentOf),
    byGroup: partsOf(own, groupOf),
    months: await monthsOf(handle, ctx.shopId, shop.currency, shop.time_zone),
    planned: await plannedOf(handle, ctx.shopId, shop.currency),
  };
}

/**
 * The next date of every campaign that has one, and the most it could grant: what was counted at the launch, afterwards what is left of the
 * budget of a repeated one. Amounts in the shop's currency only.
 */
async function plannedOf({ trx }: TenantTrx, shopId: string, unit: string): Promise<Programme["planned"]> {
  const { rows } = await sql<Programme["planned"][number]>`
    select c.id as "campaignId", c.name, coalesce(d.run_at, c.run_at) as at,
      case when c.unit <> ${unit} or c.offer ->> 'type' = 'none' then null when c.status = 'scheduled' then c.cost_at_launch
        else c.budget - (select coalesce(sum(g.granted_total), 0) from campaign_drop g where g.shop_id = c.shop_id and g.campaign_id = c.id)::int8
      end as worst
    from campaign c left join lateral (
      select min(run_at) as run_at from campaign_drop where shop_id = c.shop_id and campaign_id = c.id and status in ('scheduled', 'claimed')
    ) d on true
    where c.shop_id = ${shopId} and (c.status = 'scheduled' and c.run_at is not null or c.status = 'running' and d.run_at is not null)
    order by 3, c.id limit ${MAX_PLANNED}`.execute(trx);
  return rows;
}

export type StrategyResult = {
  strategy: string;
  campaigns: number;
  people: number;
  /** Profit per treated customer, minor units of the shop's currency. */
  pooled: Estimate | null;
  status: "none" | "tooFew" | "pooled";
  roiBps: number | null;
};

/** What campaigns of each strategy earned in this shop before: three or more are pooled, fewer are said to be few. */
export async function strategyResults(ctx: ShopContext): Promise<StrategyResult[]> {
  await refreshResults(ctx, RESULTS_PER_PAGE);
  return withTenant(ctx, async (handle) => {
    const shop = await handle.trx.selectFrom("shop").select("currency").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const own = (await readResults(handle, ctx.shopId)).filter((row) => row.result.unit === shop.currency);
    return partsOf(own, strategyOf).map(({ key, campaigns, people, cost, pooled }) => ({
      ...{ strategy: key, campaigns, people },
      pooled: pooled.status === "ok" ? pooled.perPerson : null,
      status:
        pooled.status === "ok"
          ? ("pooled" as const)
          : studiesOf(own.filter((r) => r.strategy === key)).length > 0
            ? ("tooFew" as const)
            : ("none" as const),
      roiBps: pooled.status === "ok" && cost > 0n ? Number((pooled.perPerson.value * BigInt(people) * 10_000n) / cost) : null,
    }));
  });
}
