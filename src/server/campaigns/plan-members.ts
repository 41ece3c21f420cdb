import { type RawBuilder, sql } from "kysely";
import { localDay, startOfLocalDay } from "@/server/time";
import { variantBorders, variantSalt, windowDaysOf } from "./offer";
import type { Offer } from "./schema";

/** How the people of an audience become members of a drop, or do not. */
export type PlanInput = {
  shopId: string;
  timeZone: string;
  unit: string;
  now: Date;
  /** `select customer_id …`. */
  audience: RawBuilder<{ customer_id: string }>;
  offer: Offer;
  amount: bigint;
  salt: string;
  holdoutBps: number;
  /** People who sit out of every campaign of the year. */
  globalHoldout: { salt: string; bps: number } | null;
  /** `select customer_id …` of those who had this campaign too recently. */
  had?: RawBuilder<{ customer_id: string }>;
  /** Zones of customers that have a number of their own; everyone else counts as the shop's (0). */
  zones?: readonly { no: number; timeZone: string }[];
};

/** One row per person of the audience. `reason` says why someone is left out; `amount` is what the person would get in the treated arm. */
export type PlannedRow = {
  customer_id: string;
  reason: string | null;
  held_out: boolean;
  variant: number;
  amount: bigint;
  zone_no: number;
};

/**
 * Everyone an audience means with arm, variant, amount and reason to be left out, as one query without a row leaving the database. All
 * arithmetic is on whole numbers (`numeric` without decimals); the same results as offer.ts, which a property test compares.
 */
export function planSql(input: PlanInput): RawBuilder<PlannedRow> {
  const { shopId, salt, holdoutBps, globalHoldout, had, zones } = input;
  const id = sql.ref("a.customer_id");
  const inGlobal = globalHoldout ? sql`assignment_bucket(${globalHoldout.salt}, ${id}::text) < ${globalHoldout.bps}` : sql`false`;
  const hadIt = had ? sql`${id} in (${had})` : sql`false`;
  const windowDays = windowDaysOf(input.offer);
  const needsMetrics = ["variable", "spendTiers"].includes(input.offer.type);
  return sql<PlannedRow>`
    select q.customer_id, q.held_out, q.variant, q.amount, q.zone_no,
           case when q.erased then 'erased' when q.merged then 'merged' when q.in_global then 'globalHoldout' when q.had_it then 'alreadyHad'
                ${input.offer.type === "none" ? sql`` : sql`when q.amount <= 0 then 'noAmount'`} end as reason
    from (select p.*, ${input.offer.type === "arms" ? sql`(${input.offer.arms.map((arm) => arm.amount)}::bigint[])[p.variant + 1]` : sql`p.fixed_amount`} as amount from (
      select ${id}, c.erased_at is not null as erased, g.customer_id is not null as merged, ${inGlobal} as in_global, ${hadIt} as had_it,
             assignment_bucket(${salt}, ${id}::text) < ${holdoutBps}::int as held_out,
             ${variantSql(input)} as variant, (${amountSql(input)})::bigint as fixed_amount, ${zones?.length ? sql`coalesce(z.no, 0)` : sql`0`} as zone_no
      from (${input.audience}) a
      join customer c on c.shop_id = ${shopId} and c.id = ${id}
      left join ledger.merged g on g.shop_id = ${shopId} and g.customer_id = ${id}
      ${needsMetrics ? sql`left join customer_metrics m on m.shop_id = ${shopId} and m.customer_id = ${id}` : sql``}
      ${input.offer.type === "rfm" ? sql`left join customer_score s on s.shop_id = ${shopId} and s.customer_id = ${id}` : sql``}
      ${windowDays === null ? sql`` : sql`left join (${spendSince(input, windowDays)}) w on w.customer_id = ${id}`}
      ${zones?.length ? sql`left join unnest(${zones.map((z) => z.no)}::int[], ${zones.map((z) => z.timeZone)}::text[]) z (no, name) on z.name = c.time_zone` : sql``}
    ) p) q`;
}

/** Net revenue per customer since the beginning of a local day, `days` days back. */
const spendSince = ({ shopId, unit, timeZone, now }: PlanInput, days: number) => sql`
  select customer_id, sum(greatest(total - refunded, 0)) as spent from shop_order
  where shop_id = ${shopId} and counts and currency = ${unit} and customer_id is not null
    and placed_at >= ${startOfLocalDay(localDay(now, timeZone) - days, timeZone)} and placed_at <= ${now}
  group by customer_id`;

function variantSql({ offer, salt }: PlanInput): RawBuilder<number> {
  if (offer.type !== "arms") return sql<number>`0`;
  const cases = variantBorders(offer.arms.map((arm) => arm.weight)).map(
    (border, no) => sql`when v.bucket < ${border}::int then ${no}::int`,
  );
  return sql<number>`(select case ${sql.join(cases, sql` `)} end
    from (select assignment_bucket(${variantSalt(salt)}, a.customer_id::text) as bucket) v)`;
}

function amountSql(input: PlanInput): RawBuilder<bigint> {
  const { offer } = input;
  switch (offer.type) {
    case "fixed":
      return sql<bigint>`${input.amount}::bigint`;
    case "none":
    // Looked up by the variant, once it is drawn.
    case "arms":
      return sql<bigint>`0`;
    case "rfm": {
      const cases = Object.entries(offer.amounts).map(([group, amount]) => sql`when ${group} then ${amount}::bigint`);
      if (cases.length === 0) return sql<bigint>`${offer.otherwise}::bigint`;
      return sql<bigint>`case s.rfm_group ${sql.join(cases, sql` `)} else ${offer.otherwise}::bigint end`;
    }
    case "spendTiers": {
      const cases = offer.tiers
        .toReversed()
        .map((tier) => sql`when ${spentSql(offer.windowDays)} >= ${tier.from}::bigint then ${tier.amount}::bigint`);
      return sql<bigint>`case ${sql.join(cases, sql` `)} else 0 end`;
    }
    case "variable": {
      const [numerator, denominator] = basisSql(offer);
      const share = sql`div(2 * ${numerator} * ${offer.bps}::int + ${denominator} * 10000, 2 * ${denominator} * 10000)`;
      const rounded = sql`div(2 * ${share} + ${offer.step}::numeric, 2 * ${offer.step}::numeric) * ${offer.step}::numeric`;
      const atLeast = sql`greatest(${rounded}, ${offer.min}::numeric)`;
      return offer.max === null ? sql<bigint>`${atLeast}` : sql<bigint>`least(${atLeast}, ${offer.max}::numeric)`;
    }
  }
}

const spentSql = (windowDays: number | null) =>
  windowDays === null ? sql`greatest(coalesce(m.net_spent, 0), 0)::numeric` : sql`coalesce(w.spent, 0)::numeric`;

function basisSql(offer: Extract<Offer, { type: "variable" }>): [RawBuilder<unknown>, RawBuilder<unknown>] {
  const one = sql`1::numeric`;
  if (offer.base === "lastOrder") return [sql`greatest(coalesce(m.last_order_total, 0), 0)::numeric`, one];
  if (offer.base === "averageOrder")
    return [
      sql`case when m.orders_count > 0 then greatest(m.net_spent, 0) else 0 end::numeric`,
      sql`greatest(coalesce(m.orders_count, 0), 1)::numeric`,
    ];
  return [spentSql(offer.windowDays), one];
}
