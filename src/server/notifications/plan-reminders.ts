import { type RawBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import { chooseChannels } from "./choose-channel";
import { type PlannedCustomer, planMessages } from "./plan-messages";
import { beforeQuietHours, zoneOf } from "./policy";
import type { Policy } from "./schema";
import { readSettings, type Settings } from "./settings";

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
 * than the distance before its end, credit gets no reminder of that distance. Web hooks and Klaviyo are told also where the shop leaves
 * reminding to them. Free of effects when repeated.
 */
export const planReminders = (ctx: ShopContext): Promise<{ planned: number }> =>
  withTenant(ctx, async (handle) => {
    const settings = await readSettings(handle, ctx);
    const { policy } = settings;
    const { enabled, hours } = policy.reminders;
    const { time_zone, feed_at } = await handle.trx
      .selectFrom("shop as s")
      .innerJoin("message_settings as m", "m.shop_id", "s.id")
      .select(["s.time_zone", "m.feed_at"])
      .where("s.id", "=", ctx.shopId)
      .executeTakeFirstOrThrow();
    let planned = 0;
    for (const distance of hours) {
      if (enabled) planned += await remind(handle, ctx, settings, distance, time_zone);
      if (feed_at !== null) await announce(handle, ctx, policy, distance);
    }
    return { planned };
  });

/** Credit that ends within the distance and was there before; bundled per customer, unit and end. Needs what a bundle must not have yet. */
const bundles = ({ now }: TenantTrx, ctx: ShopContext, policy: Policy, distance: number, known: RawBuilder<unknown>, ahead: number) => {
  const end = now.getTime() + distance * 3_600_000;
  return sql`
    select l.customer_id, l.unit, l.expires_at, array_agg(l.id order by l.id) as lots, sum(l.remaining)::bigint as amount,
      c.time_zone, c.country, c.region, c.external_id
    from ledger.lot l join customer c on c.shop_id = l.shop_id and c.id = l.customer_id
    where l.shop_id = ${ctx.shopId} and not l.settled and l.expires_at > ${new Date(end - LATE_MS)} and l.expires_at <= ${new Date(end + ahead)}
      and l.remaining > 0 and l.available_from <= ${now} and l.created_at <= l.expires_at - make_interval(hours => ${distance})
      and c.erased_at is null and not exists (${known})
    group by l.customer_id, l.unit, l.expires_at, c.time_zone, c.country, c.region, c.external_id
    having sum(l.remaining) >= ${BigInt(policy.reminders.minimum)}
    order by l.expires_at, l.customer_id limit ${MAX_CUSTOMERS}`;
};

/** Names a bundle for ever; needs `l` in scope. */
const nameOf = (kind: string, distance: number) =>
  sql`${`${kind}:${distance.toString()}:`}::text || l.unit || ':' || extract(epoch from l.expires_at)::bigint || ':' || l.customer_id`;

async function remind(handle: TenantTrx, ctx: ShopContext, settings: Settings, distance: number, shopZone: string): Promise<number> {
  const { trx, now } = handle;
  const { policy } = settings;
  const known = sql`select 1 from message m where m.shop_id = l.shop_id and m.key = ${nameOf("expiring", distance)}`;
  const { rows } = await sql<Bundle>`${bundles(handle, ctx, policy, distance, known, AHEAD_MS)}`.execute(trx);
  const due = rows.map((row): PlannedCustomer => {
    const zone = zoneOf({ timeZone: row.time_zone, country: row.country, region: row.region }, shopZone);
    const at = beforeQuietHours(
      row.expires_at.getTime() - distance * 3_600_000,
      isTimeZone(zone) ? zone : shopZone,
      policy.quiet,
      row.customer_id,
    );
    const end = Math.floor(row.expires_at.getTime() / 1_000).toString();
    return {
      customerId: row.customer_id,
      amount: row.amount,
      unit: row.unit,
      expiresAt: row.expires_at,
      lots: row.lots,
      key: `expiring:${distance.toString()}:${row.unit}:${end}:${row.customer_id}`,
      sendAfter: new Date(Math.max(at, now.getTime())),
    };
  });
  const order = policy.noticeChannels.expiring;
  const customers = await chooseChannels(handle, ctx, settings, { kind: "credit_expiring", order, customers: due });
  const { planned } = await planMessages(handle, ctx, { kind: "credit_expiring", keyPrefix: "expiring", customers });
  return planned;
}

/** Tells web hooks and Klaviyo at the distance itself: what reminds from there has quiet hours of its own. */
async function announce(handle: TenantTrx, ctx: ShopContext, policy: Policy, distance: number): Promise<void> {
  const known = sql`select 1 from outbound_event e where e.shop_id = l.shop_id and e.key = ${nameOf("will_expire", distance)}`;
  await sql`
    insert into outbound_event (org_id, shop_id, type, customer_id, key, data, at)
    select ${ctx.orgId}, ${ctx.shopId}, 'credit.will_expire', l.customer_id, ${nameOf("will_expire", distance)},
      jsonb_build_object('customerId', l.external_id, 'unit', l.unit, 'amount', l.amount::text, 'expiresAt', l.expires_at, 'hours', ${distance}::int),
      ${handle.now}
    from (${bundles(handle, ctx, policy, distance, known, 0)}) l
    on conflict (shop_id, key) do nothing`.execute(handle.trx);
}
