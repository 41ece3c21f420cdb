import { type RawBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { chooseChannels } from "./choose-channel";
import { type PlannedCustomer, planMessages } from "./plan-messages";
import type { MessageKind, Policy } from "./schema";
import { readSettings } from "./settings";

/** Transactions that began earlier may commit later: what is read again is planned once, by its key. */
const OVERLAP_MS = 10 * 60_000;
/** After a long standstill older news is no news. */
const MAX_AGE_MS = 3 * 86_400_000;
const MAX_CUSTOMERS = 10_000;

type Row = {
  key: string;
  customer_id: string;
  unit: string;
  amount: bigint;
  expires_at: Date | null;
  lots: string[] | null;
  credit_key: string | null;
};
type Window = { shopId: string; from: Date; now: Date; minimum: bigint };
type Notice = { kind: MessageKind; name: keyof Policy["notices"]; rows: (window: Window) => RawBuilder<Row> };

/** Whoever was told of a grant, by its campaign or on its own, is not told again that it can be spent now. */
const toldOf = sql`exists (select 1 from message m where m.shop_id = l.shop_id and m.customer_id = l.customer_id and m.credit_key = l.once_key
  and m.kind = 'credit_granted')`;
/** Money only: points have a life of their own. */
export const money = sql`l.unit not like 'PTS:%'`;
const unknown = sql`not exists (select 1 from message m where m.shop_id = n.shop_id and m.key = n.key)`;
const fresh = (rows: RawBuilder<unknown>): RawBuilder<Row> =>
  sql<Row>`select n.* from (${rows}) n where ${unknown} order by n.key limit ${MAX_CUSTOMERS}`;

/** Credit whose beginning lies after its grant: once per customer and beginning, over all lots. */
const available = ({ shopId, from, now }: Window) =>
  fresh(sql`
    select l.shop_id, 'available:' || l.unit || ':' || extract(epoch from l.available_from)::bigint || ':' || l.customer_id as key,
      l.customer_id, l.unit, sum(l.remaining)::bigint as amount, min(l.expires_at) as expires_at, array_agg(l.id) as lots, null::uuid as credit_key
    from ledger.lot l
    where l.shop_id = ${shopId} and l.available_from > l.created_at and l.available_from > ${from} and l.available_from <= ${now}
      and l.remaining > 0 and (l.expires_at is null or l.expires_at > ${now}) and ${money} and not ${toldOf}
    group by l.shop_id, l.customer_id, l.unit, l.available_from`);

/** Expired credit per customer and end, as soon as all of it is booked: a sweep works in chunks. */
const expired = ({ shopId, from, minimum }: Window) =>
  fresh(sql`
    select l.shop_id, 'expired:' || l.unit || ':' || extract(epoch from l.expires_at)::bigint || ':' || l.customer_id as key,
      l.customer_id, l.unit, sum(v.amount)::bigint as amount, null::timestamptz as expires_at, array_agg(l.id) as lots, null::uuid as credit_key
    from ledger.transfer t
    join ledger.lot_move v on v.shop_id = t.shop_id and v.transfer_id = t.id and v.to_bucket = 'expired'
    join ledger.lot l on l.shop_id = v.shop_id and l.id = v.lot_id
    where t.shop_id = ${shopId} and t.kind = 'expire' and t.at > ${from} and ${money}
      and not exists (select 1 from ledger.lot o where o.shop_id = l.shop_id and o.customer_id = l.customer_id and o.unit = l.unit
        and o.expires_at = l.expires_at and not o.settled)
    group by l.shop_id, l.customer_id, l.unit, l.expires_at having sum(v.amount) >= ${minimum}`);

/** What came back of a returned order and can be spent again, as it could before; what lapsed or was recalled meanwhile is not promised. */
const refunded = ({ shopId, from }: Window) =>
  fresh(sql`
    select l.shop_id, 'refunded:' || t.id || ':' || l.customer_id as key, l.customer_id, l.unit, sum(v.amount)::bigint as amount,
      min(l.expires_at) as expires_at, array_agg(distinct l.id) as lots, null::uuid as credit_key
    from ledger.transfer t
    join ledger.lot_move v on v.shop_id = t.shop_id and v.transfer_id = t.id and v.to_bucket = 'remaining'
    join ledger.lot l on l.shop_id = v.shop_id and l.id = v.lot_id and l.remaining > 0
    where t.shop_id = ${shopId} and t.kind = 'refund' and t.at > ${from} and ${money}
    group by l.shop_id, t.id, l.customer_id, l.unit`);

/** Grants by hand and by other systems; a campaign tells of its own. */
const granted = ({ shopId, from, now }: Window) =>
  fresh(sql`
    select l.shop_id, 'granted:' || t.id || ':' || l.customer_id as key, l.customer_id, l.unit, sum(v.amount)::bigint as amount,
      min(l.expires_at) as expires_at, null::uuid[] as lots, min(l.once_key::text)::uuid as credit_key
    from ledger.transfer t
    join ledger.lot_move v on v.shop_id = t.shop_id and v.transfer_id = t.id and v.from_bucket = 'granted'
    join ledger.lot l on l.shop_id = v.shop_id and l.id = v.lot_id and l.remaining > 0 and l.available_from <= ${now}
    where t.shop_id = ${shopId} and t.kind = 'grant' and t.source_type <> 'drop' and t.at > ${from} and ${money}
      and l.available_from <= l.created_at and not ${toldOf}
    group by l.shop_id, t.id, l.customer_id, l.unit`);

const NOTICES: readonly Notice[] = [
  { kind: "credit_granted", name: "granted", rows: granted },
  { kind: "credit_available", name: "available", rows: available },
  { kind: "credit_expired", name: "expired", rows: expired },
  { kind: "credit_refunded", name: "refunded", rows: refunded },
];

/**
 * Plans what the ledger has booked since the last time and the shop wants told, up to ten thousand messages of a kind per call. Starts with
 * what happens after its first call: nobody is told of the past. The key of a message makes reading twice harmless.
 */
export const planLedgerNotices = (ctx: ShopContext): Promise<{ planned: number; more: boolean }> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const settings = await readSettings(handle, ctx);
    const { policy } = settings;
    const { notices_at } = await trx
      .selectFrom("message_settings")
      .select("notices_at")
      .where("shop_id", "=", ctx.shopId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const reached = (at: Date) => trx.updateTable("message_settings").set({ notices_at: at }).where("shop_id", "=", ctx.shopId).execute();
    if (notices_at === null) {
      await reached(now);
      return { planned: 0, more: false };
    }
    const from = new Date(Math.max(notices_at.getTime() - OVERLAP_MS, now.getTime() - MAX_AGE_MS));
    const window: Window = { shopId: ctx.shopId, from, now, minimum: BigInt(policy.reminders.minimum) };
    let planned = 0;
    let more = false;
    for (const { kind, name, rows } of NOTICES) {
      if (!policy.notices[name]) continue;
      const found = await rows(window).execute(trx);
      const customers = await chooseChannels(handle, ctx, settings, {
        ...{ kind, order: policy.noticeChannels[name] },
        customers: found.rows.map(plannedOf),
      });
      planned += (await planMessages(handle, ctx, { kind, keyPrefix: kind, customers })).planned;
      more ||= found.rows.length === MAX_CUSTOMERS;
    }
    if (!more) await reached(now);
    return { planned, more };
  });

const plannedOf = (row: Row): PlannedCustomer => ({
  customerId: row.customer_id,
  key: row.key,
  unit: row.unit,
  amount: row.amount,
  expiresAt: row.expires_at,
  creditKey: row.credit_key,
  ...(row.lots ? { lots: row.lots } : {}),
});

/** Everything a shop has to tell, however much that is. */
export async function planAllNotices(ctx: ShopContext): Promise<number> {
  let planned = 0;
  for (let more = true; more; ) {
    const one = await planLedgerNotices(ctx);
    planned += one.planned;
    more = one.more;
  }
  return planned;
}
