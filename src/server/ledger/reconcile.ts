/** Sums that must be equal, whatever happened: postings, balances, lots, moves and holds tell the same story in different words. */
import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { isoDateToDay } from "@/server/time";
import { rollForward } from "./roll-forward";
import { orderDifferencePageSchema } from "./schema";

export const AGREEMENTS = [
  "creditPostings",
  "creditLots",
  "creditMoves",
  "heldPostings",
  "heldLots",
  "heldMoves",
  "heldHolds",
  "debtPostings",
  "redeemedLots",
  "expiredLots",
  "allPostings",
  "rollForward",
] as const;
export type AgreementName = (typeof AGREEMENTS)[number];

const minor = z.string().regex(/^-?\d+$/);
export const agreementSchema = z.object({ name: z.enum(AGREEMENTS), unit: z.string(), left: minor, right: minor });
/** Two ways to the same sum, as decimal strings of minor units. */
export type Agreement = z.output<typeof agreementSchema>;

export const accountSumSchema = z.object({ unit: z.string(), account: z.string(), amount: minor, postings: z.string() });
/** What the postings of an account add up to. */
export type AccountSum = z.output<typeof accountSumSchema>;

type Sums = Record<
  | "credit"
  | "held"
  | "debt"
  | "remaining"
  | "lot_held"
  | "redeemed"
  | "expired"
  | "move_remaining"
  | "move_held"
  | "holds"
  | "p_credit"
  | "p_held"
  | "p_debt"
  | "p_redemption"
  | "p_expired"
  | "p_all",
  string
> & { unit: string };

/** Also what a clock that was set back left in the future: it is owed as well. */
const ALL_TIME = { fromDay: 0, toDay: isoDateToDay("9999-12-31") };

/** Compares the books with themselves, per unit; reads all of them once. */
export const agreements = (ctx: ShopContext): Promise<{ agreements: Agreement[]; accounts: AccountSum[] }> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = sql`${ctx.shopId}::uuid`;
    const accounts = await sql<AccountSum>`
      select t.unit, p.account::text as account, sum(p.amount)::text as amount, count(*)::text as postings
      from ledger.posting p join ledger.transfer t on t.shop_id = p.shop_id and t.id = p.transfer_id
      where p.shop_id = ${shop} group by t.unit, p.account order by t.unit, p.account`.execute(trx);
    const sums = await sql<Sums>`
      with balances as (
        select unit, sum(credit) as credit, sum(held) as held, sum(debt) as debt from ledger.account where shop_id = ${shop} group by unit
      ), lots as (
        select unit, sum(remaining) as remaining, sum(held) as held, sum(redeemed) as redeemed, sum(expired) as expired
        from ledger.lot where shop_id = ${shop} group by unit
      ), moved as (
        select t.unit, sum(case 'remaining'::ledger.bucket when m.to_bucket then m.amount when m.from_bucket then -m.amount else 0 end) as remaining,
          sum(case 'held'::ledger.bucket when m.to_bucket then m.amount when m.from_bucket then -m.amount else 0 end) as held
        from ledger.lot_move m join ledger.transfer t on t.shop_id = m.shop_id and t.id = m.transfer_id where m.shop_id = ${shop} group by t.unit
      ), open as (
        select unit, sum(amount) as amount from ledger.hold where shop_id = ${shop} and status = 'open' group by unit
      )
      select b.unit, b.credit::text as credit, b.held::text as held, b.debt::text as debt,
        coalesce(l.remaining, 0)::text as remaining, coalesce(l.held, 0)::text as lot_held, coalesce(l.redeemed, 0)::text as redeemed,
        coalesce(l.expired, 0)::text as expired, coalesce(m.remaining, 0)::text as move_remaining, coalesce(m.held, 0)::text as move_held,
        coalesce(o.amount, 0)::text as holds
      from balances b left join lots l on l.unit = b.unit left join moved m on m.unit = b.unit left join open o on o.unit = b.unit
      order by b.unit`.execute(trx);
    const booked = (unit: string, ...names: string[]): string =>
      accounts.rows
        .filter((row) => row.unit === unit && (names.length === 0 || names.includes(row.account)))
        .reduce((total, row) => total + BigInt(row.amount), 0n)
        .toString();
    const story = await rollForward({ ...ctx, trx: { trx, now } }, ALL_TIME);
    const result = sums.rows.flatMap((row): Agreement[] => {
      const { unit } = row;
      const lines = story.rows.filter((line) => line.unit === unit);
      // Opening nothing, so the changes alone must lead to what is owed.
      const changes = lines.reduce((total, line) => total + line.closing - line.opening, 0n);
      const pair = (name: AgreementName, left: string, right: string): Agreement => ({ name, unit, left, right });
      return [
        pair("creditPostings", booked(unit, "customer_credit"), row.credit),
        pair("creditLots", row.credit, row.remaining),
        pair("creditMoves", row.remaining, row.move_remaining),
        pair("heldPostings", booked(unit, "customer_held"), row.held),
        pair("heldLots", row.held, row.lot_held),
        pair("heldMoves", row.lot_held, row.move_held),
        pair("heldHolds", row.held, row.holds),
        pair("debtPostings", (-BigInt(booked(unit, "customer_debt"))).toString(), row.debt),
        pair("redeemedLots", booked(unit, "redemption_clearing"), row.redeemed),
        pair("expiredLots", booked(unit, "promo_unused", "breakage_income"), row.expired),
        pair("allPostings", booked(unit), "0"),
        pair("rollForward", changes.toString(), (BigInt(row.credit) + BigInt(row.held)).toString()),
      ];
    });
    return { agreements: result, accounts: accounts.rows };
  });

