import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { at, type LedgerShop, secondShop, violationsOf } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { admitEntries, claimDueEntries } from "./admit-entries";
import { claimDueDrops } from "./claim-due-drops";
import { finishDrop } from "./finish-drop";
import { freezeDrop } from "./freeze-drop";
import { getCampaign } from "./get-campaign";
import { grantChunk } from "./grant-chunk";
import { launchCampaign } from "./launch-campaign";
import { countExclusions, listDrops } from "./list-drops";
import { listMembers } from "./list-members";
import { retryFailed } from "./retry-failed";
import type { Draft } from "./schema";
import { createCampaignShop, createDraft } from "./testing";
import { haltShop, setOrganisationBudget, setPolicy } from "./update-policy";

/** Guard rails in the grant itself, the kill switch, zones, repeats, and the way on for those who got nothing. */
let shop: LedgerShop;
let ctx: ShopContext;
const PEOPLE = 40;

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(PEOPLE);
  ctx = shop.ctx;
});

const draftOf = (patch: Partial<Draft>, where = ctx) =>
  createDraft(where, { amount: 100n, holdoutBps: 0, messageEnabled: false, ...patch });

/** Launches for 14:00 on 1 June, freezes and grants; gives the answers of the one chunk. */
async function run(patch: Partial<Draft> = {}, where = ctx) {
  const draft = await draftOf(patch, where);
  const { drop } = await launchCampaign(where, { id: draft.id });
  const dropId = drop?.id ?? "";
  await at("2026-06-01T12:00:01Z");
  const frozen = await freezeDrop(where, dropId);
  const granted = frozen.status === "granting" ? await grantChunk(where, { dropId, no: 0 }) : frozen;
  if (granted.status === "granted") await finishDrop(where, dropId);
  await at("2026-06-01T10:00:00Z");
  return { id: draft.id, dropId, granted };
}

