import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { isoDateToDay, startOfLocalDay } from "@/server/time";
import type { OriginClass, TransferKind } from "../schema";
import type { ExportScope, GlAccount } from "./schema";

/** All movements of one local day, kind, origin and pair of accounts: one line of the bookkeeping, without any customer in it. */
export type Booking = {
  day: string;
  unit: string;
  kind: TransferKind;
  origin: OriginClass;
  debit: GlAccount;
  credit: GlAccount;
  amount: bigint;
  movements: number;
};

/*
 * Debit and credit of a move between a lot's buckets. Held credit stays in the credit's account: a reservation is no booking. The contra
 * accounts are the ledger's own (ledger.funding, drain_lots, refund_lots); the test compares the sums with its postings.
 */
const PAIRS = sql`
  select day, unit, kind, origin, amount, case change when 'in' then contra else own end as debit,
    case change when 'in' then own else contra end as credit
  from (select *, case origin when 'paid' then 'creditPaid' when 'earned' then 'creditEarned' else 'creditUnpaid' end as own,
    case when from_bucket in ('granted', 'redeemed') and to_bucket <> 'expired' then 'in' else 'out' end as change,
    case
      when kind = 'refund' and to_bucket <> 'expired' or to_bucket = 'redeemed' then 'redemptionClearing'
      when to_bucket = 'expired' then case when origin = 'unpaid' then 'promoUnused' else 'breakageIncome' end
      when kind = 'adjust' then 'adjustment'
      when kind = 'clawback' and mover = 'debt' then 'customerDebt'
      when kind in ('clawback', 'convert') then 'earnedDeferral'
      when source_type = 'adjustment' then 'adjustment'
      when origin = 'earned' then 'earnedDeferral'
      when origin = 'paid' then case when source_type = 'refund' then 'refundClearing' else 'paidClearing' end
      when source_type = 'manual' then 'goodwillExpense'
      else 'promoExpense' end as contra
    from moves) m`;

type Period = { from: string; to: string; scope: ExportScope };

/** The bookings of a period (local days, both included), oldest first, currencies only: points have no place in the bookkeeping. */
export const bookings = (ctx: ShopContext, { from, to, scope }: Period): Promise<Booking[]> =>
  withTenant(ctx, async ({ trx }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const start = startOfLocalDay(isoDateToDay(from), shop.time_zone);
    const end = startOfLocalDay(isoDateToDay(to) + 1, shop.time_zone);
    const result = await sql<Booking>`
      with moves as (
        select to_char(t.at at time zone ${shop.time_zone}, 'YYYY-MM-DD') as day, t.unit, t.kind, t.source_type as mover,
          l.origin, l.source_type, m.from_bucket, m.to_bucket, m.amount
        from ledger.transfer t
        join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
        join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
        where t.shop_id = ${ctx.shopId}::uuid and t.at >= ${start} and t.at < ${end} and t.unit !~ '^PTS:' and t.kind <> 'merge'
          and not (m.from_bucket in ('remaining', 'held') and m.to_bucket in ('remaining', 'held'))
          and not (m.from_bucket = 'redeemed' and m.to_bucket = 'moved')
      ), pairs as (
        ${PAIRS}
        union all
        -- A refund that lapses at once never was credit: it came from the order and went to unused or breakage, by way of the credit.
        select day, unit, kind, origin, amount, 'redemptionClearing',
          case origin when 'paid' then 'creditPaid' when 'earned' then 'creditEarned' else 'creditUnpaid' end
        from moves where from_bucket = 'redeemed' and to_bucket = 'expired'
        union all
        -- What a claw-back did not find any more is owed by the customer.
        select to_char(t.at at time zone ${shop.time_zone}, 'YYYY-MM-DD'), t.unit, t.kind, 'earned', -p.amount, 'customerDebt', 'earnedDeferral'
        from ledger.transfer t join ledger.posting p on p.shop_id = t.shop_id and p.transfer_id = t.id and p.account = 'customer_debt'
        where t.shop_id = ${ctx.shopId}::uuid and t.at >= ${start} and t.at < ${end} and t.unit !~ '^PTS:' and t.kind = 'clawback' and p.amount < 0
      )
      select day, unit, kind, origin, debit, credit, sum(amount)::bigint as amount, count(*)::int as movements
      from pairs ${scope === "liability" ? sql`where origin <> 'unpaid'` : sql``}
      group by day, unit, kind, origin, debit, credit order by day, unit, kind, origin, debit, credit`.execute(trx);
    return result.rows;
  });
