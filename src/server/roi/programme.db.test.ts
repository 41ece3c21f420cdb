import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { endCampaigns } from "@/server/campaigns/end-campaigns";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { runPrediction } from "@/server/scoring/prediction-run";
import { customerScores, listScored, readPredictions, readRfm, readRfmHistory } from "@/server/scoring/read-scores";
import { runRfm } from "@/server/scoring/rfm-run";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignReport } from "./campaign-report";
import { findings } from "./findings";
import { setGlobalHoldout } from "./global-holdout";
import { cohorts, habits, secondOrderCurve } from "./habits";
import { liabilitySeries } from "./liability-series";
import { setMargins } from "./margins";
import { overview } from "./overview";
import { prepareCampaign } from "./prepare-campaign";
import { programme, strategyResults } from "./programme";
import { globalHoldout } from "./programme-facts";
import { freezeBaselines, refreshResults } from "./results";
import { robustness } from "./robustness";

const PEOPLE = 1_500;
let shop: LedgerShop;
let ctx: ShopContext;
let id: string;

const order = (customers: string[], placedAt: string, net: number, prefix: string, product: string | null = null) =>
  withTenant(ctx, ({ trx }) =>
    sql`with o as (insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, tax, status, counts, source)
        select ${ctx.orgId}, ${ctx.shopId}, ${prefix} || c, c, ${placedAt}, 'EUR', ${net * 1.19}::bigint, ${net * 0.19}::bigint, 'paid', true, 'test'
        from unnest(${customers}::uuid[]) c returning id, customer_id)
      insert into order_items (org_id, shop_id, order_id, customer_id, placed_day, counts, product_ids, quantities, unit_prices, totals, line_counts)
      select ${ctx.orgId}, ${ctx.shopId}, id, customer_id, 0, true, array[${product}::uuid], array[1], array[${net}::bigint], array[${net}::bigint], array[true] from o
      where ${product}::uuid is not null`.execute(trx),
  );

const arm = (name: "treated" | "control") =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("drop_member")
      .select("customer_id")
      .where("shop_id", "=", ctx.shopId)
      .where("arm", "=", name)
      .orderBy("seq")
      .execute();
    return rows.map((row) => row.customer_id);
  });

