import { sql } from "kysely";
import { expect, it } from "vitest";
import { recordEvents } from "@/server/activity/record-events";
import { withTenant } from "@/server/db";
import { recordRefund } from "@/server/orders/record-refund";
import { upsertOrder } from "@/server/orders/upsert-order";
import type { ShopContext } from "@/server/tenancy/context";
import { updateShop } from "@/server/tenancy/update-shop";
import { rebuildMetrics } from "./rebuild-metrics";
import { createTestShop } from "./testing";
import { upsertCustomer } from "./upsert-customer";

/** Everything that is kept per customer, written by every kind of change in random order, equals what is computed from scratch. */
const STEPS = 220;
const PEOPLE = 8;

function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const int = (max: number) => Math.floor(next() * max);
  return { int, pick: <T>(pool: readonly [T, ...T[]]): T => pool[int(pool.length)] ?? pool[0] };
}
type Random = ReturnType<typeof random>;

const at = (r: Random) => new Date(Date.UTC(2025, r.int(12), 1 + r.int(28), r.pick([0, 12, 21, 22, 23]), r.int(60))).toISOString();
const who = (r: Random) => `c${r.int(PEOPLE)}`;

const order = (r: Random, ctx: ShopContext) =>
  upsertOrder(ctx, {
    externalId: `o${r.int(25)}`,
    customerId: r.pick([who(r), who(r), who(r), null]),
    placedAt: at(r),
    currency: r.pick(["EUR", "EUR", "EUR", "GBP"]),
    total: String(r.int(20_000)),
    status: r.pick(["paid", "paid", "paid", "cancelled", "pending", "refunded"]),
    test: r.int(12) === 0,
    ...(r.int(5) === 0
      ? {}
      : {
          lines: Array.from({ length: r.int(4) }, () => ({
            productId: r.pick(["p1", "p2", "p3", "p4", null]),
            quantity: r.pick([1, 2, 3, 0, -1]),
            unitPrice: r.pick(["500", "1999", "0"]),
          })),
        }),
  });

