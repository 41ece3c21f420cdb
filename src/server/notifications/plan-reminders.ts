import { type RawBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import { chooseChannels } from "./choose-channel";
import { money } from "./plan-ledger-notices";
import { type PlannedCustomer, planMessages } from "./plan-messages";
import { beforeQuietHours } from "./policy";
import type { Policy } from "./schema";
import { readSettings, type Settings } from "./settings";
import { zoneOf } from "./zones";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Planned this long before they are due: a reminder that must not fall into the night goes out up to a day before, and planning is hourly. */
const AHEAD_MS = DAY + 2 * HOUR;
/** An outage this long before the night loses none: after it, credit has less than a day left, and then silence is better (B28). */
const OUTAGE_MS = 2 * HOUR;
/** And not when they are this late: credit granted for three days needs no "seven days left" on its second. */
const LATE_MS = 6 * HOUR;
const MAX_CUSTOMERS = 20_000;

type Bundle = {
  key: string;
  customer_id: string;
  unit: string;
  expires_at: Date;
  lots: string[];
  amount: bigint;
  time_zone: string | null;
  country: string | null;
  region: string | null;
  /** How many there are in all. */
  crowd: number;
};

/**
 * Plans reminders of credit that is about to expire: for each distance the shop has set, one message per customer, unit and day that bundles
 * the lots, because of two on one day the cap would drop the second. What it says is computed when it is sent: spent, recalled or extended
 * credit is left out then (domain.md 4.3). Granted less than the distance before its end, credit gets no reminder of that distance. Web hooks
 * and Klaviyo are told also where the shop leaves reminding to them. Free of effects when repeated.
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

/**
 * Credit that ends within the distance and was there before, as lots `l` of customers `c`, each with the shop's day `d.day` that is its last
 * one: an end is exclusive, and mostly midnight. `known` says what was told already.
 */
const ending = ({ now }: TenantTrx, ctx: ShopContext, { distance, zone, known, ahead }: Ending) => {
  const end = now.getTime() + distance * HOUR;
  return sql`
    from ledger.lot l join customer c on c.shop_id = l.shop_id and c.id = l.customer_id
      cross join lateral (select ((l.expires_at - interval '1 millisecond') at time zone ${zone})::date as day) d
    where l.shop_id = ${ctx.shopId} and not l.settled and l.expires_at > ${new Date(end - LATE_MS)} and l.expires_at <= ${new Date(end + ahead)}
      and l.remaining > 0 and l.available_from <= ${now} and l.created_at <= l.expires_at - make_interval(hours => ${distance})
      and c.erased_at is null and not exists (${known})`;
};

type Ending = { distance: number; zone: string; known: RawBuilder<unknown>; ahead: number };

const worthIt = (policy: Policy) => sql`sum(l.remaining) >= ${BigInt(policy.reminders.minimum)}`;

async function remind(handle: TenantTrx, ctx: ShopContext, settings: Settings, distance: number, shopZone: string): Promise<number> {
  const { trx, now } = handle;
  const { policy } = settings;
  const prefix = `expiring:${distance.toString()}:`;
  const name = sql`${prefix}::text || l.unit || ':' || d.day || ':' || l.customer_id`;
  const known = sql`select 1 from message m where m.shop_id = l.shop_id and m.key = ${name}`;
  const due = new Date(now.getTime() + distance * HOUR + AHEAD_MS);
  // What ends later on the same day belongs to it, also where that alone would not be told yet.
  const { rows } = await sql<Bundle>`
    select ${name} as key, l.customer_id, l.unit, min(l.expires_at) as expires_at, array_agg(l.id order by l.id) as lots,
      sum(l.remaining)::bigint as amount, c.time_zone, c.country, c.region, (count(*) over ())::int as crowd
    ${ending(handle, ctx, { distance, zone: shopZone, known, ahead: AHEAD_MS + DAY })} and ${money}
    group by l.customer_id, l.unit, d.day, c.time_zone, c.country, c.region
    having ${worthIt(policy)} and min(l.expires_at) <= ${due}
    order by min(l.expires_at), l.customer_id limit ${MAX_CUSTOMERS}`.execute(trx);
  const lead = leadOf(policy, rows[0]?.crowd ?? 0);
  const customers = rows.map((row): PlannedCustomer => {
    const zone = zoneOf({ timeZone: row.time_zone, country: row.country, region: row.region }, shopZone);
    const at = beforeQuietHours(row.expires_at.getTime() - distance * HOUR, isTimeZone(zone) ? zone : shopZone, policy.quiet, {
      id: row.customer_id,
      lead,
    });
    return {
      ...{ customerId: row.customer_id, amount: row.amount, unit: row.unit, expiresAt: row.expires_at, lots: row.lots, key: row.key },
      sendAfter: new Date(Math.max(at, now.getTime())),
    };
  });
  const order = policy.noticeChannels.expiring;
  const { planned } = await planMessages(handle, ctx, {
    ...{ kind: "credit_expiring", keyPrefix: "expiring" },
    customers: await chooseChannels(handle, ctx, settings, { kind: "credit_expiring", order, customers }),
  });
  return planned;
}

/** So long before the night reminders begin to go out: as long as all of them take at the shop's rate, and what an outage may cost. */
const leadOf = ({ rate }: Policy, people: number): number => OUTAGE_MS + (rate.perSecond === 0 ? 0 : (people / rate.perSecond) * 1_000);

/** Tells web hooks and Klaviyo at the distance itself: what reminds from there has quiet hours of its own. */
async function announce(handle: TenantTrx, ctx: ShopContext, policy: Policy, distance: number): Promise<void> {
  const name = sql`${`will_expire:${distance.toString()}:`}::text || l.unit || ':' || extract(epoch from l.expires_at)::bigint || ':' || l.customer_id`;
  const known = sql`select 1 from outbound_event e where e.shop_id = l.shop_id and e.key = ${name}`;
  await sql`
    insert into outbound_event (org_id, shop_id, type, customer_id, key, data, at)
    select ${ctx.orgId}, ${ctx.shopId}, 'credit.will_expire', l.customer_id, ${name},
      jsonb_build_object('customerId', l.external_id, 'unit', l.unit, 'amount', l.amount::text, 'expiresAt', l.expires_at, 'hours', ${distance}::int),
      ${handle.now}
    from (
      select l.customer_id, l.unit, l.expires_at, sum(l.remaining)::bigint as amount, c.external_id
      ${ending(handle, ctx, { distance, zone: "UTC", known, ahead: 0 })}
      group by l.customer_id, l.unit, l.expires_at, c.external_id having ${worthIt(policy)}
      order by l.expires_at, l.customer_id limit ${MAX_CUSTOMERS}) l
    on conflict (shop_id, key) do nothing`.execute(handle.trx);
}
