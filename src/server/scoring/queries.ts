import { type RawBuilder, sql } from "kysely";
import { unitScale } from "@/server/money";
import type { TenantTrx } from "@/server/tenancy/context";
import { addMonthsToDay, localDay } from "@/server/time";
import type { Counted, RfmInput, Scores } from "./rfm";
import { ALL_SCORES, groupOf, scoreNumber, shopifyGroupOf } from "./rfm";
import type { Borders, Dimension, RfmGroup } from "./schema";

/** Orders of the last ten years count (domain.md 3.1 and 3.5). */
const YEARS = 10;

/** What scores of a shop are measured in, at an instant. */
export type ScoringShop = {
  shopId: string;
  currency: string;
  decimals: number;
  timeZone: string;
  today: number;
  since: number;
  marginBps: number;
};

const DEFAULT_MARGIN_BPS = 4_000;

export async function scoringShop({ trx, now }: TenantTrx, shopId: string): Promise<ScoringShop> {
  const row = await trx.selectFrom("shop").select(["currency", "time_zone", "settings"]).where("id", "=", shopId).executeTakeFirstOrThrow();
  const today = localDay(now, row.time_zone);
  const margin = row.settings.marginBps;
  return {
    shopId,
    currency: row.currency,
    decimals: unitScale(row.currency),
    timeZone: row.time_zone,
    today,
    since: addMonthsToDay(today, -12 * YEARS),
    marginBps: typeof margin === "number" && Number.isInteger(margin) && margin > 0 && margin <= 10_000 ? margin : DEFAULT_MARGIN_BPS,
  };
}

/**
 * Recency, frequency and monetary of every customer who bought in the last ten years. The narrow metrics row answers for all whose first
 * order lies in that time; only older customers are counted from their orders.
 */
function rfmValues({ shopId, timeZone, currency, today, since }: ScoringShop): RawBuilder<unknown> {
  const orders = (what: RawBuilder<unknown>) => sql`(select ${what} from shop_order o
    where o.shop_id = ${shopId} and o.customer_id = m.customer_id and o.counts
      and (o.placed_at at time zone ${timeZone})::date - date '1970-01-01' >= ${since}::int)`;
  return sql`
    select m.customer_id, greatest(0, ${today}::int - m.last_order_day) as r,
      case when m.first_order_day >= ${since}::int then m.orders_count else ${orders(sql`count(*)::int`)} end as f,
      case when m.first_order_day >= ${since}::int then m.gross_spent
        else ${orders(sql`coalesce(sum(o.total) filter (where o.currency = ${currency}), 0)::int8`)} end as m
    from customer_metrics m
    where m.shop_id = ${shopId} and m.last_order_day >= ${since}::int
      and m.customer_id not in (select c.id from customer c where c.shop_id = ${shopId} and c.erased_at is not null)`;
}

/** "value customers,value customers…": a million rows of a result are slower than one text. */
function parseCounted(text: string | null): Counted {
  if (text === null) return [];
  return text.split(",").map((pair) => {
    const gap = pair.indexOf(" ");
    return { value: Number(pair.slice(0, gap)), customers: Number(pair.slice(gap + 1)) };
  });
}

/** All different values with their customers, per dimension. */
export async function readRfmInput({ trx }: TenantTrx, shop: ScoringShop): Promise<RfmInput & { customers: number }> {
  const counted = (column: string) => {
    const name = sql.ref(column);
    return sql`(select string_agg(v || ' ' || n, ',') from (select ${name} as v, count(*) as n from x group by ${name}) d)`;
  };
  const { rows } = await sql<{ customers: bigint; r: string | null; f: string | null; m: string | null }>`
    with x as materialized (${rfmValues(shop)})
    select (select count(*) from x) as customers, ${counted("r")} as r, ${counted("f")} as f, ${counted("m")} as m`.execute(trx);
  const row = rows[0];
  return {
    customers: Number(row?.customers ?? 0n),
    recency: parseCounted(row?.r ?? null),
    frequency: parseCounted(row?.f ?? null),
    monetary: parseCounted(row?.m ?? null),
  };
}

const GROUPS = ALL_SCORES.map(groupOf);
const SHOPIFY = ALL_SCORES.map(shopifyGroupOf);
const GROUP_OF_NUMBER = new Map<number, RfmGroup>(ALL_SCORES.map((scores, i) => [scoreNumber(scores), GROUPS[i] ?? "NEW"]));
export const groupOfNumber = (score: number): RfmGroup => GROUP_OF_NUMBER.get(score) ?? "NEW";

const scoreSql = (value: RawBuilder<unknown>, { borders, scores }: Dimension) =>
  sql`(${scores}::smallint[])[1 + width_bucket(${value}::float8, ${borders}::float8[])]`;

export type ChunkInput = {
  run: { id: string; at: Date; keep: boolean };
  borders: Borders;
  tell: boolean;
  after: string | null;
  limit: number;
};

/**
 * Scores the next customers in order of id and writes scores, history and changes of group in one statement. Doing it again changes
 * nothing: the second time nobody's group differs.
 */
