import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignTimeline } from "./campaign-timeline";
import { claimDueDrops } from "./claim-due-drops";
import { createCampaign } from "./create-campaign";
import { freezeDrop } from "./freeze-drop";
import { getCampaign, listCampaigns } from "./get-campaign";
import { launchCampaign } from "./launch-campaign";
import { cancelCampaign, pauseCampaign } from "./pause-campaign";
import { resumeCampaign } from "./resume-campaign";
import { reviseCampaign } from "./revise-campaign";
import { createCampaignShop, createDraft, insertSegment, outboxOf } from "./testing";
import { updateCampaign } from "./update-campaign";

let ctx: ShopContext;
beforeAll(async () => {
  await at("2026-03-01T10:00:00Z");
  ctx = (await createCampaignShop(50)).ctx;
});

const startsOf = async (dropId: string | undefined) =>
  (await outboxOf(ctx, "campaign/drop.due")).filter((event) => event.data.dropId === dropId).map((event) => event.run_at?.toISOString());

describe("launching", () => {
  it("refuses with everything that is missing, and changes nothing", async () => {
    const empty = await createCampaign(ctx, {});
    await expect(launchCampaign(ctx, { id: empty.id })).rejects.toMatchObject({
      code: "VALIDATION",
      params: { problems: "nameMissing,segmentMissing,amountZero,timeMissing" },
    });
    const past = await createDraft(ctx, { availableLocal: "2026-03-01T10:58" });
    await expect(launchCampaign(ctx, { id: past.id })).rejects.toMatchObject({ code: "SCHEDULE_IN_PAST" });
    const nobody = await createDraft(ctx, { segmentId: await insertSegment(ctx, "number_of_orders > 1000") });
    await expect(launchCampaign(ctx, { id: nobody.id })).rejects.toMatchObject({ code: "EMPTY_AUDIENCE" });
    for (const { id } of [empty, past, nobody]) expect(await getCampaign(ctx, { id })).toMatchObject({ status: "draft", drop: null });
  });

  it.each([
    ["in the hour that summer time skips", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
    ["in the hour that comes twice, at its first", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
  ])("runs exactly once %s (B11)", async (_, availableLocal, instant) => {
    const draft = await createDraft(ctx, { availableLocal });
    const launched = await launchCampaign(ctx, { id: draft.id });
    expect(launched.runAt?.toISOString()).toBe(instant);
    expect(launched.drop?.runAt.toISOString()).toBe(instant);
    await cancelCampaign(ctx, { id: draft.id });
  });

  it("enqueues the start of a drop in the next minute at once, for its second", async () => {
    const draft = await createDraft(ctx, { availableLocal: "2026-03-01T11:01" });
    const { drop } = await launchCampaign(ctx, { id: draft.id });
    expect(drop?.status).toBe("claimed");
    expect(await startsOf(drop?.id)).toEqual(["2026-03-01T10:01:00.000Z"]);
    // The cron finds it claimed already.
    await claimDueDrops();
    expect(await startsOf(drop?.id)).toHaveLength(1);
  });

  it("claims a drop again that went silent, and only then", async () => {
    const draft = await createDraft(ctx, { availableLocal: "2026-03-01T11:01" });
    const { drop } = await launchCampaign(ctx, { id: draft.id });
    await at("2026-03-01T10:03:50Z");
    await claimDueDrops();
    expect(await startsOf(drop?.id)).toHaveLength(1);
    await at("2026-03-01T10:04:30Z");
    await claimDueDrops();
    expect(await startsOf(drop?.id)).toHaveLength(2);
    await at("2026-03-01T10:00:00Z");
  });
});

describe("changing one's mind", () => {
  it("takes a scheduled campaign back to draft and launches it anew with another drop", async () => {
    const draft = await createDraft(ctx, { availableLocal: "2026-03-10T14:00" });
    const first = await launchCampaign(ctx, { id: draft.id });
    const revised = await reviseCampaign(ctx, { id: draft.id });
    expect(revised).toMatchObject({ status: "draft", runAt: null, segmentQuery: null, drop: { status: "cancelled" } });
    await updateCampaign(ctx, { id: draft.id, version: revised.version, patch: { amount: 700n } });
    const second = await launchCampaign(ctx, { id: draft.id });
    expect(second.drop?.id).not.toBe(first.drop?.id);
    expect(second).toMatchObject({ status: "scheduled", amount: 700n, drop: { status: "scheduled" } });
    expect(await freezeDrop(ctx, first.drop?.id ?? "")).toEqual({ status: "stopped", reason: "cancelled" });
    expect((await campaignTimeline(ctx, { id: draft.id })).map((entry) => entry.action)).toEqual([
      "campaign.launched",
      "campaign.revised",
      "campaign.launched",
      "campaign.created",
    ]);
  });

  it("lets two editors notice each other, and nobody edit what is launched", async () => {
    const draft = await createDraft(ctx);
    await updateCampaign(ctx, { id: draft.id, version: draft.version, patch: { name: "A" } });
    await expect(updateCampaign(ctx, { id: draft.id, version: draft.version, patch: { name: "B" } })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await launchCampaign(ctx, { id: draft.id });
    const { name, version } = await getCampaign(ctx, { id: draft.id });
    expect(name).toBe("A");
    await expect(updateCampaign(ctx, { id: draft.id, version, patch: { amount: 1n } })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    await expect(launchCampaign(ctx, { id: draft.id })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
  });

  it("pauses before the time, and starts late when resumed after it", async () => {
    const draft = await createDraft(ctx, { availableLocal: "2026-03-01T11:01" });
    const { drop } = await launchCampaign(ctx, { id: draft.id });
    await pauseCampaign(ctx, { id: draft.id });
    await at("2026-03-01T12:00:00Z");
    expect(await freezeDrop(ctx, drop?.id ?? "")).toEqual({ status: "stopped", reason: "paused" });
    expect(await resumeCampaign(ctx, { id: draft.id })).toMatchObject({ status: "scheduled", drop: { status: "claimed" } });
    expect(await startsOf(drop?.id)).toHaveLength(2);
    expect(await freezeDrop(ctx, drop?.id ?? "")).toMatchObject({ status: "granting" });
    expect((await getCampaign(ctx, { id: draft.id })).releasedAt?.toISOString().slice(0, 16)).toBe("2026-03-01T12:00");
    await expect(reviseCampaign(ctx, { id: draft.id })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    await at("2026-03-01T10:00:00Z");
  });

  it("lists by group and search, one page after the other", async () => {
    const { ctx: own } = await createCampaignShop(1);
    const segmentId = await insertSegment(own);
    for (const name of ["Eins", "Zwei", "Drei"]) await createDraft(own, { name, segmentId });
    const first = await listCampaigns(own, { limit: 2 });
    expect(first.items.map((c) => c.name)).toEqual(["Drei", "Zwei"]);
    expect((await listCampaigns(own, { limit: 2, cursor: first.nextCursor })).items.map((c) => c.name)).toEqual(["Eins"]);
    expect((await listCampaigns(own, { search: "EI" })).items.map((c) => c.name)).toEqual(["Drei", "Zwei", "Eins"]);
    expect((await listCampaigns(own, { group: "active" })).items).toEqual([]);
    // By date, also where one is in a zone that the database does not know.
    await withTenant(own, ({ trx }) =>
      sql`update campaign set time_zone = 'America/Newtown', available_local = '2026-05-01T14:00' where shop_id = ${own.shopId} and name = 'Zwei'`.execute(
        trx,
      ),
    );
    const byDate = await listCampaigns(own, { sort: "runAt", direction: "asc" });
    expect(byDate.items.map((c) => c.name)).toEqual(["Zwei", "Drei", "Eins"]);
  });
});

describe("the database itself", () => {
  it("refuses a launched campaign without amount, and a drop beyond its cap", async () => {
    const draft = await createDraft(ctx, { amount: 0n });
    await expect(
      withTenant(ctx, ({ trx }) => trx.updateTable("campaign").set({ status: "scheduled" }).where("id", "=", draft.id).execute()),
    ).rejects.toThrow("launched_is_complete");
    await expect(
      withTenant(ctx, ({ trx }) => trx.updateTable("campaign_drop").set({ granted_total: 1_000_000n }).execute()),
    ).rejects.toThrow("check");
  });
});