const messagesOf = (ctx: ShopContext, dropId: string): Promise<bigint> =>
  withTenant(ctx, async ({ trx }) => {
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from message where key like ${`drop:${dropId}:%`}`.execute(trx);
    return rows[0]?.n ?? 0n;
  });

describe("budgets", () => {
  it("of the month hold between campaigns to the cent; the one that does not fit says which and how much is missing (B16)", async () => {
    const other = await secondShop(ctx, 10);
    await setPolicy(other.ctx, { monthCap: 1_500n });
    expect((await run({}, other.ctx)).granted).toMatchObject({ status: "granted", granted: 10 });
    const late = await draftOf({}, other.ctx);
    await expect(launchCampaign(other.ctx, { id: late.id })).rejects.toMatchObject({
      code: "VALIDATION",
      params: { problems: "monthCapExceeded" },
    });
    // Two that fit when each was launched, and not together.
    await setPolicy(other.ctx, { monthCap: 2_000n });
    const [one, two] = [await draftOf({}, other.ctx), await draftOf({ name: "Zwei" }, other.ctx)];
    const drops = [await launchCampaign(other.ctx, { id: one.id }), await launchCampaign(other.ctx, { id: two.id })].map(
      (c) => c.drop?.id ?? "",
    );
    await at("2026-06-01T12:00:01Z");
    for (const dropId of drops) await freezeDrop(other.ctx, dropId);
    const outcomes = await Promise.all(drops.map((dropId) => grantChunk(other.ctx, { dropId, no: 0 })));
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["granted", "stopped"]);
    const states = [await getCampaign(other.ctx, { id: one.id }), await getCampaign(other.ctx, { id: two.id })];
    const loser = states.find((campaign) => campaign.status === "failed");
    expect(loser).toMatchObject({ statusReason: "BUDGET_EXCEEDED", statusParams: { budget: "month:2026-06", missing: "1000", left: "0" } });
    await at("2026-06-01T10:00:00Z");
  });

  it("of the organisation hold over its shops", async () => {
    const third = await secondShop(ctx, 5);
    const used = (await setOrganisationBudget(third.ctx, { unit: "EUR", monthCap: 10_000_000n })).usage.organisationMonth;
    await setOrganisationBudget(third.ctx, { unit: "EUR", monthCap: used + 499n });
    const draft = await draftOf({}, third.ctx);
    await expect(launchCampaign(third.ctx, { id: draft.id })).rejects.toMatchObject({ params: { problems: "organisationCapExceeded" } });
    await setOrganisationBudget(third.ctx, { unit: "EUR", monthCap: used + 500n });
    expect((await run({}, third.ctx)).granted).toMatchObject({ granted: 5 });
    await setOrganisationBudget(third.ctx, { unit: "EUR", monthCap: null });
  });

  it("per customer leave out whom they would exceed; raised, only those are tried again", async () => {
    const small = await secondShop(ctx, 6);
    await run({ amount: 300n }, small.ctx);
    await setPolicy(small.ctx, { customerCap: 500n });
    // One more, who has got nothing yet and stays within the cap: the retry must know that this one is served.
    const { orgId, shopId } = small.ctx;
    await withTenant(small.ctx, ({ trx }) =>
      trx.insertInto("customer").values({ org_id: orgId, shop_id: shopId, external_id: "new" }).execute(),
    );
    const { id, dropId, granted } = await run({ amount: 201n, messageEnabled: true }, small.ctx);
    expect(granted).toMatchObject({ granted: 1 });
    expect((await getCampaign(small.ctx, { id })).drop).toMatchObject({ skipped: 6, grantedCount: 1 });
    const { items } = await listMembers(small.ctx, { id, state: "skipped" }, { pii: true });
    expect(items.map((member) => member.reason)).toEqual(Array(6).fill("customerCap"));
    // Nobody is told of credit that was not given.
    expect(await messagesOf(small.ctx, dropId)).toBe(1n);
    await setPolicy(small.ctx, { customerCap: 501n });
    await at("2026-06-01T12:05:00Z");
    expect(await retryFailed(small.ctx, { id })).toMatchObject({ status: "running", drop: { skipped: 0, chunks: 2, chunksDone: 1 } });
    expect(await grantChunk(small.ctx, { dropId, no: 1 })).toMatchObject({ granted: 6, replay: false });
    expect(await grantChunk(small.ctx, { dropId, no: 1 })).toMatchObject({ granted: 6, replay: true });
    expect(await finishDrop(small.ctx, dropId)).toEqual({ status: "done", granted: 7 });
    expect(await messagesOf(small.ctx, dropId)).toBe(7n);
    await expect(retryFailed(small.ctx, { id })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    await at("2026-06-01T10:00:00Z");
  });
});

describe("the shop's kill switch", () => {
  it("lets nothing be released or granted, changes no campaign, and everything go on when it is lifted", async () => {
    const draft = await draftOf({});
    const { drop } = await launchCampaign(ctx, { id: draft.id });
    const dropId = drop?.id ?? "";
    await at("2026-06-01T12:00:01Z");
    await haltShop(ctx, { halted: true, reason: "Preisfehler" });
    expect(await freezeDrop(ctx, dropId)).toEqual({ status: "stopped", reason: "SHOP_HALTED" });
    await haltShop(ctx, { halted: false });
    expect(await freezeDrop(ctx, dropId)).toMatchObject({ status: "granting" });
    await haltShop(ctx, { halted: true, reason: "Noch einmal" });
    expect(await grantChunk(ctx, { dropId, no: 0 })).toEqual({ status: "stopped", reason: "SHOP_HALTED" });
    expect(await getCampaign(ctx, { id: draft.id })).toMatchObject({ status: "running", statusReason: null });
    expect(await claimDueDrops()).toMatchObject({ claimed: 0 });
    await haltShop(ctx, { halted: false });
    expect(await grantChunk(ctx, { dropId, no: 0 })).toMatchObject({ status: "granted", granted: PEOPLE });
    await at("2026-06-01T10:00:00Z");
  });
});

describe("each customer's own clock", () => {
  it("gives every lot the hours of its person's zone in one drop", async () => {
    const world = await secondShop(ctx, 3);
    await withTenant(world.ctx, ({ trx }) =>
      sql`update customer set time_zone = case external_id when 'c1' then 'Asia/Tokyo' when 'c2' then 'America/New_York' else 'Mars/Olympus' end
        where shop_id = ${world.ctx.shopId}`.execute(trx),
    );
    await at("2026-05-30T10:00:00Z");
    const draft = await draftOf({ zone: "customer", expiryDays: 14 }, world.ctx);
    const launched = await launchCampaign(world.ctx, { id: draft.id });
    expect(launched.runAt?.toISOString()).toBe("2026-06-01T05:00:00.000Z");
    await at("2026-06-01T05:00:01Z");
    await freezeDrop(world.ctx, launched.drop?.id ?? "");
    await grantChunk(world.ctx, { dropId: launched.drop?.id ?? "", no: 0 });
    const { items } = await listMembers(world.ctx, { id: draft.id }, { pii: true });
    const times = Object.fromEntries(
      items.map((m) => [m.customer.externalId, [m.state, m.availableFrom?.toISOString(), m.expiresAt?.toISOString()]]),
    );
    expect(times).toEqual({
      c1: ["granted", "2026-06-01T05:00:00.000Z", "2026-06-15T15:00:00.000Z"],
      c2: ["upcoming", "2026-06-01T18:00:00.000Z", "2026-06-16T04:00:00.000Z"],
      // A zone nobody knows is the shop's.
      c3: ["upcoming", "2026-06-01T12:00:00.000Z", "2026-06-15T22:00:00.000Z"],
    });
    await at("2026-06-01T10:00:00Z");
  });
});

describe("repeats", () => {
  it("every month plan the next drop with the release of this one, until the end, and keep everyone's arm", async () => {
    const monthly = {
      repeat: { type: "monthly" as const, every: 1 },
      budget: 1_000_000n,
      holdoutBps: 5_000,
      endsLocal: "2026-08-15T00:00",
    };
    const { id, dropId } = await run(monthly);
    expect((await getCampaign(ctx, { id })).nextRunAt?.toISOString()).toBe("2026-07-01T12:00:00.000Z");
    const second = (await listDrops(ctx, { id }))[0]?.id ?? "";
    await at("2026-07-01T12:00:01Z");
    expect(await freezeDrop(ctx, second)).toMatchObject({ status: "granting" });
    const differing = await withTenant(ctx, ({ trx }) =>
      sql<{ n: bigint }>`select count(*) as n from drop_member a join drop_member b using (shop_id, customer_id)
        where a.drop_id = ${dropId} and b.drop_id = ${second} and a.arm <> b.arm`.execute(trx),
    );
    expect(differing.rows[0]?.n).toBe(0n);
    expect((await listDrops(ctx, { id })).map((drop) => drop.runAt.toISOString())).toEqual([
      "2026-08-01T12:00:00.000Z",
      "2026-07-01T12:00:00.000Z",
      "2026-06-01T12:00:00.000Z",
    ]);
    const third = (await listDrops(ctx, { id }))[0]?.id ?? "";
    await at("2026-08-01T12:00:01Z");
    await freezeDrop(ctx, third);
    expect(await listDrops(ctx, { id })).toHaveLength(3);
    await at("2026-06-01T10:00:00Z");
  });

  it("for whoever enters a segment give once, and again only after the days of the rule", async () => {
    const small = await secondShop(ctx, 4);
    const tag = (who: string, tags: string) =>
      withTenant(small.ctx, ({ trx }) =>
        sql`update customer set tags = ${tags}::text[] where shop_id = ${small.ctx.shopId} and external_id = ${who}`.execute(trx),
      );
    const { insertSegment } = await import("./testing");
    await tag("c1", "{vip}");
    const segmentId = await insertSegment(small.ctx, "customer_tags CONTAINS 'vip'");
    const draft = await draftOf(
      { segmentId, repeat: { type: "entry", includeExisting: false, reentryDays: 30 }, budget: 100_000n },
      small.ctx,
    );
    expect(await launchCampaign(small.ctx, { id: draft.id })).toMatchObject({ status: "scheduled", drop: null });
    await at("2026-06-01T12:00:01Z");
    await claimDueEntries();
    const look = () => admitEntries(small.ctx, draft.id);
    expect(await look()).toEqual({ status: "nobody" });
    await tag("c2", "{vip}");
    await at("2026-06-01T12:15:01Z");
    const first = await look();
    expect(first).toMatchObject({ status: "admitted", members: 1 });
    expect(await look()).toEqual({ status: "nobody" });
    expect(first.status === "admitted" && (await grantChunk(small.ctx, { dropId: first.dropId, no: 0 }))).toMatchObject({ granted: 1 });
    for (const [when, tags] of [
      ["2026-06-05T10:00:00Z", "{}"],
      ["2026-06-06T10:00:00Z", "{vip}"],
    ] as const) {
      await at(when);
      await tag("c2", tags);
      expect(await look()).toEqual({ status: "nobody" });
    }
    await at("2026-07-05T10:00:00Z");
    await tag("c2", "{}");
    await look();
    await at("2026-07-06T10:00:00Z");
    await tag("c2", "{vip}");
    await tag("c3", "{vip}");
    expect(await look()).toMatchObject({ status: "admitted", members: 2 });
    expect((await getCampaign(small.ctx, { id: draft.id })).totals).toMatchObject({ members: 3, granted: 1 });
    await at("2026-06-01T10:00:00Z");
  });
});

it("names why someone is left out, and the books hold after all of this", async () => {
  const { id } = await run({ offer: { type: "rfm", amounts: {}, otherwise: 50n } });
  expect(await countExclusions(ctx, { id })).toEqual([]);
  const { id: none } = await run({
    offer: { type: "variable", base: "lastOrder", windowDays: null, bps: 500, step: 1n, min: 0n, max: null },
  }).catch(() => ({ id: null }));
  expect(none).toBeNull();
  expect(await violationsOf(ctx)).toEqual([]);
});
