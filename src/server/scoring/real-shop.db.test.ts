import { createReadStream, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { importFile } from "@/server/connectors/csv/testing";
import { createTestShop } from "@/server/customers/testing";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { runPrediction } from "./prediction-run";
import { runRfm } from "./rfm-run";

const FILE = join(import.meta.dirname, "../../../../shared/data/online-retail.csv.gz");
const present = existsSync(FILE);
if (!present) console.warn("real-shop.db.test: skipped, ../shared/data/online-retail.csv.gz is not here");

let ctx: ShopContext;

/* A year of a real shop (UCI Online Retail). The numbers are the shop's; what is checked is that they make sense. */
describe.runIf(present)("scores of a real shop", () => {
  beforeAll(async () => {
    process.env.GUTHABEN_DATA_DIR = mkdtempSync(join(tmpdir(), "guthaben-scoring-"));
    await setTestClock(new Date("2011-12-10T08:00:00Z"));
    ctx = await createTestShop({ currency: "GBP", timeZone: "Europe/London" });
    await importFile(ctx, createReadStream(FILE), { fileName: "online-retail.csv.gz" });
  }, 120_000);

  it("groups its customers sensibly", async () => {
    const result = (await runRfm(ctx, "monthly"))?.result;
    if (process.env.GUTHABEN_SHOW === "1") console.log(JSON.stringify(result));
    const of = (group: string) => result?.groups.find((g) => g.group === group);
    expect(result?.customers).toBe(4_338);
    expect(result?.groups.reduce((s, g) => s + g.customers, 0)).toBe(4_338);
    for (const group of result?.groups ?? []) expect(group.customers).toBeGreaterThan(10);
    // Loyal customers come more often and lately, sleepers neither.
    expect(of("LOYAL")?.ordersPerCustomer ?? 0).toBeGreaterThan(3 * (of("NEW")?.ordersPerCustomer ?? 99));
    expect(of("LOYAL")?.daysSinceLast ?? 999).toBeLessThan(of("LOYAL_AT_RISK")?.daysSinceLast ?? 0);
    expect(of("SLEEPERS")?.daysSinceLast ?? 0).toBeGreaterThan(of("ABOUT_TO_SLEEP")?.daysSinceLast ?? 999);
  });

  it("forecasts the last fifth of its year, better than taking everyone for average, although that fifth is the season before Christmas", async () => {
    const run = await runPrediction(ctx, "manual");
    if (process.env.GUTHABEN_SHOW === "1") console.log(JSON.stringify(run?.result));
    expect(run?.result).toMatchObject({ method: "model", reason: null });
    const test = run?.result.backtest;
    expect(Math.abs(test?.ordersError ?? 1)).toBeLessThan(0.35);
    expect(test?.meanAbsoluteError ?? 1).toBeLessThan(test?.naiveError ?? 0);
    const [best, worst] = [test?.deciles[0], test?.deciles.at(-1)];
    expect(best?.actual ?? 0).toBeGreaterThan(5 * (worst?.actual ?? 1));
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{ tier: string; n: number; least: bigint }>`select predicted_spend_tier as tier, count(*)::int as n, min(predicted_value) as least
        from customer_score where predicted_value > 0 group by 1 order by 3 desc`.execute(trx),
    );
    expect(rows.map((row) => row.tier)).toEqual(["HIGH", "MEDIUM", "LOW"]);
    const all = rows.reduce((s, row) => s + row.n, 0);
    expect(rows[0]?.n).toBe(Math.ceil(all * 0.1));
    expect((rows[0]?.n ?? 0) + (rows[1]?.n ?? 0)).toBe(Math.ceil(all * 0.4));
    // The next day goes on with the same model.
    await setTestClock(new Date("2011-12-11T08:00:00Z"));
    const next = await runPrediction(ctx, "daily");
    expect(next?.result.frequency).toEqual(run?.result.frequency);
    expect(next?.result.tiers).toEqual(run?.result.tiers);
  }, 60_000);

  it("falls back to the medians of the groups where data are thin, and says so", async () => {
    await withTenant(ctx, ({ trx }) =>
      sql`update shop_order set counts = false where id not in (select distinct on (customer_id) id from shop_order where counts and customer_id is not null
        order by customer_id, placed_at)`.execute(trx),
    );
    const run = await runPrediction(ctx, "manual");
    expect(run?.result).toMatchObject({ method: "medians", reason: "too_few_repeat_customers", frequency: null, backtest: null });
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{
        groups: number;
        values: number;
        churn: number;
      }>`select count(distinct rfm_group)::int as groups, count(distinct (rfm_group, predicted_value))::int as values,
        count(churn_probability)::int as churn from customer_score where predicted_at is not null`.execute(trx),
    );
    expect(rows[0]).toEqual({ groups: 6, values: 6, churn: 0 });
  });
});