describe("everything that is told about a shop with one finished campaign", () => {
  beforeAll(async () => {
    await at("2026-05-31T08:00:00Z");
    shop = await createCampaignShop(PEOPLE);
    ctx = shop.ctx;
    // What they had bought before says much about what they buy in the window: the adjusted interval must be narrower.
    await order(shop.customers.slice(0, 300), "2026-05-10T10:00:00Z", 20_000, "pre-");
    await order(shop.customers.slice(300, 700), "2026-04-10T10:00:00Z", 4_000, "early-");
    id = (await createDraft(ctx, { expiryDays: 14, holdoutBps: 3000 })).id;
    await launchCampaign(ctx, { id });
    await at("2026-06-01T12:00:02Z");
    const drop = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("campaign_drop").select("id").where("campaign_id", "=", id).executeTakeFirstOrThrow(),
    );
    const frozen = await freezeDrop(ctx, drop.id);
    if (frozen.status !== "granting") throw new Error(frozen.status);
    for (let no = 0; no < frozen.chunks; no++) await grantChunk(ctx, { dropId: drop.id, no });
    await finishDrop(ctx, drop.id);
    await at("2026-06-05T10:00:00Z");
    const rich = new Set(shop.customers.slice(0, 300));
    for (const name of ["treated", "control"] as const) {
      const people = await arm(name);
      await order(
        people.filter((c) => rich.has(c)),
        "2026-06-05T09:00:00Z",
        20_000,
        `${name}-rich-`,
      );
      const poor = people.filter((c) => !rich.has(c));
      await order(poor.slice(0, Math.round(poor.length * (name === "treated" ? 0.5 : 0.2))), "2026-06-05T09:00:00Z", 5_000, `${name}-`);
    }
    for (const customerId of (await arm("treated")).slice(0, 40))
      await redeem(ctx, { key: `o:${customerId}`, customerId, unit: "EUR", amount: 500n, orderRef: `treated-${customerId}` });
    await rebuildMetrics(ctx);
  }, 60_000);

  it("freezes the history once and adjusts by it", async () => {
    expect(await freezeBaselines(ctx)).toBe(1);
    expect(await freezeBaselines(ctx)).toBe(0);
    await at("2026-08-05T10:00:00Z");
    const report = await campaignReport(ctx, { id });
    expect(report.warnings.filter((warning) => warning !== "underpowered")).toEqual(["margin_assumed"]);
    const of = (method: string) => report.methods.find((m) => m.method === method);
    const width = (method: string) => Number((of(method)?.revenuePerPerson.high ?? 0n) - (of(method)?.revenuePerPerson.low ?? 0n));
    expect(of("cuped")?.correlation ?? 0).toBeGreaterThan(0.8);
    expect(width("cuped")).toBeLessThan(0.6 * width("welch"));
    expect(of("winsorised")?.cap).toBe(20_000n);
    expect(of("welch")?.primary).toBe(true);
    expect(report.checks.baselineRatio ?? 0).toBeGreaterThan(0.001);
  });

  it("says the same from the kept sums of a drop as from counting its members anew", async () => {
    const kept = await campaignReport(ctx, { id });
    await withTenant(ctx, ({ trx }) => trx.updateTable("drop_measure").set({ assigned: null }).execute());
    const { asOf: _, ...counted } = await campaignReport(ctx, { id });
    expect(kept).toMatchObject(counted);
    expect(counted.arms.treated.people).toBeGreaterThan(0);
    // What an older version froze gets its sums, and its history is not frozen again.
    expect(await freezeBaselines(ctx)).toBe(1);
    expect(await freezeBaselines(ctx)).toBe(0);
    expect(await campaignReport(ctx, { id })).toMatchObject(counted);
  });

  it("counts goods with margins of their own at those", async () => {
    const before = await campaignReport(ctx, { id });
    const product = await withTenant(ctx, ({ trx }) =>
      trx
        .insertInto("product")
        .values({ org_id: ctx.orgId, shop_id: ctx.shopId, external_id: "p1", title: "Zelt", collections: ["outdoor"] })
        .returning("id")
        .executeTakeFirstOrThrow(),
    );
    await withTenant(ctx, ({ trx }) =>
      sql`insert into order_items (org_id, shop_id, order_id, customer_id, placed_day, counts, product_ids, quantities, unit_prices, totals, line_counts)
        select org_id, shop_id, id, customer_id, 0, true, array[${product.id}::uuid], array[1], array[total], array[total], array[true] from shop_order
        where shop_id = ${ctx.shopId} and placed_at > '2026-06-01'`.execute(trx),
    );
    const margins = await setMargins(ctx, { goods: [{ scope: "collection", ref: "outdoor", marginBps: 6_000 }] });
    expect(margins.goods).toMatchObject([{ ref: "outdoor", marginBps: 6_000 }]);
    const after = await campaignReport(ctx, { id });
    expect(after.margin).toMatchObject({ goods: 1, effectiveBps: 6_000 });
    expect(after.effect?.incrementalRevenue).toEqual(before.effect?.incrementalRevenue);
    expect(Number(after.effect?.profit.value)).toBeCloseTo(0.6 * Number(after.effect?.incrementalRevenue.value) - 20_000, -1);
    await setMargins(ctx, { shopBps: 4_000, messageCost: "7", goods: [{ scope: "collection", ref: "outdoor", marginBps: null }] });
    expect((await campaignReport(ctx, { id })).margin).toMatchObject({ assumed: false, goods: 0 });
  });

  it("is kept as its page says it, after every change of what it is calculated with and of what it is calculated from", async () => {
    const kept = async () => (await programme(ctx)).campaigns.find((row) => row.campaignId === id)?.profit;
    const shown = async () => (await campaignReport(ctx, { id })).effect?.profit;
    expect(await kept()).toEqual(await shown());
    await setMargins(ctx, { goods: [{ scope: "collection", ref: "outdoor", marginBps: 9_000 }] });
    expect(await kept()).toEqual(await shown());
    await setMargins(ctx, { messageCost: "90", goods: [{ scope: "collection", ref: "outdoor", marginBps: null }] });
    expect(await kept()).toEqual(await shown());
    await setMargins(ctx, { messageCost: "7" });
    expect(await kept()).toEqual(await shown());
    // An order of the window that was imported late: seen by the next day.
    const [late = ""] = await arm("treated");
    await order([late], "2026-06-03T10:00:00Z", 500_000, "late-");
    await at("2026-08-16T12:00:00Z");
    expect(await kept()).not.toEqual(await shown());
    await refreshResults(ctx, 10, { matured: true });
    expect(await kept()).toEqual(await shown());
    await withTenant(ctx, ({ trx }) => trx.deleteFrom("shop_order").where("external_id", "like", "late-%").execute());
    await withTenant(ctx, ({ trx }) => trx.deleteFrom("campaign_result").execute());
    await at("2026-08-05T10:00:00Z");
  });

  it("is the same by bootstrap", async () => {
    const result = await robustness(ctx, { id });
    if (result.status !== "ok") throw new Error(result.reason);
    expect(result.disagrees).toBe(false);
    expect(result.profit?.value).toBe(result.welchProfit.value);
    expect(await robustness(ctx, { id })).toEqual(result);
  });

  it("stands beside other campaigns, pooled only from three on", async () => {
    expect(await refreshResults(ctx, 10)).toBe(1);
    expect(await refreshResults(ctx, 10)).toBe(0);
    const report = await campaignReport(ctx, { id });
    const all = await programme(ctx);
    expect(all.campaigns).toMatchObject([{ campaignId: id, verdict: report.verdict.kind, shrunken: null, profit: report.effect?.profit }]);
    expect(all.pooled).toEqual({ status: "insufficient_data", reason: "too_few_studies" });
    expect(all.months.reduce((s, m) => s + m.redeemed, 0n)).toBe(20_000n);
    expect(await strategyResults(ctx)).toEqual([]);
    await endCampaigns();
    const first = await overview(ctx, { imports: true, reports: true });
    expect(first.figures).toMatchObject({ customers: PEOPLE, headline: { holdout: null, added: { campaigns: 1, open: 0 } } });
    expect(first.figures?.headline.added).toMatchObject({ profit: report.effect?.profit, verdict: report.verdict.kind });
    expect(first.figures?.headline.overlap).toEqual({ people: (await arm("treated")).length, several: 0 });
    expect(first.figures?.daily).toHaveLength(30);
    expect(first.ended).toMatchObject([{ id, result: { verdict: report.verdict.kind, profitPerPerson: report.effect?.profitPerPerson } }]);
    const bare = await overview(ctx, { imports: true });
    expect([bare.figures, bare.groups, bare.approvals]).toEqual([null, null, null]);
  });

  it("knows how customers buy", async () => {
    const found = await habits(ctx);
    expect(found.interval.reduce((s, b) => s + b.pairs, 0)).toBeGreaterThan(100);
    expect(found.secondOrder.at(-1)?.share ?? 0).toBeGreaterThan(0.3);
    expect(found.creditUsers.without.customers).toBeGreaterThan(500);
    const { cohorts: rows } = await cohorts(ctx, { months: 6 });
    expect(rows.map((row) => row.month)).toEqual(["2026-04", "2026-05", "2026-06"]);
    expect(rows[0]?.customers).toBe(400);
    expect(rows[0]?.revenue[0]).toBe(1_600_000n);
    // Ten people: two come back on day 3, one was only seen for two days: 1 − 7/9.
    expect(
      secondOrderCurve([
        { day: 2, events: 0, censored: 1 },
        { day: 3, events: 2, censored: 0 },
        { day: 90, events: 0, censored: 7 },
      ]).at(-1)?.share,
    ).toBeCloseTo(2 / 9, 12);
  });

  it("tells what is owed by week, month and cohort", async () => {
    const series = await liabilitySeries(ctx, {});
    expect(series).toMatchObject({ unit: "EUR", units: ["EUR"], held: 0n });
    for (const month of series.months)
      expect(month.opening + month.granted - month.redeemed - month.expired - month.recalled + month.other).toBe(month.closing);
    expect(series.reminders?.notReminded.redeemed).toBe(20_000n);
  });

  it("holds people out of everything, decided once a year", async () => {
    expect(await setGlobalHoldout(ctx, { year: 2026, bps: 500 })).toEqual({ year: 2026, bps: 500 });
    await expect(setGlobalHoldout(ctx, { year: 2026, bps: 100 })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(setGlobalHoldout(ctx, { year: 2025, bps: 100 })).rejects.toMatchObject({ code: "VALIDATION" });
    const { years } = await globalHoldout(ctx);
    expect(years[0]?.people.held ?? 0).toBeGreaterThan(30);
    expect((years[0]?.people.held ?? 0) + (years[0]?.people.others ?? 0)).toBe(PEOPLE);
    // Nobody has bought since: whatever the sizes, there is no number.
    expect(years[0]).toMatchObject({ revenuePerPerson: null, profit: null });
  });

  it("finds what to do next and prepares it", async () => {
    await runRfm(ctx, "manual");
    await runPrediction(ctx, "manual");
    const rfm = await readRfm(ctx);
    expect(rfm.latest?.result.status).toBe("ok");
    expect(rfm.running).toBeNull();
    expect(await readRfmHistory(ctx)).toHaveLength(1);
    expect((await readPredictions(ctx)).latest?.result.method).toMatch(/model|medians/);
    const member = (await listScored(ctx, { limit: 1 }, { pii: false })).items[0];
    expect((await customerScores(ctx, member?.id ?? "")).rfm?.score).toBe(member?.score);
    const list = await findings(ctx);
    expect(list.length).toBeGreaterThan(0);
    const first = list.find((finding) => finding.prepare);
    if (!first?.prepare) throw new Error("no finding prepares a campaign");
    const one = await prepareCampaign(ctx, { ...first.prepare, name: "Vorschlag" });
    const two = await prepareCampaign(ctx, { ...first.prepare, name: "Vorschlag" });
    expect(two.campaignId).not.toBe(one.campaignId);
    const segments = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("segment").select("name").where("name", "like", "Vorschlag%").execute(),
    );
    expect(segments).toEqual([{ name: "Vorschlag" }]);
  });

  it("counts the held-out who were given credit by hand in the window, each once", async () => {
    const give = (customers: string[], type: "manual" | "drop") => {
      const source = { type, id: crypto.randomUUID() };
      const chunk = { chunkKey: source.id, unit: "EUR", originClass: "unpaid" as const, availableFrom: null, expiresAt: null };
      return grantMany(ctx, { source, ...chunk, grants: [...customers].sort().map((customerId) => ({ customerId, amount: 100n })) });
    };
    const [[first, second, third, fourth], [treated]] = [await arm("control"), await arm("treated")];
    if (!first || !second || !third || !fourth || !treated) throw new Error("nobody is there");
    const now = "2026-09-05T10:00:00Z";
    await at("2026-06-10T10:00:00Z");
    await give([first, second, treated], "manual");
    await give([first], "manual");
    await give([third], "drop");
    await at(now);
    await give([fourth], "manual");
    expect((await campaignReport(ctx, { id })).checks.contaminated).toBe(2);
  });
});
