import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readSettings } from "../settings";

/** Transactions that began earlier may commit later: what is read again is stored once, by its key. */
const OVERLAP_MS = 10 * 60_000;
const MAX_TRANSFERS = 200;

/** Kinds of transfers that others are told about. Holds and releases are between checkout and ledger. */
const TYPES: Record<string, string> = {
  grant: "credit.granted",
  convert: "credit.granted",
  capture: "credit.redeemed",
  redeem: "credit.redeemed",
  refund: "credit.refunded",
  expire: "credit.expired",
  recall: "credit.recalled",
  clawback: "credit.recalled",
};
const CAMPAIGN_ACTIONS = ["scheduled", "launched", "paused", "resumed", "finished", "ended", "cancelled", "recalled"];

/**
 * Reads on in the ledger and the log and writes what happened as events, one per customer and transfer. The cursor only moves in time, with
 * an overlap; the key of an event makes reading twice harmless. Starts at the moment a shop first asks to be told.
 */
export const collectEvents = (ctx: ShopContext): Promise<{ events: number; more: boolean }> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    await readSettings(handle, ctx);
    const settings = await trx
      .selectFrom("message_settings")
      .select("feed_at")
      .where("shop_id", "=", ctx.shopId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const start = settings.feed_at ?? now;
    const from = new Date(start.getTime() - (settings.feed_at ? OVERLAP_MS : 0));
    const fresh = await sql<{ id: string; at: Date; kind: string }>`
      select t.id, t.at, t.kind::text as kind from ledger.transfer t
      where t.shop_id = ${ctx.shopId} and t.at >= ${from} and t.kind::text = any(${Object.keys(TYPES)}::text[])
        and not exists (select 1 from outbound_event e where e.shop_id = t.shop_id and e.key = 'transfer:' || t.id)
      order by t.at, t.id limit ${MAX_TRANSFERS}`.execute(trx);
    let events = await campaignEvents(handle, ctx, from);
    for (const { id } of fresh.rows) events += await transferEvents(handle, ctx, id);
    if (fresh.rows.some(({ kind }) => TYPES[kind] === "credit.recalled")) await withdrawUpcoming(handle, ctx);
    const more = fresh.rows.length === MAX_TRANSFERS;
    const reached = more ? (fresh.rows.at(-1)?.at ?? now) : now;
    await trx.updateTable("message_settings").set({ feed_at: reached }).where("shop_id", "=", ctx.shopId).execute();
    return { events, more };
  });

/**
 * A transfer as events: from its moves on lots, so that a collective entry becomes one event per customer. A refund is told whole, with what
 * of it lapsed at once or belongs to a recalled source; what lapsed is an expiry of its own, so that whoever adds events up gets the balance
 * (the recall is a transfer of its own).
 */
