import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { exportCampaignMembers } from "@/server/campaigns/export-members";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { listDrops } from "@/server/campaigns/list-drops";
import { listMembers, type Member } from "@/server/campaigns/list-members";
import { cancelCampaign } from "@/server/campaigns/pause-campaign";
import { createCampaignShop, createDraft, insertSegment } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { capture, hold } from "@/server/ledger/hold";
import { mergeCustomerCredit } from "@/server/ledger/merge-customers";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { at, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignReport } from "./campaign-report";
import { overview } from "./overview";
import { programme } from "./programme";
import { simulateCampaign } from "./simulate-campaign";

/** A campaign of two months in which everything happens that can happen to credit: its figures must be the same wherever they stand. */
let shop: LedgerShop;
let ctx: ShopContext;
let id: string;
const PEOPLE = 30;

async function allMembers(input: object = {}): Promise<Member[]> {
  const all: Member[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listMembers>> = await listMembers(ctx, { id, limit: 7, cursor, ...input }, { pii: true });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

const person = (no: number): string => shop.customers[no] ?? "";
const buy = (no: number, amount: bigint) =>
  redeem(ctx, { key: `buy:${no}`, customerId: person(no), unit: "EUR", amount, orderRef: `order-${no}` });
const giveBack = (no: number, amount: bigint) => refund(ctx, { key: `back:${no}`, orderRef: `order-${no}`, amount });

async function release(dropId: string, when: string): Promise<void> {
  await at(when);
  await freezeDrop(ctx, dropId);
  await grantChunk(ctx, { dropId, no: 0 });
}

const newest = async (): Promise<string> => (await listDrops(ctx, { id })).at(0)?.id ?? "";

beforeAll(async () => {
  await at("2026-05-31T08:00:00Z");
  shop = await createCampaignShop(PEOPLE);
  ctx = shop.ctx;
  const monthly = {
    repeat: { type: "monthly" as const, every: 1 },
    budget: 1_000_000n,
    holdoutBps: 0,
    expiryDays: 14,
    messageEnabled: false,
  };
  id = (await createDraft(ctx, monthly)).id;
  await launchCampaign(ctx, { id });
  await release(await newest(), "2026-06-01T12:00:01Z");
  await at("2026-06-05T10:00:00Z");
  await buy(0, 500n);
  await buy(1, 200n);
  await buy(2, 500n);
  const held = await hold(ctx, { key: "hold:3", customerId: person(3), unit: "EUR", amount: 300n, orderRef: "order-3" });
  await capture(ctx, { key: "capture:3", holdId: held.holdId, amount: 100n });
  await buy(4, 200n);
  await mergeCustomerCredit(ctx, { key: "merge:4", fromCustomerId: person(4), intoCustomerId: person(5), reason: "zweimal angelegt" });
  // On from there to a third account, with what came from the first.
  await mergeCustomerCredit(ctx, { key: "merge:5", fromCustomerId: person(5), intoCustomerId: person(8), reason: "zweimal angelegt" });
  await at("2026-06-20T10:00:00Z");
  while ((await expireDue(ctx)).visited > 0);
  // Credit whose time is over comes back with a grace of its own.
  await giveBack(2, 500n);
  await release(await newest(), "2026-07-01T12:00:01Z");
  await buy(6, 500n);
  await hold(ctx, { key: "hold:7", customerId: person(7), unit: "EUR", amount: 300n, orderRef: "order-7" });
  await giveBack(6, 500n);
});

const sum = (members: readonly Member[], of: (member: Member) => bigint): bigint =>
  members.reduce((total, member) => total + of(member), 0n);

describe("the figures of a repeated campaign", () => {
  it("are the members of all its drops, every one once, whatever the size of a page", async () => {
    const members = await allMembers();
    const { totals } = await getCampaign(ctx, { id });
    expect(members).toHaveLength(totals.members);
    expect(new Set(members.map((member) => `${member.drop.no}:${member.seq}`)).size).toBe(members.length);
    expect(members.map((member) => member.drop.no)).toEqual(members.map((member) => member.drop.no).sort((a, b) => b - a));
    expect(sum(members, (member) => (member.state === "skipped" ? 0n : member.amount))).toBe(totals.grantedTotal);
  });

  it("are the same in the report, the list and the file, also after a refund and a merge", async () => {
    const { credit } = await campaignReport(ctx, { id });
    const members = await allMembers();
    for (const key of ["redeemed", "remaining", "held", "expired", "recalled"] as const)
      expect([key, sum(members, (member) => member[key])]).toEqual([key, credit[key]]);
    const { csv, rows } = await exportCampaignMembers(ctx, { id });
    const [head = "", ...lines] = csv.replace("\uFEFF", "").trim().split("\r\n");
    expect(rows).toBe(members.length);
    const column = (name: string) => head.split(",").indexOf(name);
    const cents = (text: string | undefined): bigint => BigInt((text ?? "").replace(".", ""));
    for (const key of ["redeemed", "remaining", "held", "expired", "recalled"] as const)
      expect([key, lines.reduce((total, line) => total + cents(line.split(",")[column(key)]), 0n)]).toEqual([key, credit[key]]);
  });

  it("say of every person what became of all of the credit", async () => {
    const of = async (no: number) => (await allMembers({ search: `c${no + 1}` })).filter((m) => m.customer.id === person(no));
    expect(await of(1)).toMatchObject([
      { drop: { no: 2 }, state: "granted" },
      { drop: { no: 1 }, state: "partly_redeemed", redeemed: 200n, expired: 300n },
    ]);
    // Came back after its end: open again for a while.
    expect((await of(2))[1]).toMatchObject({ drop: { no: 1 }, state: "granted", redeemed: 0n, remaining: 500n });
    // What was left went on and on to the last account of the chain, where it lapsed.
    expect((await of(4)).at(-1)).toMatchObject({ drop: { no: 1 }, amount: 500n, redeemed: 200n, expired: 300n });
    for (const member of await allMembers({ arm: "treated" }))
      if (member.state !== "skipped")
        expect(member.redeemed + member.remaining + member.held + member.expired + member.recalled).toBe(member.amount);
  });

  it("add up over the days of the curve", async () => {
    const report = await campaignReport(ctx, { id });
    expect(report.redemption.at(-1)?.redeemed).toBe(report.credit.redeemed);
  });

  it("are the books'", async () => {
    const { credit } = await campaignReport(ctx, { id });
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{ owed: bigint }>`select sum(credit + held)::int8 as owed from ledger.account where shop_id = ${ctx.shopId}`.execute(trx),
    );
    expect(rows[0]?.owed).toBe(credit.remaining + credit.held);
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("what is planned", () => {
  const planned = async (campaignId: string) => (await programme(ctx)).planned.find((row) => row.campaignId === campaignId);

  it("costs at most what the simulation and the approval said, without the control group", async () => {
    await at("2026-07-02T08:00:00Z");
    const once = { availableLocal: "2026-07-10T10:00", messageEnabled: false, holdoutBps: 3_000 };
    for (const offer of [{ type: "fixed" as const }, { type: "rfm" as const, amounts: {}, otherwise: 70n }]) {
      const draft = await createDraft(ctx, { ...once, offer });
      const { worstCost } = await simulateCampaign(ctx, { id: draft.id });
      await launchCampaign(ctx, { id: draft.id });
      expect(worstCost).toBeGreaterThan(0n);
      expect(await planned(draft.id)).toMatchObject({ worst: worstCost });
    }
  });

  it("costs nothing without credit, whatever amount was typed before", async () => {
    const texts = { de: { subject: "Neu", body: "Es gibt Neues." } };
    const draft = await createDraft(ctx, { availableLocal: "2026-07-10T10:00", offer: { type: "none" }, messageTexts: texts });
    await launchCampaign(ctx, { id: draft.id });
    expect(await planned(draft.id)).toMatchObject({ worst: null });
  });

  it("is the next date of a repeated campaign and what is left of its budget", async () => {
    const { totals, nextRunAt } = await getCampaign(ctx, { id });
    expect(await planned(id)).toMatchObject({ at: nextRunAt, worst: 1_000_000n - totals.grantedTotal });
  });
});

describe("a draft", () => {
  it("counts whom it leaves out as in the segment, so that the receipt adds up", async () => {
    const offer = { type: "variable" as const, base: "lastOrder" as const, windowDays: null, bps: 1_000, step: 1n, min: 0n, max: null };
    const draft = await createDraft(ctx, { offer });
    const { audience, arms, exclusions } = await simulateCampaign(ctx, { id: draft.id });
    const left = exclusions.reduce((total, { count }) => total + count, 0);
    // Nobody has ordered anything in this shop.
    expect([audience?.inSegment, left, arms]).toEqual([PEOPLE, PEOPLE, { treated: 0, control: 0 }]);
  });

  it("says whom it is about to people who may approve it and read no segments", async () => {
    const draft = await createDraft(ctx, { segmentId: await insertSegment(ctx, "number_of_orders >= 0") });
    expect(await getCampaign(ctx, { id: draft.id })).toMatchObject({ segmentQuery: null, queryNow: "number_of_orders >= 0" });
  });

  it("that was thrown away is no result", async () => {
    const draft = await createDraft(ctx);
    await cancelCampaign(ctx, { id: draft.id });
    expect((await overview(ctx, { imports: false })).ended.map((campaign) => campaign.id)).not.toContain(draft.id);
  });
});
