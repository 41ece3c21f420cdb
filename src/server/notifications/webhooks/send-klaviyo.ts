import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { secretPlace } from "../channels/configured";
import { type KlaviyoEvent, type KlaviyoOptions, sendKlaviyoEvent } from "../channels/klaviyo";
import { inParallel } from "../pace";
import { unseal } from "../seal";

const BATCH = 500;
const AT_ONCE = 5;

const METRICS: Record<string, KlaviyoEvent["metric"]> = {
  "credit.granted": "Store Credit Added",
  "credit.available": "Store Credit Available",
  "credit.redeemed": "Store Credit Deducted",
  "credit.refunded": "Store Credit Added",
  "credit.will_expire": "Store Credit Will Expire",
  "credit.expired": "Store Credit Expired",
  "credit.recalled": "Store Credit Recalled",
};

type Row = {
  id: string;
  type: string;
  at: Date;
  unit: string;
  amount: string;
  hours: number | null;
  expires_at: string | null;
  external_id: string;
  email: string | null;
  balance: bigint;
  upcoming: bigint;
};

const keyOf = (ctx: ShopContext): Promise<string | null> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("notification_channel")
      .select("secret")
      .where("shop_id", "=", ctx.shopId)
      .where("kind", "=", "klaviyo")
      .where("enabled", "=", true)
      .where("paused_at", "is", null)
      .executeTakeFirst();
    return row?.secret ? unseal(row.secret, secretPlace(ctx, "klaviyo")) : null;
  });

/**
 * Hands credit events to Klaviyo for shops that send from there, with the balance as it is now. Of a refund only what can be spent again was
 * added: what lapsed or was recalled meanwhile is told as that, because a flow on "added" writes to the customer. Klaviyo counts an id once, so an unanswered
 * request is simply repeated. People who are erased are not handed over.
 */
export async function sendKlaviyoEvents(
  ctx: ShopContext,
  open?: (apiKey: string) => KlaviyoOptions,
): Promise<{ sent: number; more: boolean }> {
  const apiKey = await keyOf(ctx);
  if (apiKey === null) return { sent: 0, more: false };
  const options = open?.(apiKey) ?? { apiKey };
  const rows = await withTenant(ctx, async ({ trx, now }) => {
    const result = await sql<Row>`
      select e.id, e.type, e.at, e.data ->> 'unit' as unit, e.data ->> 'expiresAt' as expires_at, (e.data ->> 'hours')::int as hours, c.external_id,
        ((e.data ->> 'amount')::bigint - coalesce((e.data ->> 'lapsed')::bigint, 0) - coalesce((e.data ->> 'recalled')::bigint, 0))::text as amount,
        c.email, coalesce(b.balance, 0)::bigint as balance, coalesce(b.upcoming, 0)::bigint as upcoming
      from outbound_event e join customer c on c.shop_id = e.shop_id and c.id = e.customer_id and c.erased_at is null
      left join lateral (
        select sum(l.remaining) filter (where l.available_from <= ${now}) as balance, sum(l.remaining) filter (where l.available_from > ${now}) as upcoming
        from ledger.lot l where l.shop_id = e.shop_id and l.customer_id = e.customer_id and l.unit = e.data ->> 'unit'
          and (l.expires_at is null or l.expires_at > ${now})) b on true
      where e.shop_id = ${ctx.shopId} and e.klaviyo_at is null and e.customer_id is not null and e.at <= ${now} and e.type like 'credit.%'
      order by e.id limit ${BATCH}`.execute(trx);
    return result.rows;
  });
  const done: string[] = [];
  let trouble: string | null = null;
  await inParallel(rows, AT_ONCE, async (row) => {
    const metric = METRICS[row.type];
    if (trouble !== null) return;
    if (!metric || row.amount === "0") {
      done.push(row.id);
      return;
    }
    const outcome = await sendKlaviyoEvent(options, {
      uniqueId: row.id,
      metric,
      email: row.email,
      externalId: row.external_id,
      time: row.at,
      unit: row.unit,
      amount: BigInt(row.amount),
      balance: row.balance,
      upcoming: row.upcoming,
      hours: row.hours,
      expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
    });
    if (outcome.result === "retry") trouble = outcome.error;
    // What Klaviyo refuses for good (an address it does not take) must not hold up the rest.
    else done.push(row.id);
  });
  await withTenant(ctx, async ({ trx, now }) => {
    await sql`update outbound_event set klaviyo_at = ${now} where shop_id = ${ctx.shopId} and id = any(${done}::uuid[])`.execute(trx);
    await sql`update notification_channel set last_error = ${trouble}, failing_since = ${trouble === null ? null : sql`coalesce(failing_since, ${now})`}
      where shop_id = ${ctx.shopId} and kind = 'klaviyo' and (${trouble !== null} or failing_since is not null)`.execute(trx);
  });
  return { sent: done.length, more: trouble === null && rows.length === BATCH };
}