async function transferEvents({ trx }: TenantTrx, ctx: ShopContext, transferId: string): Promise<number> {
  const result = await sql`
    with touched as (
      select l.customer_id, t.kind::text as kind, t.unit, t.at, t.order_ref, t.source_type, t.source_id, sum(v.amount)::bigint as amount,
        min(l.expires_at) filter (where t.kind = 'expire' or v.to_bucket <> 'expired') as expires_at, max(l.available_from) as available_from,
        coalesce(sum(v.amount) filter (where v.to_bucket = 'expired'), 0)::bigint as lapsed,
        min(l.expires_at) filter (where v.to_bucket = 'expired') as lapsed_at,
        coalesce(sum(v.amount) filter (where l.origin = 'unpaid' and v.to_bucket = 'remaining'
          and exists (select from ledger.recall r where r.shop_id = l.shop_id and r.source_id = l.source_id and r.at <= t.at)), 0)::bigint as recalled
      from ledger.transfer t
      join ledger.lot_move v on v.shop_id = t.shop_id and v.transfer_id = t.id
      join ledger.lot l on l.shop_id = v.shop_id and l.id = v.lot_id
      where t.shop_id = ${ctx.shopId} and t.id = ${transferId} and case t.kind::text
        when 'grant' then v.from_bucket = 'granted' when 'convert' then v.from_bucket = 'granted' when 'refund' then v.to_bucket in ('remaining', 'expired')
        when 'capture' then v.to_bucket = 'redeemed' when 'redeem' then v.to_bucket = 'redeemed' when 'expire' then v.to_bucket = 'expired'
        else v.to_bucket = 'recalled' end
      group by 1, 2, 3, 4, 5, 6, 7
    ), told as (
      select 'moved' as what, (${JSON.stringify(TYPES)}::jsonb) ->> kind as type, at as told_at, amount as told, expires_at as ends, e.* from touched e
      union all
      select 'available', 'credit.available', greatest(at, available_from), amount, expires_at, e.* from touched e where kind in ('grant', 'convert')
      union all
      select 'lapsed', 'credit.expired', at, lapsed, lapsed_at, e.* from touched e where kind = 'refund' and lapsed > 0
    )
    insert into outbound_event (org_id, shop_id, type, customer_id, key, data, at)
    select ${ctx.orgId}, ${ctx.shopId}, o.type, o.customer_id, o.what || ':' || ${transferId} || ':' || o.customer_id,
      jsonb_build_object('customerId', c.external_id, 'unit', o.unit, 'amount', o.told::text, 'expiresAt', o.ends,
        'availableFrom', o.available_from, 'orderRef', o.order_ref, 'source', jsonb_build_object('type', o.source_type, 'id', o.source_id),
        'transferId', ${transferId}::text)
        || case when o.type = 'credit.refunded' then jsonb_build_object('lapsed', o.lapsed::text, 'recalled', o.recalled::text) else '{}' end, o.told_at
    from told o join customer c on c.shop_id = ${ctx.shopId} and c.id = o.customer_id
    on conflict (shop_id, key) do nothing`.execute(trx);
  // The mark that this transfer was read, also where it touched nobody's lots; it is told to nobody.
  await sql`
    insert into outbound_event (org_id, shop_id, type, key, data, at, fanned_at, klaviyo_at)
    values (${ctx.orgId}, ${ctx.shopId}, 'read', 'transfer:' || ${transferId}, '{}', app_now(), app_now(), app_now()) on conflict (shop_id, key) do nothing`.execute(
    trx,
  );
  return Number(result.numAffectedRows ?? 0n);
}

/** Credit that was taken back before its time does not become available: nobody is told that it did. */
const withdrawUpcoming = ({ trx, now }: TenantTrx, ctx: ShopContext) =>
  sql`
    update outbound_event e set fanned_at = coalesce(e.fanned_at, ${now}), klaviyo_at = coalesce(e.klaviyo_at, ${now})
    where e.shop_id = ${ctx.shopId} and e.type = 'credit.available' and e.at > ${now} and e.fanned_at is null
      and not exists (select 1 from ledger.lot_move v join ledger.lot l on l.shop_id = v.shop_id and l.id = v.lot_id
        where v.shop_id = e.shop_id and v.transfer_id = (e.data ->> 'transferId')::uuid and v.from_bucket = 'granted'
          and l.customer_id = e.customer_id and l.remaining + l.held + l.redeemed > 0)`.execute(trx);

/** Campaigns are read from the log of who did what: the one place every change of them passes. */
async function campaignEvents({ trx }: TenantTrx, ctx: ShopContext, from: Date): Promise<number> {
  const result = await sql`
    insert into outbound_event (org_id, shop_id, type, key, data, at)
    select a.org_id, ${ctx.shopId}, case a.action when 'campaign.ended' then 'campaign.finished' else a.action end, 'audit:' || a.id,
      jsonb_build_object('campaignId', a.entity_id, 'name', k.name, 'status', k.status), a.at
    from audit a join campaign k on k.shop_id = ${ctx.shopId} and k.id::text = a.entity_id
    where a.org_id = ${ctx.orgId} and a.shop_id = ${ctx.shopId} and a.entity = 'campaign' and a.at >= ${from}
      and a.action = any(${CAMPAIGN_ACTIONS.map((action) => `campaign.${action}`)}::text[])
    on conflict (shop_id, key) do nothing`.execute(trx);
  return Number(result.numAffectedRows ?? 0n);
}
