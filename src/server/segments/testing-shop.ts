import { setTestClock } from "@/server/clock";
import { refreshBuyers } from "@/server/customers/buyers";
import { refreshMetrics } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { localDay } from "@/server/time";
import { CUSTOM } from "./testing";

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
  "wishlist.added",
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
    custom: r.pick<Record<string, unknown>>([
      {},
      { shoe_size: 42, nickname: "Klettern", hobbies: ["Klettern", "Öl"], newsletter: true, "club.joined": "2025-04-21" },
      { shoe_size: "41.5", nickname: 42, hobbies: "klettern", newsletter: "false", "club.joined": "2000-02-29T10:00:00Z" },
      { shoe_size: "groß", nickname: true, hobbies: [], newsletter: 1, "club.joined": "2026-02-31" },
      { shoe_size: null, nickname: null, hobbies: [null], newsletter: null, "club.joined": 20260101 },
      { shoe_size: 0.35, nickname: { a: 1 }, hobbies: [42, true, "it's"], newsletter: "ja", "club.joined": "1990-05-01T" },
    ]),
    score: r.pick([
      null,
      { rfm_recency: 5, rfm_frequency: 5, rfm_monetary: 5, rfm_group: "LOYAL" as const, rfm_shopify_group: "CHAMPIONS" },
      { rfm_recency: 4, rfm_frequency: 1, rfm_monetary: 3, rfm_group: "NEW" as const, rfm_shopify_group: "NEW" },
      { rfm_recency: 1, rfm_frequency: 1, rfm_monetary: 1, rfm_group: "SLEEPERS" as const, rfm_shopify_group: "DORMANT" },
      { rfm_recency: null, rfm_frequency: null, rfm_monetary: null, rfm_group: null, rfm_shopify_group: null },
    ]),
    prediction: r.pick([
      null,
      { churn_probability: 0.35, predicted_orders: 0.1, predicted_value: 5000n, predicted_spend_tier: "LOW" as const },
      { churn_probability: 0.5, predicted_orders: 4.25, predicted_value: 12_050n, predicted_spend_tier: "HIGH" as const },
    ]),
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
  await insertScores(ctx, facts);
  // The aggregates as their owner keeps them: what the compiler reads from them must agree with the facts the evaluator counts.
  const ids = facts.map(({ id }) => id);
  await withTenant(ctx, async ({ trx }) => {
    await refreshMetrics(trx, ctx.shopId, ids);
    await refreshBuyers(trx, ctx.shopId, ids);
  });
  await grantCredit(
    ctx,
    r,
    facts.filter((person) => !person.erased),
  );
  await setTestClock(NOW);
  return { ctx, customers: ids };
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
        facts.map(({ place: [country, region, city], erased, custom, orders: _o, events: _e, score: _s, prediction: _p, ...person }) => ({
          ...person,
          custom: JSON.stringify(custom),
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

const insertScores = (ctx: ShopContext, facts: Facts[]) =>
  withTenant(ctx, async ({ trx }) => {
    const rows = facts.flatMap(({ id, score, prediction }) =>
      score || prediction ? [{ org_id: ctx.orgId, shop_id: ctx.shopId, customer_id: id, ...score, ...prediction }] : [],
    );
    await trx.insertInto("customer_score").values(rows).execute();
    await trx
      .insertInto("customer_attribute")
      .values(
        Object.entries(CUSTOM).map(([key, type]) => ({
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          key,
          name: key,
          type,
          created_by_label: "test",
        })),
      )
      .execute();
  });

async function grantCredit(ctx: ShopContext, r: Random, facts: Facts[]): Promise<void> {
  const times = ["2026-03-28T23:00:00Z", "2026-04-01T08:00:00Z", "2026-04-19T22:00:00Z", "2026-04-20T08:00:00Z"];
  for (const [index, time] of times.entries()) {
    await setTestClock(new Date(time));
    await grantMany(ctx, {
      source: index === 0 ? { type: "drop", id: await insertDrop(ctx) } : { type: "manual", id: crypto.randomUUID() },
      chunkKey: `grant-${index}`,
      unit: UNITS[index] ?? "EUR",
      originClass: "unpaid",
      availableFrom: r.pick([null, new Date("2026-04-20T22:30:00Z"), new Date("2026-04-21T08:00:00Z")]),
      expiresAt: r.pick([null, new Date("2026-04-27T22:00:00Z"), new Date("2026-06-01T00:00:00Z")]),
      grants: facts.filter(() => r.chance(0.4)).map(({ id }) => ({ customerId: id, amount: r.pick([500n, 4999n, 5000n, 5001n]) })),
    });
  }
}

const UNITS = ["EUR", "GBP", "EUR", "PTS:club"];

/** A campaign's drop, so that credit has one to come from. */
export const insertDrop = (ctx: ShopContext): Promise<string> =>
  withTenant(ctx, async ({ trx, now }) => {
    const tenant = { org_id: ctx.orgId, shop_id: ctx.shopId };
    const campaign = await trx
      .insertInto("campaign")
      .values({ ...tenant, name: "Frühling", unit: "EUR", time_zone: ZONE, created_by_label: "test" })
      .returning("id")
      .executeTakeFirstOrThrow();
    const drop = await trx
      .insertInto("campaign_drop")
      .values({ ...tenant, campaign_id: campaign.id, run_at: now, unit: "EUR", amount: 500n, holdout_bps: 0, salt: "x", status: "done" })
      .returning("id")
      .executeTakeFirstOrThrow();
    return drop.id;
  });
