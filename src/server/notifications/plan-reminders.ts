import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import { type PlannedCustomer, planMessages } from "./plan-messages";
import { beforeQuietHours, zoneOf } from "./policy";
import { readSettings } from "./settings";

/** Reminders are planned this long before they are due, so that the hour before quiet hours is never missed. */
const AHEAD_MS = 15 * 3_600_000;
/** And not when they are this late: credit granted for three days needs no "seven days left" on its second. */
const LATE_MS = 6 * 3_600_000;
const MAX_CUSTOMERS = 20_000;

type Bundle = {
  customer_id: string;
  unit: string;
  expires_at: Date;
  lots: string[];
  amount: bigint;
  time_zone: string | null;
  country: string | null;
  region: string | null;
};

/**
 * Plans reminders of credit that is about to expire: for each distance the shop has set, one message per customer, unit and end that bundles
 * the lots. What it says is computed when it is sent: spent, recalled or extended credit is left out then (domain.md 4.3). Granted less
 * than the distance before its end, credit gets no reminder of that distance. Free of effects when repeated.
 */
export const planReminders = (ctx: ShopContext): Promise<{ planned: number }> =>
  withTenant(ctx, async (handle) => {
    const { policy } = await readSettings(handle, ctx);
    const { enabled, hours, minimum } = policy.reminders;
    if (!enabled) return { planned: 0 };
    const { trx, now } = handle;
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    let planned = 0;
    for (const distance of hours) {
      const ms = distance * 3_600_000;
      const from = new Date(now.getTime() + ms - LATE_MS);
      const to = new Date(now.getTime() + ms + AHEAD_MS);
      const result = await sql<Bundle>`
        select l.customer_id, l.unit, l.expires_at, array_agg(l.id order by l.id) as lots, sum(l.remaining)::bigint as amount,
          c.time_zone, c.country, c.region
        from ledger.lot l join customer c on c.shop_id = l.shop_id and c.id = l.customer_id
        where l.shop_id = ${ctx.shopId} and not l.settled and l.expires_at > ${from} and l.expires_at <= ${to} and l.remaining > 0
          and l.available_from <= ${now} and l.created_at <= l.expires_at - make_interval(hours => ${distance})
          and c.erased_at is null
          and not exists (select 1 from message m where m.shop_id = l.shop_id
            and m.key = 'expiring:' || ${distance}::int || ':' || l.unit || ':' || extract(epoch from l.expires_at)::bigint || ':' || l.customer_id)
        group by l.customer_id, l.unit, l.expires_at, c.time_zone, c.country, c.region
        having sum(l.remaining) >= ${BigInt(minimum)}
        order by l.expires_at, l.customer_id limit ${MAX_CUSTOMERS}`.execute(trx);
      for (const row of result.rows) {
        const zone = zoneOf({ timeZone: row.time_zone, country: row.country, region: row.region }, shop.time_zone);
        const due = beforeQuietHours(
          row.expires_at.getTime() - ms,
          isTimeZone(zone) ? zone : shop.time_zone,
          policy.quiet,
          row.customer_id,
        );
        const customer: PlannedCustomer = { customerId: row.customer_id, amount: row.amount, expiresAt: row.expires_at, lots: row.lots };
        const one = await planMessages(handle, ctx, {
          kind: "credit_expiring",
          keyPrefix: `expiring:${distance.toString()}:${row.unit}:${Math.floor(row.expires_at.getTime() / 1_000).toString()}`,
          unit: row.unit,
          customers: [customer],
          sendAfter: new Date(Math.max(due, now.getTime())),
        });
        planned += one.planned;
        if (one.planned > 0) await announce(handle, ctx, distance, row);
      }
    }
    return { planned };
  });

/** Tells web hooks and Klaviyo, where a shop has any: its own flows may remind instead of us. */
async function announce({ trx, now }: TenantTrx, ctx: ShopContext, distance: number, row: Bundle): Promise<void> {
  await sql`
    insert into outbound_event (org_id, shop_id, type, customer_id, key, data, at)
    select c.org_id, c.shop_id, 'credit.will_expire', c.id,
      'will_expire:' || ${distance}::int || ':' || ${row.unit}::text || ':' || ${Math.floor(row.expires_at.getTime() / 1_000)}::bigint || ':' || c.id,
      jsonb_build_object('customerId', c.external_id, 'unit', ${row.unit}::text, 'amount', ${row.amount.toString()}::text,
        'expiresAt', ${row.expires_at.toISOString()}::text, 'hours', ${distance}::int), ${now}
    from customer c join message_settings s on s.shop_id = c.shop_id and s.feed_at is not null
    where c.shop_id = ${ctx.shopId} and c.id = ${row.customer_id}
    on conflict (shop_id, key) do nothing`.execute(trx);
}
