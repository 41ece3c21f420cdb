import { sql } from "kysely";
import { closeDb, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { grantMany } from "@/server/ledger/grant-many";
import { campaignReport } from "@/server/roi/campaign-report";
import { setGlobalHoldout } from "@/server/roi/global-holdout";
import { overview } from "@/server/roi/overview";
import { refreshFacts } from "@/server/roi/programme-facts";
import { freezeBaselines, refreshResults } from "@/server/roi/results";
import { refreshFigures } from "@/server/roi/shop-figures";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { openBenchShop } from "./bench-shop";
import { BENCH_ORG, BENCH_SHOP } from "./generate-shop";
import { type Measure, median, seconds } from "./measure";

const ROUNDS = 7;
const GRANTS = 5_000;

/** A campaign to a tenth of all customers two months ago, a tenth of them held out; the assignment is the product's own hash. */
async function makeCampaign(ctx: ShopContext): Promise<string> {
  const id = crypto.randomUUID();
  const drop = crypto.randomUUID();
  await withTenant(ctx, async ({ trx, now }) => {
    const release = new Date(now.getTime() - 60 * 86_400_000);
    const ends = new Date(now.getTime() - 30 * 86_400_000);
    await trx
      .insertInto("campaign")
      .values({
        ...{
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          id,
          name: "Bench",
          unit: "EUR",
          amount: 500n,
          time_zone: "Europe/Berlin",
          created_by_label: "bench",
        },
        ...{ available_local: "2026-01-01T12:00", segment_query: "number_of_orders > 0", status: "done", holdout_bps: 1_000 },
        ...{ run_at: release, released_at: release, expires_at: ends, window_ends_at: ends },
      })
      .execute();
    await trx
      .insertInto("campaign_drop")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, id: drop, campaign_id: id, status: "done", run_at: release, frozen_at: release },
        ...{ released_at: release, expires_at: ends, unit: "EUR", amount: 500n, holdout_bps: 1_000, salt: id },
      })
      .execute();
    await sql`insert into drop_member (org_id, shop_id, drop_id, seq, customer_id, arm, amount, status)
      select ${ctx.orgId}::uuid, ${ctx.shopId}::uuid, ${drop}::uuid, row_number() over (), customer_id,
        case when assignment_bucket(${id}, customer_id::text) < 1000 then 'control' else 'treated' end, 500, 'granted'
      from (select customer_id from customer_metrics where shop_id = ${ctx.shopId} order by assignment_bucket('bench', customer_id::text) limit
        (select count(*) / 10 from customer_metrics where shop_id = ${ctx.shopId})) c`.execute(trx);
  });
  return id;
}

/** Credit of a second, running campaign: live lots of a tenth of all customers, so that what is owed has something to add up. */
async function grantCredit(ctx: ShopContext): Promise<number> {
  const expiresAt = new Date(Date.now() + 20 * 86_400_000);
  const source = { type: "drop" as const, id: crypto.randomUUID() };
  const customers = await withTenant(ctx, async ({ trx }) => {
    const { rows } = await sql<{ id: string }>`select customer_id as id from customer_metrics where shop_id = ${ctx.shopId}
      order by assignment_bucket('live', customer_id::text), customer_id limit (select count(*) / 10 from customer_metrics where shop_id = ${ctx.shopId})`.execute(
      trx,
    );
    return rows.map((row) => row.id).sort();
  });
  for (let from = 0; from < customers.length; from += GRANTS) {
    const grants = customers.slice(from, from + GRANTS).map((customerId) => ({ customerId, amount: 500n }));
    const chunk = { chunkKey: `${source.id}:${from}`, unit: "EUR", originClass: "unpaid" as const, availableFrom: null, expiresAt, grants };
    await grantMany(ctx, { source, ...chunk });
  }
  return customers.length;
}

async function warm(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(1_000 * (await seconds(work)));
  return median(times.slice(1));
}

/** The report of a campaign over all orders of a shop, the first page, and what is kept for it. */
export async function run(): Promise<Measure[]> {
  const shop = await openBenchShop();
  try {
    const ctx = systemContext(BENCH_ORG, BENCH_SHOP, "bench");
    const id = await makeCampaign(ctx);
    const lots = await grantCredit(ctx);
    const year = new Date().getUTCFullYear();
    await setGlobalHoldout(ctx, { year, bps: 200 }).catch((error: unknown) => {
      // A shop that was kept has it from the run before.
      if (!(error instanceof AppError) || error.code !== "CONFLICT") throw error;
    });
    await freezeBaselines(ctx);
    const { rows } = await withTenant(ctx, ({ trx }) => sql<{ orders: bigint }>`select count(*) as orders from shop_order`.execute(trx));
    const orders = Number(rows[0]?.orders ?? 0n).toLocaleString("en");
    const people = Math.floor(shop.customers / 10).toLocaleString("en");
    const report = await warm(() => campaignReport(ctx, { id }));
    await refreshResults(ctx, 5);
    const facts = await seconds(() => refreshFacts(ctx));
    const figures = await seconds(() => refreshFigures(ctx, { always: true }));
    const viewer = { imports: true, reports: true, campaigns: true };
    const first = await warm(() => overview(ctx, viewer));
    return [
      { name: `campaign report, ${people} people, ${orders} orders`, value: report, unit: "ms", limit: { at: "most", value: 300 } },
      { name: `overview page, ${lots.toLocaleString("en")} live lots`, value: first, unit: "ms", limit: { at: "most", value: 200 } },
      { name: "figures of the overview, in the background", value: 1_000 * figures, unit: "ms" },
      { name: "yearly holdout and overlap of campaigns, every hour", value: 1_000 * facts, unit: "ms" },
    ];
  } finally {
    await closeDb();
    await shop.close();
  }
}
