import { sql } from "kysely";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { localDay } from "@/server/time";

/**
 * A shop of random people whose orders, events and credit lie around midnights, a change to summer time and the borders of amounts,
 * because that is where two readings of one query would differ. The same seed gives the same shop.
 */
export const NOW = new Date("2026-04-20T22:30:00Z"); // 21 April, 00:30 in Berlin: not the same day as in UTC
export const ZONE = "Europe/Berlin";

export function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (max: number) => Math.floor(next() * max);
  const pick = <T>(pool: readonly T[]): T => {
    const value = pool[int(pool.length)];
    if (value === undefined) throw new Error("a pool is never empty");
    return value;
  };
  return { next, int, pick, chance: (p: number) => next() < p };
}
type Random = ReturnType<typeof seeded>;

const INSTANTS = [
  "2025-10-25T21:59:59.999Z",
  "2025-10-25T22:00:00Z",
  "2025-10-26T00:30:00Z",
  "2025-10-26T01:30:00Z",
  "2025-10-26T23:00:00Z",
  "2025-12-31T22:59:59.5Z",
  "2025-12-31T23:00:00Z",
  "2026-02-27T23:00:00Z",
  "2026-03-28T22:59:59.999Z",
  "2026-03-28T23:00:00Z",
  "2026-03-29T00:59:59Z",
  "2026-03-29T01:00:00Z",
  "2026-03-29T21:59:59.999Z",
  "2026-03-29T22:00:00Z",
  "2026-04-14T22:00:00Z",
  "2026-04-19T21:59:59Z",
  "2026-04-19T22:00:00Z",
  "2026-04-20T21:59:59Z",
  "2026-04-20T22:00:00Z",
  "2026-04-20T22:30:00Z",
] as const;

const someInstant = (r: Random): Date =>
  r.chance(0.6) ? new Date(r.pick(INSTANTS)) : new Date(NOW.getTime() - r.int(500 * 86_400) * 1000);

export const PRODUCTS = [
  { external_id: "1012132033639", tags: ["Sports wear"] },
  { external_id: "85123A", tags: ["sports WEAR", "Öko"] },
  { external_id: "301", tags: [] },
  { external_id: "p-1", tags: ["ÖKO"] },
  { external_id: "p-2", tags: ["Sale"] },
] as const;

type Facts = ReturnType<typeof someFacts>;
const TOTALS = [0n, 1000n, 4999n, 5000n, 5001n, 9990n, 12_050n, 50_000n] as const;
const EVENTS = [
  "email.opened",
  "email.clicked",
  "email.delivered",
  "email.bounced",
  "product.viewed",
  "collection.viewed",
  "checkout.started",
] as const;

