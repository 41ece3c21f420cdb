import { beforeAll, describe, expect, it } from "vitest";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft, insertSegment } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { simulateCampaign } from "./simulate-campaign";

/** What the receipt says before a launch, and what it says that it rests on. */
const PEOPLE = 200;
let shop: LedgerShop;
let ctx: ShopContext;
let segmentId: string;

const draftOf = (strategy: string | null, availableLocal: string) =>
  createDraft(ctx, { segmentId, strategy, availableLocal, amount: 500n, expiryDays: 14, holdoutBps: 0, messageEnabled: false });

/** A campaign from draft to the end of its credit, of which so many people spend all of theirs. */
async function run(strategy: string, day: string, spenders: number): Promise<string> {
  await at(`${day}T08:00:00Z`);
  const { id } = await draftOf(strategy, `${day}T14:00`);
  await launchCampaign(ctx, { id });
  // After 14:00 in Berlin, in summer as in winter.
  await at(`${day}T13:00:02Z`);
  const { id: dropId } = await withTenant(ctx, ({ trx }) =>
    trx.selectFrom("campaign_drop").select("id").where("shop_id", "=", ctx.shopId).where("campaign_id", "=", id).executeTakeFirstOrThrow(),
  );
  const frozen = await freezeDrop(ctx, dropId);
  for (let no = 0; frozen.status === "granting" && no < frozen.chunks; no++) await grantChunk(ctx, { dropId, no });
  await finishDrop(ctx, dropId);
  for (const customerId of shop.customers.slice(0, spenders))
    await redeem(ctx, { key: `${id}:${customerId}`, customerId, unit: "EUR", amount: 500n, orderRef: `${id}-${customerId}` });
  return id;
}

/** Its measured result, as the nightly calculation would keep it. */
const keep = (campaignId: string, perPerson: bigint, preliminary = false) =>
  withTenant(ctx, ({ trx, now }) =>
    trx
      .insertInto("campaign_result")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, campaign_id: campaignId, computed_at: now, final: !preliminary },
        summary: JSON.stringify({
          ...{ unit: "EUR", verdict: "not_proven", reason: null, preliminary, people: PEOPLE, granted: "100000", cost: "20000" },
          profitPerPerson: { value: perPerson.toString(), low: (perPerson - 100n).toString(), high: (perPerson + 100n).toString() },
          ...{ profit: null, profitStandardError: 50, marginBps: 4000 },
        }),
      })
      .execute(),
  );

beforeAll(async () => {
  await at("2026-01-05T08:00:00Z");
  shop = await createCampaignShop(PEOPLE);
  ctx = shop.ctx;
  segmentId = await insertSegment(ctx);
});

describe("expected cost and profit", () => {
  it("are an assumption in a shop without history, and their range has its ends in the right order", async () => {
    const { id } = await draftOf("winback", "2026-01-10T14:00");
    const { profit, redemption, expectedCost } = await simulateCampaign(ctx, { id });
    expect(redemption).toMatchObject({ source: "prior", campaigns: 0, rateBps: 3_000 });
    expect(expectedCost).toEqual({ low: 15_000n, value: 30_000n, high: 50_000n });
    // At a margin of 40 %: half of what was spent comes back at the worst, of the highest cost; three and a half times it at the best.
    expect(profit).toEqual({ low: -40_000n, value: -6_000n, high: 20_000n, source: "prior", campaigns: 0, sameKind: false });
  });

  it("rest on what this shop's people spent, of the same strategy once two campaigns of it are over", async () => {
    await run("birthday", "2026-02-02", 100);
    await run("winback", "2026-03-02", 20);
    await at("2026-04-01T08:00:00Z");
    const { id } = await draftOf("winback", "2026-05-10T14:00");
    const mixed = await simulateCampaign(ctx, { id });
    expect(mixed.redemption).toEqual({ source: "history", campaigns: 2, sameKind: false, rateBps: 3_000, lowBps: 1_000, highBps: 5_000 });
    await run("winback", "2026-04-02", 40);
    await at("2026-05-01T08:00:00Z");
    const same = await simulateCampaign(ctx, { id });
    expect(same.redemption).toEqual({ source: "history", campaigns: 2, sameKind: true, rateBps: 1_500, lowBps: 1_000, highBps: 2_000 });
    expect(same.expectedCost).toEqual({ low: 10_000n, value: 15_000n, high: 20_000n });
    expect(same.profit?.source).toBe("prior");
  });

  it("rest on three final results of this shop, of the same strategy when there are as many, in proportion to the credit", async () => {
    const winbacks = [
      await run("winback", "2026-05-02", 10),
      await run("winback", "2026-06-02", 10),
      await run("winback", "2026-07-02", 10),
    ];
    const [other] = [await run("birthday", "2026-08-03", 10)];
    await at("2026-12-01T08:00:00Z");
    const { id } = await draftOf("winback", "2026-12-10T14:00");
    await keep(winbacks[0] ?? "", 50n);
    await keep(winbacks[1] ?? "", 50n);
    await keep(winbacks[2] ?? "", 50n, true);
    await keep(other ?? "", 50n);
    // Two final ones of the strategy and one of another: the shop's.
    expect((await simulateCampaign(ctx, { id })).profit).toMatchObject({
      source: "history",
      campaigns: 3,
      sameKind: false,
      value: 10_000n,
    });
    await withTenant(ctx, ({ trx }) =>
      trx
        .deleteFrom("campaign_result")
        .where("campaign_id", "=", winbacks[2] ?? "")
        .execute(),
    );
    await keep(winbacks[2] ?? "", 50n);
    const found = await simulateCampaign(ctx, { id });
    // 0.50 per person of 5.00 granted; 200 people get 5.00.
    expect(found.profit).toMatchObject({ source: "history", campaigns: 3, sameKind: true, value: 10_000n });
    expect(found.profit && found.profit.low < 0n && found.profit.high > 20_000n).toBe(true);
  });
});
