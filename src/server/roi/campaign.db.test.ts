import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { claimDueDrops } from "@/server/campaigns/claim-due-drops";
import { endCampaigns } from "@/server/campaigns/end-campaigns";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { listMembers } from "@/server/campaigns/list-members";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { deliverMessages } from "@/server/notifications/deliver-messages";
import { getMessage } from "@/server/notifications/get-message";
import { countMessages, listMessages } from "@/server/notifications/list-messages";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignReport } from "./campaign-report";
import { overview } from "./overview";
import { simulateCampaign } from "./simulate-campaign";

const PEOPLE = 2_000;
let shop: LedgerShop;
let ctx: ShopContext;
let id: string;
let dropId: string;

/** Orders of the whole shop in one statement; amounts in cents including 19 % tax, so that the net is a round number. */
const order = (customerIds: string[], placedAt: string, net: number, options: { credit?: number; refunded?: number; prefix: string }) =>
  withTenant(ctx, ({ trx }) =>
    sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, tax, credit_used, refunded, status, counts, source)
        select ${ctx.orgId}, ${ctx.shopId}, ${options.prefix} || c, c, ${placedAt}, 'EUR', ${net * 1.19}::bigint, ${net * 0.19}::bigint,
               ${options.credit ?? 0}::bigint, ${options.refunded ?? 0}::bigint, 'paid', true, 'test'
        from unnest(${customerIds}::uuid[]) c`.execute(trx),
  );

const arms = () =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx.selectFrom("drop_member").select(["customer_id", "arm"]).where("drop_id", "=", dropId).orderBy("seq").execute();
    const of = (arm: string) => rows.filter((r) => r.arm === arm).map((r) => r.customer_id);
    return { treated: of("treated"), control: of("control") };
  });

describe("a campaign from draft to result", () => {
  beforeAll(async () => {
    await at("2026-05-31T08:00:00Z");
    shop = await createCampaignShop(PEOPLE);
    ctx = shop.ctx;
    // Consent, addresses and people as in real life: some cannot be written to.
    await withTenant(ctx, async ({ trx }) => {
      await trx.updateTable("customer").set({ email_consent: "NOT_SUBSCRIBED" }).where("id", "in", shop.customers.slice(0, 300)).execute();
      await trx.updateTable("customer").set({ email: null }).where("id", "in", shop.customers.slice(300, 350)).execute();
    });
    await order(shop.customers.slice(0, 500), "2026-05-20T10:00:00Z", 10_000, { prefix: "pre-" });
  });

  it("is simulated before the launch", async () => {
    const draft = await createDraft(ctx, { expiryDays: 14, holdoutBps: 2000 });
    id = draft.id;
    const simulation = await simulateCampaign(ctx, { id });
    expect(simulation).toMatchObject({
      problems: [],
      // Above the threshold, in a shop of nobody.
      warnings: ["noSecondPerson"],
      audience: { size: PEOPLE, reachable: 1_650 },
      // The arms fall by the campaign's own id, so they are exact and differ from run to run.
      arms: { treated: PEOPLE - (simulation.arms?.control ?? 0) },
      worstCost: 500n * BigInt(simulation.arms?.treated ?? 0),
      // 5.00 at the assumed margin of 40 % needs 12.50 of additional revenue.
      breakEven: 1_250n,
      marginIsAssumed: true,
    });
    expect(simulation.expiresAt?.toISOString()).toBe("2026-06-15T22:00:00.000Z");
    // 500 of 2,000 bought for 100.00: σ = 43.31, so (z+z)·σ·√(1/n_t+1/n_c) is about 6.78.
    const { treated, control } = simulation.arms ?? { treated: 0, control: 0 };
    expect(Math.abs(control - 400)).toBeLessThan(90);
    expect(Number(simulation.detectable)).toBeCloseTo(2.8016 * 4_331 * Math.sqrt(1 / treated + 1 / control), -1);
  });

  it("starts at its minute: the claim makes exactly one start event, due then", async () => {
    await launchCampaign(ctx, { id });
    await at("2026-06-01T11:58:30Z");
    const claims = await Promise.all([claimDueDrops(), claimDueDrops(), claimDueDrops()]);
    expect(claims.reduce((sum, c) => sum + c.claimed, 0)).toBe(1);
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{ run_at: Date; data: { dropId: string } }>`select run_at, data from job_outbox where name = 'campaign/drop.due'`.execute(trx),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.run_at.toISOString()).toBe("2026-06-01T12:00:00.000Z");
    dropId = rows[0]?.data.dropId ?? "";
    expect((await campaignReport(ctx, { id })).verdict.kind).toBe("not_started");
  });

  it("grants the treated and nobody else, available from the planned time", async () => {
    await at("2026-06-01T12:00:02Z");
    const frozen = await freezeDrop(ctx, dropId);
    if (frozen.status !== "granting") throw new Error(frozen.status);
    for (let no = 0; no < frozen.chunks; no++) await grantChunk(ctx, { dropId, no });
    await finishDrop(ctx, dropId);
    const { treated, control } = await arms();
    const lots = await withTenant(ctx, ({ trx }) =>
      trx
        .selectFrom("ledger.lot")
        .select(["customer_id", "available_from", "expires_at", "granted"])
        .where("source_id", "=", dropId)
        .execute(),
    );
    expect(new Set(lots.map((l) => l.customer_id))).toEqual(new Set(treated));
    expect(lots.every((l) => l.available_from.toISOString() === "2026-06-01T12:00:00.000Z" && l.granted === 500n)).toBe(true);
    expect(treated.length + control.length).toBe(PEOPLE);
    const last = await listMembers(ctx, { id, arm: "control", limit: 100 }, { pii: false });
    expect(last.items[0]).toMatchObject({ arm: "control", state: "held_out", amount: 0n });
    expect(last.items[0]?.customer.email).not.toContain("c1@");
  });

  it("tells who may be told, and says why the others are not", async () => {
    const { treated } = await arms();
    const index = new Map(shop.customers.map((customer, i) => [customer, i]));
    const noConsent = treated.filter((c) => (index.get(c) ?? 0) < 300).length;
    const noAddress = treated.filter((c) => (index.get(c) ?? 0) >= 300 && (index.get(c) ?? 0) < 350).length;
    // Consent withdrawn between writing and sending (B18).
    const withdrawn = treated.at(-1) ?? "";
    await withTenant(ctx, ({ trx }) =>
      trx.updateTable("customer").set({ email_consent: "UNSUBSCRIBED" }).where("id", "=", withdrawn).execute(),
    );
    await Promise.all([deliverMessages(ctx), deliverMessages(ctx), deliverMessages(ctx)]);
    for (let more = true; more; ) more = (await deliverMessages(ctx)).more;
    const counts = await countMessages(ctx, { campaignId: id });
    expect(counts).toMatchObject({
      queued: 0,
      sent: treated.length - noConsent - noAddress - 1,
      skipped: noConsent + noAddress + 1,
      delivery: "local",
    });
    const skipped = await listMessages(ctx, { campaignId: id, customerId: withdrawn }, { pii: false });
    expect(skipped.items).toMatchObject([{ status: "skipped", reason: "noConsent", sentAt: null, amount: 500n }]);
    const sent = await listMessages(ctx, { status: "sent", limit: 1 }, { pii: true });
    const message = await getMessage(ctx, { id: sent.items[0]?.id ?? "" }, { pii: true });
    expect(message.subject.replace(/\u00a0/g, " ")).toBe("5,00 € Guthaben bei Test");
    expect(message.text).toContain("Montag, 15. Juni 2026, 23:59");
    expect(message.to.email).toMatch(/^c\d+@example\.com$/);
  });

  it("counts what each arm does in the window, refunds included, and not what happens outside it", async () => {
    const { treated, control } = await arms();
    await at("2026-06-05T10:00:00Z");
    // 40 % of the treated buy for 50.00 and spend their credit, 25 % of the control buy for 50.00.
    const spenders = treated.slice(0, Math.round(treated.length * 0.4));
    const buyers = control.slice(0, Math.round(control.length * 0.25));
    await order(spenders, "2026-06-05T10:00:00Z", 5_000, { credit: 500, prefix: "t-" });
    await order(buyers, "2026-06-05T11:00:00Z", 5_000, { prefix: "c-" });
    for (const customerId of spenders.slice(0, 60))
      await redeem(ctx, { key: `order:${customerId}`, customerId, unit: "EUR", amount: 500n, orderRef: `t-${customerId}` });
    // Before the release, after the window, and returned in full: none of them may move the result.
    await order(treated.slice(0, 50), "2026-06-01T11:59:59Z", 900_000, { prefix: "early-" });
    await order(treated.slice(0, 50), "2026-07-01T12:00:00Z", 900_000, { prefix: "late-" });
    await order(control.slice(0, 50), "2026-06-06T12:00:00Z", 10_000, { refunded: 11_900, prefix: "returned-" });
    const report = await campaignReport(ctx, { id });
    expect(report.arms.treated).toMatchObject({
      people: treated.length,
      buyers: spenders.length,
      revenue: BigInt(spenders.length) * 5_000n,
    });
    expect(report.arms.control).toMatchObject({ people: control.length, revenue: BigInt(buyers.length) * 5_000n });
    expect(report.credit).toMatchObject({ redeemed: 30_000n, redeemers: 60, granted: BigInt(treated.length) * 500n });
    expect(report.attributed).toEqual({ orders: 60, revenue: 300_000n });
    expect(report.verdict.kind).toBe("too_early");
    expect(report.preliminary).toBe(true);
    expect(report.curve).toHaveLength(4);
    expect(report.curve[2]).toMatchObject({ day: 2, treated: 0n, control: 0n });
    expect(report.curve[3]?.treated).toBe(report.arms.treated.perPerson);
    // The band of the last day is the sequential interval of the whole.
    expect(report.curve[3]?.difference).toEqual(report.effect?.revenuePerPerson);
    expect(report.redemption.at(-1)).toEqual({ day: 3, redeemed: 30_000n, redeemers: 60 });
    const { incrementalRevenue = 0n, goods = 0n, credit = 0n, messages = 0n, profit } = report.waterfall ?? {};
    expect(incrementalRevenue + goods + credit + messages).toBe(profit);
    expect(credit).toBe(-30_000n);
    expect(report.effect).toMatchObject({ cost: 30_000n, messageCost: 0n });
    expect(report.variants).toMatchObject([{ variant: 0, amount: 500n, people: treated.length, redeemed: 30_000n, reason: null }]);
    expect(report.warnings.filter((warning) => warning !== "underpowered")).toEqual(["no_baseline", "margin_assumed", "preliminary"]);
    expect(report.methods.map((m) => [m.method, m.primary])).toEqual([
      ["welch", false],
      ["sequential", true],
    ]);
    const members = await listMembers(ctx, { id, arm: "treated", limit: 100 }, { pii: true });
    expect(members.items.slice(0, 60).every((m) => m.state === "redeemed")).toBe(true);
    expect(members.items[60]).toMatchObject({ state: "granted", remaining: 500n, message: expect.any(String) });
  });

  it("expires what nobody spent, at local midnight and not before", async () => {
    await at("2026-06-15T21:59:50Z");
    expect((await expireDue(ctx)).lots).toBe(0);
    await at("2026-06-15T22:00:00Z");
    while ((await expireDue(ctx)).visited > 0);
    const { credit } = await campaignReport(ctx, { id });
    expect(credit).toMatchObject({ remaining: 0n, redeemed: 30_000n, expired: credit.granted - 30_000n });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  it("ends with its window and gets its verdict when returns have matured", async () => {
    await at("2026-07-01T11:59:00Z");
    expect(await endCampaigns()).toEqual({ ended: 0 });
    await at("2026-07-01T12:00:01Z");
    expect(await endCampaigns()).toEqual({ ended: 1 });
    expect((await getCampaign(ctx, { id })).status).toBe("done");
    const early = await campaignReport(ctx, { id });
    expect(early.verdict.kind).toBe("too_early");
    await at("2026-07-31T12:00:01Z");
    const report = await campaignReport(ctx, { id });
    expect(report.verdict).toEqual({ kind: "proven_profit", reason: null, revenueProven: true });
    // Arms are random, so the shares are 40 % and 25 % only up to a person: about 20.00 − 12.50 = 7.50 more revenue
    // per person; 40 % of that minus 300.00 of credit over 1,6xx people.
    const [treated, control] = [report.arms.treated.people, report.arms.control.people];
    const perPerson = 5_000 * (Math.round(treated * 0.4) / treated - Math.round(control * 0.25) / control);
    expect(Number(report.effect?.revenuePerPerson.value)).toBeCloseTo(perPerson, -1);
    expect(Number(report.effect?.profitPerPerson.value)).toBeCloseTo(0.4 * perPerson - 30_000 / treated, -1);
    // The final interval is narrower than the one that allows for looking early.
    const width = (r: typeof report) => Number((r.effect?.profit.high ?? 0n) - (r.effect?.profit.low ?? 0n));
    expect(width(report)).toBeLessThan(width(early));
    expect(report.curve).toHaveLength(30);
    const first = await overview(ctx, { imports: true });
    expect(first).toMatchObject({ steps: { customers: true, segments: true, campaigns: true }, active: [], ended: [{ id }], imports: [] });
  });

  it("shows nothing of it to another shop (B13)", async () => {
    const other = await createCampaignShop(1);
    for (const call of [getCampaign, campaignReport, simulateCampaign])
      await expect(call(other.ctx, { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(freezeDrop(other.ctx, dropId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(createDraft(other.ctx, { segmentId: (await getCampaign(ctx, { id })).segment?.id })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect((await listMessages(other.ctx, {}, { pii: true })).items).toEqual([]);
  });
});