const step = (r: Random, ctx: ShopContext, no: number): Promise<unknown> => {
  switch (r.int(9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return order(r, ctx);
    case 4:
      return recordRefund(ctx, {
        externalId: `r${r.int(10)}`,
        orderExternalId: `o${r.int(30)}`,
        amount: String(r.int(5000)),
        currency: "EUR",
        refundedAt: at(r),
      });
    case 5: {
      const kind = r.pick(["email.opened", "email.clicked", "product.viewed", "collection.viewed", "checkout.started", "cart.updated"]);
      return recordEvents(ctx, [{ id: `e${no}`, customerId: who(r), kind, occurredAt: at(r), refId: r.pick(["p1", "7", null]) }]);
    }
    case 6: {
      const [email, sms] = [r.pick(["SUBSCRIBED", "UNSUBSCRIBED", "PENDING"]), r.pick(["SUBSCRIBED", "NOT_SUBSCRIBED"])];
      return withTenant(ctx, ({ trx }) =>
        sql`update customer set email_consent = ${email}, sms_consent = ${sms}, email = ${r.pick([null, "a@b.de"])}::text,
              phone = ${r.pick([null, "+4930"])}::text, erased_at = case when ${r.int(15)}::integer = 0 then app_now() end
            where shop_id = ${ctx.shopId} and external_id in (${who(r)}, ${who(r)})`.execute(trx),
      );
    }
    case 7: {
      const [group, shopify] = r.pick([
        ["LOYAL", "CHAMPIONS"],
        ["SLEEPERS", "DORMANT"],
        [null, null],
      ]);
      return withTenant(ctx, ({ trx }) =>
        sql`insert into customer_score (org_id, shop_id, customer_id, rfm_group, rfm_shopify_group, predicted_spend_tier)
            select org_id, shop_id, id, ${group}, ${shopify}, ${r.pick([null, "HIGH", "LOW"])} from customer
              where shop_id = ${ctx.shopId} and external_id = ${who(r)}
            on conflict (shop_id, customer_id) do update set rfm_group = excluded.rfm_group,
              rfm_shopify_group = excluded.rfm_shopify_group, predicted_spend_tier = excluded.predicted_spend_tier`.execute(trx),
      );
    }
    default:
      return withTenant(ctx, ({ trx }) =>
        sql`delete from customer_score s using customer c where s.shop_id = ${ctx.shopId} and c.shop_id = s.shop_id and c.id = s.customer_id
              and c.external_id = ${who(r)}`.execute(trx),
      );
  }
};

const kept = (ctx: ShopContext) =>
  withTenant(ctx, async ({ trx }) => {
    const metrics = await sql`select * from customer_metrics where shop_id = ${ctx.shopId} order by customer_id`.execute(trx);
    const buyers = await sql`select * from product_buyer where shop_id = ${ctx.shopId} order by product_id, customer_id`.execute(trx);
    return { metrics: metrics.rows, buyers: buyers.rows };
  });

/** Who bought what, counted by the simplest query over the lines there is. */
const buyersFromLines = (ctx: ShopContext) =>
  withTenant(ctx, async ({ trx }) => {
    const result = await sql`
      select product_id, customer_id, min(placed_day) as first_day, max(placed_day) as last_day, count(distinct order_id)::integer as orders,
        sum(quantity)::bigint as quantity
      from order_line where shop_id = ${ctx.shopId} and counts and product_id is not null and customer_id is not null
      group by 1, 2 order by 1, 2`.execute(trx);
    return result.rows;
  });

it("is the same, kept step by step or computed from scratch; what drifted is found and repaired", { timeout: 60_000 }, async () => {
  for (const seed of [1, 2, 3]) {
    const ctx = await createTestShop();
    for (let n = 0; n < PEOPLE; n++) await upsertCustomer(ctx, { externalId: `c${n}` });
    const r = random(seed);
    for (let no = 0; no < STEPS; no++) await step(r, ctx, no);
    const before = await kept(ctx);
    expect(before.buyers.length).toBeGreaterThan(1);
    expect(before.buyers).toMatchObject(await buyersFromLines(ctx));
    expect((await rebuildMetrics(ctx)).changed, `seed ${seed}`).toBe(0);
    expect(await kept(ctx)).toEqual(before);

    await withTenant(ctx, async ({ trx }) => {
      await sql`update customer_metrics set net_spent = 7, open_day_3 = 9, email_reach = not email_reach, rfm_group = 6`.execute(trx);
      await sql`update product_buyer set last_day = last_day + 1`.execute(trx);
      await sql`insert into product_buyer select ${ctx.orgId}, ${ctx.shopId}, uuid_v7(), customer_id, 1, 1, 1, 1 from customer_metrics`.execute(
        trx,
      );
    });
    expect((await rebuildMetrics(ctx)).changed).toBeGreaterThan(PEOPLE * 2);
    expect(await kept(ctx)).toEqual(before);
  }
});

it("follows the shop's zone: another zone asks for the rebuild, which moves the days of lines, buyers and metrics", async () => {
  const ctx = await createTestShop();
  await upsertOrder(ctx, {
    externalId: "o1",
    customerId: "c1",
    placedAt: "2025-06-10T20:00:00Z",
    currency: "EUR",
    total: "500",
    status: "paid",
    lines: [{ productId: "p1", quantity: 1, unitPrice: "500" }],
  });
  const days = () =>
    withTenant(ctx, async ({ trx }) => {
      const result = await sql<{ line: number; buyer: number; metric: number }>`
        select l.placed_day as line, b.last_day as buyer, m.last_order_day as metric from order_line l, product_buyer b, customer_metrics m`.execute(
        trx,
      );
      return result.rows;
    });
  const day = 20_249; // 2025-06-10
  expect(await days()).toEqual([{ line: day, buyer: day, metric: day }]);
  await updateShop(ctx, { name: "Test", currency: "EUR", timeZone: "Pacific/Auckland", country: "NZ", locale: "en" });
  const queued = await withTenant(ctx, ({ trx }) =>
    sql<{ name: string }>`select name from job_outbox where name = 'metrics/refresh.due'`.execute(trx),
  );
  expect(queued.rows).toHaveLength(1);
  await rebuildMetrics(ctx);
  expect(await days()).toEqual([{ line: day + 1, buyer: day + 1, metric: day + 1 }]);
  await updateShop(ctx, { name: "Anders", currency: "EUR", timeZone: "Pacific/Auckland", country: "NZ", locale: "en" });
  const again = await withTenant(ctx, ({ trx }) =>
    sql<{ name: string }>`select name from job_outbox where name = 'metrics/refresh.due'`.execute(trx),
  );
  expect(again.rows).toHaveLength(1);
});

it("loses nothing when changes of one customer happen at the same time", async () => {
  const ctx = await createTestShop();
  await upsertCustomer(ctx, { externalId: "c1" });
  await Promise.all(
    Array.from({ length: 12 }, (_, no) =>
      upsertOrder(ctx, {
        externalId: `o${no}`,
        customerId: "c1",
        placedAt: "2025-06-10T20:00:00Z",
        currency: "EUR",
        total: "500",
        status: "paid",
        lines: [{ productId: "p1", quantity: 1, unitPrice: "500" }],
      }),
    ),
  );
  const { metrics, buyers } = await kept(ctx);
  expect(metrics).toMatchObject([{ orders_count: 12, net_spent: 6000n }]);
  expect(buyers).toMatchObject([{ orders: 12, quantity: 12n }]);
});