function someFacts(r: Random, index: number) {
  const many = r.chance(0.2) ? 8 : 3;
  const place = r.pick([
    ["DE", "BE", "Berlin"],
    ["DE", "BY", "Bad Tölz"],
    ["AT", null, "Wien"],
    [null, "BE", "berlin"],
    ["FR", null, null],
    [null, null, null],
  ] as const);
  return {
    id: crypto.randomUUID(),
    external_id: `c${index}`,
    email_key: r.pick([`p${index}@example.de`, `p${index}@xn--exmple-cua.de`, null]),
    place,
    locale: r.pick(["de-DE", "de", "en_GB", "EN", null, "fr-CH"]),
    time_zone: r.pick<string | null>([null, null, "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "Etc/GMT+12"]),
    birth_date: r.pick([
      null,
      "2000-02-29",
      "1990-02-28",
      "1990-03-01",
      "1985-04-20",
      "1985-04-21",
      "1985-04-22",
      "1970-12-31",
      "1970-01-01",
      "1999-05-20",
    ]),
    tags: r.pick<string[]>([[], ["VIP"], ["vip", "neu"], ["Öko"], ["it's", "a\\b"], ["ÖKO", "VIP"]]),
    account_status: r.pick(["ENABLED", "DISABLED", "INVITED", "DECLINED"] as const),
    email_consent: r.pick(["SUBSCRIBED", "SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED", "PENDING"] as const),
    sms_consent: r.pick(["SUBSCRIBED", "NOT_SUBSCRIBED"] as const),
    added_at: someInstant(r),
    erased: r.chance(0.04),
    orders: Array.from({ length: r.int(many) }, () => ({
      id: crypto.randomUUID(),
      placed_at: someInstant(r),
      total: r.pick(TOTALS),
      currency: r.chance(0.1) ? "GBP" : "EUR",
      counts: r.chance(0.85),
      lines: Array.from({ length: r.int(4) }, () => ({
        product: r.chance(0.1) ? null : r.int(PRODUCTS.length),
        quantity: 1 + r.int(4),
        counts: r.chance(0.9),
      })),
    })),
    events: Array.from({ length: r.int(many * 4) }, () => {
      const kind = r.pick(EVENTS);
      return { id: crypto.randomUUID(), kind, at: someInstant(r), ref: r.pick(["m1", "m2", "7", "85123A", "301", "p-1", "gone", null]) };
    }),
  };
}

/** Days of the k most recent, -1 where there are fewer. */
function recentDays(dates: Date[], k: number): number[] {
  const days = dates.map((at) => localDay(at, ZONE)).sort((a, b) => b - a);
  return Array.from({ length: k }, (_, index) => days[index] ?? -1);
}

/** customer_metrics as its owner keeps it, computed here once more from the facts. */
function metricsOf(person: Facts) {
  const orders = person.orders.filter((order) => order.counts);
  const at = (kind: string) => person.events.filter((event) => event.kind === kind).map((event) => event.at);
  const totals = orders.map((order): bigint => (order.currency === "EUR" ? order.total : 0n));
  const spent = totals.reduce((sum, total) => sum + total, 0n);
  const times = orders.map((order) => order.placed_at).sort((a, b) => a.getTime() - b.getTime());
  const [last_order_day, order_day_2, order_day_3, order_day_4, order_day_5] = recentDays(times, 5);
  const [last_open_day, open_day_2, open_day_3, open_day_4, open_day_5] = recentDays(at("email.opened"), 5);
  const [last_click_day, click_day_2, click_day_3] = recentDays(at("email.clicked"), 3);
  const checkouts = at("checkout.started").filter((started) => !times.some((time) => time.getTime() > started.getTime()));
  return {
    customer_id: person.id,
    orders_count: orders.length,
    gross_spent: spent.toString(),
    net_spent: spent.toString(),
    max_order_total: [0n, ...totals]
      .sort((a, b) => Number(a - b))
      .at(-1)
      ?.toString(),
    first_order_at: times[0] ?? "-infinity",
    last_order_at: times.at(-1) ?? "-infinity",
    ...{ last_order_day, order_day_2, order_day_3, order_day_4, order_day_5 },
    ...{ last_open_day, open_day_2, open_day_3, open_day_4, open_day_5, last_click_day, click_day_2, click_day_3 },
    opens_count: at("email.opened").length,
    clicks_count: at("email.clicked").length,
    product_views: at("product.viewed").length,
    last_product_view_day: recentDays(at("product.viewed"), 1)[0],
    collection_views: at("collection.viewed").length,
    last_collection_view_day: recentDays(at("collection.viewed"), 1)[0],
    abandoned_checkout_day: recentDays(checkouts, 1)[0],
  };
}

export type TestShop = { ctx: ShopContext; customers: string[] };

export async function createSegmentShop(people: number, seed = 1): Promise<TestShop> {
  await setTestClock(NOW);
  const ctx = systemContext(crypto.randomUUID(), crypto.randomUUID(), "test");
  const r = seeded(seed);
  const facts = Array.from({ length: people }, (_, index) => someFacts(r, index));
  await insertShop(ctx);
  await insertCustomers(ctx, facts);
  await insertOrders(ctx, facts);
  await insertEvents(ctx, facts);
  await insertMetrics(ctx, facts.map(metricsOf));
  await grantCredit(
    ctx,
    r,
    facts.filter((person) => !person.erased),
  );
  await setTestClock(NOW);
  return { ctx, customers: facts.map(({ id }) => id) };
}

const insertShop = ({ orgId, shopId, ...ctx }: ShopContext) =>
  withTenant({ orgId, shopId, ...ctx }, async ({ trx }) => {
    await trx.insertInto("organisation").values({ id: orgId, name: "Test" }).execute();
    await trx
      .insertInto("shop")
      .values({ org_id: orgId, id: shopId, name: "Test", currency: "EUR", time_zone: ZONE, country: "DE" })
      .execute();
    await trx
      .insertInto("product")
      .values(
        PRODUCTS.map((p) => ({ org_id: orgId, shop_id: shopId, external_id: p.external_id, title: p.external_id, tags: [...p.tags] })),
      )
      .execute();
  });

const insertCustomers = (ctx: ShopContext, facts: Facts[]) =>
  withTenant(ctx, ({ trx }) =>
    trx
      .insertInto("customer")
      .values(
        facts.map(({ place: [country, region, city], erased, orders: _orders, events: _events, ...person }) => ({
          ...person,
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          country,
          region,
          city,
          email: person.email_key,
          first_name: `Name ${person.external_id}`,
          erased_at: erased ? NOW : null,
        })),
      )
      .execute(),
  );

const insertOrders = (ctx: ShopContext, facts: Facts[]) =>
  withTenant(ctx, async ({ trx }) => {
    const tenant = { org_id: ctx.orgId, shop_id: ctx.shopId };
    const products = await trx.selectFrom("product").select(["id", "external_id"]).execute();
    const idOf = new Map(products.map(({ id, external_id }) => [external_id, id]));
    const orders = facts.flatMap((person) => person.orders.map((order) => ({ ...order, customer_id: person.id })));
    await trx
      .insertInto("shop_order")
      .values(
        orders.map(({ lines: _lines, ...order }) => ({
          ...order,
          ...tenant,
          external_id: order.id,
          status: order.counts ? ("paid" as const) : ("cancelled" as const),
          source: "test",
        })),
      )
      .execute();
    const items = orders.map((order) => ({
      ...tenant,
      order_id: order.id,
      customer_id: order.customer_id,
      placed_day: localDay(order.placed_at, ZONE),
      counts: order.counts,
      product_ids: order.lines.map(({ product }) => (product === null ? null : (idOf.get(PRODUCTS[product]?.external_id ?? "") ?? null))),
      quantities: order.lines.map(({ quantity }) => quantity),
      unit_prices: order.lines.map(() => 100n),
      totals: order.lines.map(() => 100n),
      line_counts: order.lines.map(({ counts }) => counts),
    }));
    await trx.insertInto("order_items").values(items).execute();
  });

const insertEvents = (ctx: ShopContext, facts: Facts[]) =>
  withTenant(ctx, async ({ trx }) => {
    const events = facts.flatMap((person) =>
      person.events.map(({ id, kind, at, ref }) => ({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, customer_id: person.id },
        ...{ id, kind, occurred_at: at, ref_id: ref },
      })),
    );
    await trx.insertInto("activity_event").values(events).execute();
  });

/** The rows exist already (a trigger makes them with the customer). */
const insertMetrics = (ctx: ShopContext, rows: ReturnType<typeof metricsOf>[]) =>
  withTenant(ctx, async ({ trx }) => {
    for (const { customer_id, ...row } of rows) {
      const columns = Object.entries(row).map(
        ([name, value]) => sql`${sql.ref(name)} = ${value instanceof Date ? value.toISOString() : value}`,
      );
      await sql`update customer_metrics set ${sql.join(columns)} where shop_id = ${ctx.shopId} and customer_id = ${customer_id}`.execute(
        trx,
      );
    }
  });

async function grantCredit(ctx: ShopContext, r: Random, facts: Facts[]): Promise<void> {
  const times = ["2026-03-28T23:00:00Z", "2026-04-01T08:00:00Z", "2026-04-19T22:00:00Z"];
  for (const [index, time] of times.entries()) {
    await setTestClock(new Date(time));
    await grantMany(ctx, {
      source: { type: "manual", id: crypto.randomUUID() },
      chunkKey: `grant-${index}`,
      unit: index === 1 ? "GBP" : "EUR",
      originClass: "unpaid",
      availableFrom: r.pick([null, new Date("2026-04-20T22:30:00Z"), new Date("2026-04-21T08:00:00Z")]),
      expiresAt: r.pick([null, new Date("2026-04-27T22:00:00Z"), new Date("2026-06-01T00:00:00Z")]),
      grants: facts.filter(() => r.chance(0.4)).map(({ id }) => ({ customerId: id, amount: r.pick([500n, 4999n, 5000n, 5001n]) })),
    });
  }
}