export type OrderDifference = {
  orderRef: string;
  unit: string;
  /** What the shop's order says was paid with credit; null: there is no such order here. */
  used: bigint | null;
  /** What the ledger captured or redeemed for it. */
  booked: bigint;
  refunded: bigint;
  status: string | null;
  customerId: string | null;
  placedAt: Date | null;
};

/*
 * Orders by what they say was paid with credit, beside what the ledger booked for them. An order that came without its credit, credit
 * without its order and different amounts all show.
 */
const COMPARED = (ctx: ShopContext) => sql`
  booked as (
    select t.order_ref, t.unit, coalesce(sum(t.amount) filter (where t.kind <> 'refund'), 0) as booked,
      coalesce(sum(t.amount) filter (where t.kind = 'refund'), 0) as refunded, (array_agg(t.customer_id order by t.id))[1] as customer_id
    from ledger.transfer t
    where t.shop_id = ${ctx.shopId}::uuid and t.order_ref is not null and t.kind in ('redeem', 'capture', 'refund') group by t.order_ref, t.unit
  ), said as (
    select o.external_id, o.currency, o.credit_used, o.status, o.customer_id, o.placed_at from shop_order o
    where o.shop_id = ${ctx.shopId}::uuid and o.credit_used > 0
    union all
    select o.external_id, o.currency, o.credit_used, o.status, o.customer_id, o.placed_at from booked b
    join shop_order o on o.shop_id = ${ctx.shopId}::uuid and o.external_id = b.order_ref and o.credit_used = 0
  ), compared as (
    select coalesce(b.order_ref, s.external_id) as order_ref, coalesce(b.unit, s.currency) as unit, s.credit_used as used,
      coalesce(b.booked, 0) as booked, coalesce(b.refunded, 0) as refunded, s.status, coalesce(s.customer_id, b.customer_id) as customer_id, s.placed_at
    from said s full join booked b on b.order_ref = s.external_id and b.unit = s.currency
  )`;

export const orderSumsSchema = z.object({ compared: z.int(), differing: z.int() });
export type OrderSums = z.output<typeof orderSumsSchema>;

/** How many orders with credit there are, and how many differ. */
export const orderSums = (ctx: ShopContext): Promise<OrderSums> =>
  withTenant(ctx, async ({ trx }) => {
    const result = await sql<OrderSums>`with ${COMPARED(ctx)}
      select count(*)::int as compared, (count(*) filter (where used is distinct from booked))::int as differing from compared`.execute(
      trx,
    );
    return result.rows[0] ?? { compared: 0, differing: 0 };
  });

/** The orders that differ, in order of their reference. */
export const orderDifferences = (ctx: ShopContext, raw: z.input<typeof orderDifferencePageSchema>) =>
  withTenant(ctx, async ({ trx }) => {
    const { cursor, limit } = parseInput(orderDifferencePageSchema, raw);
    const result = await sql<OrderDifference>`with ${COMPARED(ctx)}
      select order_ref as "orderRef", unit, used, booked::bigint as booked, refunded::bigint as refunded, status, customer_id as "customerId",
        placed_at as "placedAt"
      from compared where used is distinct from booked ${cursor ? sql`and order_ref collate "C" > ${cursor}` : sql``}
      order by order_ref collate "C" limit ${limit + 1}`.execute(trx);
    const items = result.rows.slice(0, limit);
    return { items, nextCursor: result.rows.length > limit ? (items.at(-1)?.orderRef ?? null) : null };
  });
