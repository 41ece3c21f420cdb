/** Who is owed what, since when, why, until when: the outstanding credit by month and origin, and what stands behind each of its cells. */
import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { CSV_BOM, type CsvValue, csvLine } from "@/server/csv";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { addMonthsToDay, isoDateToDay, startOfLocalDay } from "@/server/time";
import { type OriginClass, type OwedFilter, owedFilterSchema, owedPageSchema } from "./schema";
import { type CustomerHandle, handleOf, type Sight } from "./who";

export type OwedCell = {
  unit: string;
  origin: OriginClass;
  /** `YYYY-MM`, `none`, `held` or `unbooked`. */
  bucket: string;
  amount: bigint;
  lots: number;
  /** When the oldest lot in it was granted. */
  since: Date;
};

/** Every outstanding cent in exactly one cell: by unit, origin and month of the last local day on which it can be spent. */
export const owedMatrix = (ctx: ShopContext): Promise<OwedCell[]> =>
  withTenant(ctx, async ({ trx, now }) => {
    const zone = await zoneOf({ ...ctx, trx: { trx, now } });
    // Grouped by instant first: a drop's lots share theirs, so the calendar is asked once per drop and not once per lot.
    const result = await sql<OwedCell>`
      with ends as materialized (
        select unit, origin, expires_at, sum(remaining) as remaining, sum(held) as held,
          count(*) filter (where remaining > 0) as open_lots, count(*) filter (where held > 0) as held_lots, min(created_at) as since
        from ledger.lot where shop_id = ${ctx.shopId}::uuid and (remaining > 0 or held > 0) group by unit, origin, expires_at
      ), cells as (
        select unit, origin, remaining as amount, open_lots as lots, since,
          case when expires_at is null then 'none' when expires_at <= ${now} then 'unbooked'
            else to_char((expires_at - interval '1 microsecond') at time zone ${zone}, 'YYYY-MM') end as bucket
        from ends where remaining > 0
        union all
        select unit, origin, held, held_lots, since, 'held' from ends where held > 0
      )
      select unit, origin, bucket, sum(amount)::bigint as amount, sum(lots)::int as lots, min(since) as since
      from cells group by unit, origin, bucket order by unit, bucket, origin`.execute(trx);
    return result.rows;
  });

const zoneOf = (ctx: ShopContext): Promise<string> =>
  withTenant(ctx, async ({ trx }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    return shop.time_zone;
  });

type Cell = { where: RawBuilder<boolean>; amount: RawBuilder<bigint> };

/** The lots of a cell and what of each counts there, over `ledger.lot l`. */
function cellOf({ unit, bucket, origin, withinDays }: OwedFilter, shopId: string, now: Date, zone: string): Cell {
  const live = sql`l.remaining > 0 and (l.expires_at is null or l.expires_at > ${now})`;
  const conditions = [sql`l.shop_id = ${shopId}::uuid and l.unit = ${unit}`];
  if (origin) conditions.push(sql`l.origin = ${origin}::ledger.origin_class`);
  let amount = sql<bigint>`l.remaining`;
  if (withinDays) {
    conditions.push(sql`${live} and l.expires_at <= ${now}::timestamptz + make_interval(days => ${withinDays})`);
  } else if (bucket === "held") {
    conditions.push(sql`l.held > 0`);
    amount = sql<bigint>`l.held`;
  } else if (bucket === "none") conditions.push(sql`l.remaining > 0 and l.expires_at is null`);
  else if (bucket === "unbooked") conditions.push(sql`l.remaining > 0 and l.expires_at <= ${now}`);
  else if (bucket) {
    const first = isoDateToDay(`${bucket}-01`);
    const [start, end] = [first, addMonthsToDay(first, 1)].map((day) => startOfLocalDay(day, zone));
    conditions.push(sql`${live} and l.expires_at > ${start} and l.expires_at <= ${end}`);
  } else {
    conditions.push(sql`(l.remaining > 0 or l.held > 0)`);
    amount = sql<bigint>`(l.remaining + l.held)`;
  }
  return { where: sql<boolean>`${sql.join(conditions, sql` and `)}`, amount };
}

export type OwedCustomer = CustomerHandle & { amount: bigint; lots: number; since: Date; nextExpiry: Date | null };
type Page<T> = { items: T[]; nextCursor: string | null };

const sumCursor = z
  .string()
  .regex(/^\d{1,19} [0-9a-f-]{36}$/)
  .transform((text) => {
    const [sum = "", id = ""] = text.split(" ");
    return { sum: BigInt(sum), id };
  });