export async function scoreBatch(
  { trx }: TenantTrx,
  ctx: { orgId: string },
  shop: ScoringShop,
  input: ChunkInput,
): Promise<{ customers: number; changes: number; last: string | null }> {
  const { run, borders } = input;
  const after = input.after === null ? sql`true` : sql`m.customer_id > ${input.after}`;
  const { rows } = await sql<{ customers: bigint; changes: bigint; last: string | null }>`
    with batch as materialized (${rfmValues(shop)} and ${after} order by m.customer_id limit ${input.limit}),
    scores as (select customer_id, ${scoreSql(sql`r`, borders.recency)} as r, ${scoreSql(sql`f`, borders.frequency)} as f, ${scoreSql(sql`m`, borders.monetary)} as m
      from batch),
    scored as materialized (select s.*, (${GROUPS}::text[])[i.at] as to_group, (${SHOPIFY}::text[])[i.at] as shopify, old.rfm_group as from_group
      from scores s cross join lateral (select (s.r - 1) * 25 + (s.f - 1) * 5 + s.m as at) i
      left join customer_score old on old.shop_id = ${shop.shopId} and old.customer_id = s.customer_id),
    written as (
      insert into customer_score as t (org_id, shop_id, customer_id, rfm_recency, rfm_frequency, rfm_monetary, rfm_group, rfm_shopify_group, rfm_scored_at)
      select ${ctx.orgId}::uuid, ${shop.shopId}::uuid, customer_id, r, f, m, to_group, shopify, ${run.at}::timestamptz from scored
      on conflict (shop_id, customer_id) do update set rfm_recency = excluded.rfm_recency, rfm_frequency = excluded.rfm_frequency,
        rfm_monetary = excluded.rfm_monetary, rfm_group = excluded.rfm_group, rfm_shopify_group = excluded.rfm_shopify_group,
        rfm_scored_at = excluded.rfm_scored_at),
    kept as (
      insert into rfm_history (org_id, shop_id, run_id, customer_id, score)
      select ${ctx.orgId}::uuid, ${shop.shopId}::uuid, ${run.id}::uuid, customer_id, r * 100 + f * 10 + m from scored where ${run.keep}
      on conflict do nothing),
    changed as (
      insert into rfm_change (org_id, shop_id, run_id, customer_id, from_group, to_group, at)
      select ${ctx.orgId}::uuid, ${shop.shopId}::uuid, ${run.id}::uuid, customer_id, from_group, to_group, ${run.at}::timestamptz
      from scored where ${input.tell} and from_group is distinct from to_group returning 1)
    select (select count(*) from scored) as customers, (select count(*) from changed) as changes,
      (select customer_id from batch order by customer_id desc limit 1) as last`.execute(trx);
  const row = rows[0];
  return { customers: Number(row?.customers ?? 0n), changes: Number(row?.changes ?? 0n), last: row?.last ?? null };
}

/** Takes the scores away from those this run did not see: their orders were cancelled, or they were erased. */
export const clearUnscored = ({ trx }: TenantTrx, shopId: string, at: Date) =>
  trx
    .updateTable("customer_score")
    .set({ rfm_recency: null, rfm_frequency: null, rfm_monetary: null, rfm_group: null, rfm_shopify_group: null, rfm_scored_at: null })
    .where("shop_id", "=", shopId)
    .where("rfm_scored_at", "!=", at)
    .execute();

export type CellSums = { scores: Scores; customers: number; orders: number; revenue: bigint; days: number };

/** Customers and what they bought, per score. */
export async function readCells({ trx }: TenantTrx, shop: ScoringShop): Promise<CellSums[]> {
  const { rows } = await sql<{ r: number; f: number; m: number; customers: bigint; orders: bigint; revenue: bigint; days: bigint }>`
    select s.rfm_recency as r, s.rfm_frequency as f, s.rfm_monetary as m, count(*) as customers, sum(x.f)::int8 as orders,
      sum(x.m)::int8 as revenue, sum(x.r)::int8 as days
    from (${rfmValues(shop)}) x join customer_score s on s.shop_id = ${shop.shopId} and s.customer_id = x.customer_id
    where s.rfm_group is not null group by 1, 2, 3 order by 1, 2, 3`.execute(trx);
  return rows.map(({ r, f, m, ...row }) => ({
    scores: { recency: r, frequency: f, monetary: m },
    customers: Number(row.customers),
    orders: Number(row.orders),
    revenue: row.revenue,
    days: Number(row.days),
  }));
}

/** Who moved where between two kept runs, by group; null is "was not there". */
export async function readMigration(
  { trx }: TenantTrx,
  shopId: string,
  from: string,
  to: string,
): Promise<{ from: RfmGroup | null; to: RfmGroup | null; customers: number }[]> {
  const { rows } = await sql<{ a: number | null; b: number | null; customers: bigint }>`
    select a.score as a, b.score as b, count(*) as customers
    from (select customer_id, score from rfm_history where shop_id = ${shopId} and run_id = ${from}) a
    full join (select customer_id, score from rfm_history where shop_id = ${shopId} and run_id = ${to}) b using (customer_id)
    group by 1, 2`.execute(trx);
  const sums = new Map<string, { from: RfmGroup | null; to: RfmGroup | null; customers: number }>();
  for (const row of rows) {
    const [a, b] = [row.a, row.b].map((score) => (score === null ? null : groupOfNumber(score)));
    const entry = sums.get(`${a}>${b}`) ?? { from: a ?? null, to: b ?? null, customers: 0 };
    entry.customers += Number(row.customers);
    sums.set(`${a}>${b}`, entry);
  }
  return [...sums.values()];
}
