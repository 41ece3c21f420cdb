import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { createTestShop } from "@/server/customers/testing";
import { withTenant } from "@/server/db";
import { runRfm } from "@/server/scoring/rfm-run";
import type { ShopContext } from "@/server/tenancy/context";
import { type HttpHost, startHttpHost } from "../testing";
import { collectGroupChanges } from "./collect-group-changes";
import { deliverWebhooks, fanOutEvents } from "./deliver-webhooks";
import { createWebhook } from "./manage-webhooks";
import { webhookBodySchema } from "./schema";

const PEOPLE = 300;
let ctx: ShopContext;
let host: HttpHost;

/** Orders of the first `count` customers, the more the higher their number modulo seven. */
const addOrders = (count: number, daysAgo: number, prefix: string) =>
  withTenant(ctx, ({ trx }) =>
    sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, status, counts, source)
      select ${ctx.orgId}, ${ctx.shopId}, ${prefix} || i || '-' || k, c.id,
        app_now() - make_interval(days => ${daysAgo}::int + (3 * i) % 500 * ${prefix === "a" ? 1 : 0}::int + 9 * k), 'EUR', 500 + ((i * 977) % 20000), 'paid', true, 'test'
      from generate_series(1, ${count}::int) i, lateral generate_series(0, i % 7) k, customer c
      where c.shop_id = ${ctx.shopId} and c.external_id = 'c' || i`.execute(trx),
  );

const groups = () =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("customer_score as s")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "s.shop_id").onRef("c.id", "=", "s.customer_id"))
      .select(["c.external_id", "s.rfm_group"])
      .execute();
    return new Map(rows.map((row) => [row.external_id, row.rfm_group]));
  });

const run = async (): Promise<string> => {
  await rebuildMetrics(ctx);
  const done = await runRfm(ctx, "daily");
  if (!done?.result) throw new Error("the run gave no result");
  return done.runId;
};

/** Sends what waits and gives all events that arrived, as the description reads them. */
async function received() {
  host.calls.length = 0;
  while ((await fanOutEvents(ctx)).deliveries > 0);
  while ((await deliverWebhooks(ctx, { allowPrivate: true })).more);
  return host.calls.flatMap((call) => webhookBodySchema.parse(JSON.parse(call.body.toString())).events);
}

beforeAll(async () => {
  await setTestClock(new Date("2026-06-01T12:00:00Z"));
  host = await startHttpHost(() => ({ status: 200 }));
  ctx = await createTestShop();
  await withTenant(ctx, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id) select ${ctx.orgId}, ${ctx.shopId}, 'c' || i from generate_series(1, ${PEOPLE}::int) i`.execute(
      trx,
    ),
  );
  await addOrders(PEOPLE, 0, "a");
  await rebuildMetrics(ctx);
  await runRfm(ctx, "monthly");
});
afterAll(() => host.close());

describe("changes of customer groups", () => {
  it("are told to nobody before somebody asks", async () => {
    await setTestClock(new Date("2026-06-11T12:00:00Z"));
    await addOrders(40, 1, "b");
    const runId = await run();
    expect(await collectGroupChanges(ctx, runId)).toEqual({ events: 0, more: false });
    await createWebhook(ctx, { url: `${host.url}/hook`, types: ["customer.group_changed"] });
    expect(await collectGroupChanges(ctx, runId)).toEqual({ events: 0, more: false });
    expect(await received()).toEqual([]);
  });

  it("are told once each: from where to where, in one call for up to a hundred", async () => {
    const before = await groups();
    await setTestClock(new Date("2026-06-21T12:00:00Z"));
    await addOrders(PEOPLE, 1, "c");
    const runId = await run();
    const after = await groups();
    const moved = [...after].filter(([id, group]) => group !== before.get(id));
    expect(moved.length).toBeGreaterThan(100);
    expect(await collectGroupChanges(ctx, runId)).toEqual({ events: moved.length, more: false });
    expect(await collectGroupChanges(ctx, runId)).toEqual({ events: 0, more: false });
    const events = await received();
    expect(host.calls).toHaveLength(Math.ceil(moved.length / 100));
    expect(events.map(({ type, data }) => [type, data]).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual(
      moved
        .map(([customerId, to]) => ["customer.group_changed", { customerId, from: before.get(customerId), to, runId }])
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
  });

  it("of a run that broke off come with the next one; erased people are left out", async () => {
    const lost = crypto.randomUUID();
    await setTestClock(new Date("2026-07-01T12:00:00Z"));
    await withTenant(ctx, async ({ trx }) => {
      await sql`insert into rfm_change (org_id, shop_id, run_id, customer_id, from_group, to_group, at)
        select org_id, shop_id, ${lost}::uuid, id, 'NEW', 'LOYAL', app_now() from customer where shop_id = ${ctx.shopId} and external_id in ('c1', 'c2')`.execute(
        trx,
      );
      await trx.updateTable("customer").set({ erased_at: new Date() }).where("external_id", "=", "c2").execute();
    });
    await collectGroupChanges(ctx, crypto.randomUUID());
    expect((await received()).map(({ data }) => data)).toEqual([{ customerId: "c1", from: "NEW", to: "LOYAL", runId: lost }]);
  });
});