/** To whom: the customers behind a cell, the largest sums first. */
export const owedCustomers = (ctx: ShopContext, raw: z.input<typeof owedPageSchema>, sight: Sight): Promise<Page<OwedCustomer>> =>
  withTenant(ctx, async ({ trx, now }) => {
    const { cursor, limit, ...filter } = parseInput(owedPageSchema, raw);
    const { where, amount } = cellOf(filter, ctx.shopId, now, await zoneOf({ ...ctx, trx: { trx, now } }));
    const after = cursor ? parseInput(sumCursor, cursor) : null;
    const result = await sql<Parameters<typeof handleOf>[0] & Omit<OwedCustomer, "externalId" | "name" | "customerId">>`
      with sums as (
        select l.customer_id, sum(${amount})::bigint as amount, count(*)::int as lots, min(l.created_at) as since,
          min(l.expires_at) filter (where l.remaining > 0) as next_expiry
        from ledger.lot l where ${where} group by l.customer_id
        ${after ? sql`having (sum(${amount}), l.customer_id) < (${after.sum}::numeric, ${after.id}::uuid)` : sql``}
        order by 2 desc, 1 desc limit ${limit + 1}
      )
      select s.customer_id as "customerId", s.amount, s.lots, s.since, s.next_expiry as "nextExpiry",
        c.external_id as "externalId", c.first_name as "firstName", c.last_name as "lastName"
      from sums s left join customer c on c.shop_id = ${ctx.shopId}::uuid and c.id = s.customer_id
      order by s.amount desc, s.customer_id desc`.execute(trx);
    const rows = result.rows.slice(0, limit);
    const last = rows.at(-1);
    return {
      items: rows.map((row) => ({
        ...handleOf(row, sight),
        amount: row.amount,
        lots: row.lots,
        since: row.since,
        nextExpiry: row.nextExpiry,
      })),
      nextCursor: result.rows.length > limit && last ? `${last.amount} ${last.customerId}` : null,
    };
  });

export type OwedLot = CustomerHandle & {
  lotId: string;
  unit: string;
  origin: OriginClass;
  amount: bigint;
  granted: bigint;
  since: Date;
  availableFrom: Date;
  expiresAt: Date | null;
  sourceType: string;
  sourceId: string;
  /** Of the transfer that granted it, or of the refund that restored it. */
  reason: string | null;
  transferId: string | null;
};

/** Why and until when: the lots behind a cell, oldest first. */
export const owedLots = (ctx: ShopContext, raw: z.input<typeof owedPageSchema>, sight: Sight): Promise<Page<OwedLot>> =>
  withTenant(ctx, async ({ trx, now }) => {
    const { cursor, limit, ...filter } = parseInput(owedPageSchema, raw);
    if (cursor && !z.uuid().safeParse(cursor).success) throw new AppError("VALIDATION", { field: "cursor" });
    return lotsPage({ ...ctx, trx: { trx, now } }, filter, sight, cursor ?? null, limit);
  });

const lotsPage = (ctx: ShopContext, filter: OwedFilter, sight: Sight, cursor: string | null, limit: number): Promise<Page<OwedLot>> =>
  withTenant(ctx, async (handle) => {
    const { where, amount } = cellOf(filter, ctx.shopId, handle.now, await zoneOf({ ...ctx, trx: handle }));
    type Row = Omit<OwedLot, "name"> & { firstName: string | null; lastName: string | null };
    const result = await sql<Row>`
      with page as (
        select l.*, ${amount} as owed from ledger.lot l where ${where} ${cursor ? sql`and l.id > ${cursor}::uuid` : sql``}
        order by l.id limit ${limit + 1}
      )
      select p.id as "lotId", p.unit, p.origin, p.owed as amount, p.granted, p.created_at as since, p.available_from as "availableFrom",
        p.expires_at as "expiresAt", p.source_type as "sourceType", p.source_id as "sourceId", g.reason, g.id as "transferId",
        p.customer_id as "customerId", c.external_id as "externalId", c.first_name as "firstName", c.last_name as "lastName"
      from page p
      left join customer c on c.shop_id = p.shop_id and c.id = p.customer_id
      left join lateral (
        select t.id, t.reason from ledger.lot_move m join ledger.transfer t on t.shop_id = m.shop_id and t.id = m.transfer_id
        where m.shop_id = p.shop_id and m.lot_id = p.id and m.from_bucket = 'granted' limit 1) g on true
      order by p.id`.execute(handle.trx);
    return {
      items: result.rows
        .slice(0, limit)
        .map(({ firstName, lastName, ...row }) => ({ ...row, ...handleOf({ ...row, firstName, lastName }, sight) })),
      nextCursor: result.rows.length > limit ? (result.rows[limit - 1]?.lotId ?? null) : null,
    };
  });

const CSV_PAGE = 2_000;
const HEADER = [
  "customer",
  "amount",
  "currency",
  "origin",
  "granted",
  "granted_at",
  "available_from",
  "expires_at",
  "source",
  "source_id",
  "reason",
];

/** All lots of a cell as CSV, page by page, so that memory does not grow with the shop. The caller has checked the right to export. */
export async function* exportOwed(ctx: ShopContext, raw: unknown, sight: Sight): AsyncGenerator<string> {
  const filter = parseInput(owedFilterSchema, raw);
  yield CSV_BOM + csvLine([...HEADER, "lot_id"]);
  for (let cursor: string | null = null; ; ) {
    const page: Page<OwedLot> = await lotsPage(ctx, filter, sight, cursor, CSV_PAGE);
    yield page.items.map((lot) => csvLine(cells(lot))).join("");
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

const cells = (lot: OwedLot): CsvValue[] => [
  lot.externalId ?? lot.customerId,
  { number: toDecimal(lot.amount, lot.unit) },
  lot.unit,
  lot.origin,
  { number: toDecimal(lot.granted, lot.unit) },
  ...[lot.since, lot.availableFrom].map((at) => at.toISOString()),
  lot.expiresAt?.toISOString() ?? null,
  lot.sourceType,
  lot.sourceId,
  lot.reason,
  lot.lotId,
];
