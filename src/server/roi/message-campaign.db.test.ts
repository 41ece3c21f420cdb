import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { duplicateCampaign } from "@/server/campaigns/duplicate-campaign";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { grantChunks } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { listMembers } from "@/server/campaigns/list-members";
import { cancelCampaign, pauseCampaign } from "@/server/campaigns/pause-campaign";
import { requestRecall } from "@/server/campaigns/recall-campaign";
import { resumeCampaign } from "@/server/campaigns/resume-campaign";
import type { Draft } from "@/server/campaigns/schema";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { mergeCustomerCredit } from "@/server/ledger/merge-customers";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { getCampaignSending, setCampaignSending } from "@/server/notifications/control-sending";
import { deliverMessages } from "@/server/notifications/deliver-messages";
import { getMessage } from "@/server/notifications/get-message";
import { defaultContent } from "@/server/notifications/templates/defaults";
import { archiveTemplate, createTemplate, saveTemplate } from "@/server/notifications/templates/manage-templates";
import type { EmailContent } from "@/server/notifications/templates/schema";
import { traceMessage } from "@/server/notifications/trace-message";
import type { ShopContext } from "@/server/tenancy/context";
import { campaignReport } from "./campaign-report";
import { simulateCampaign } from "./simulate-campaign";

const PEOPLE = 1_000;
let shop: LedgerShop;
let ctx: ShopContext;

const TEXTS = { de: { subject: "Neue Sorten sind da", body: "Hallo {first_name},\n\nsieh dich um." } };
const draftOf = (patch: Partial<Draft> = {}) =>
  createDraft(ctx, { offer: { type: "none" }, amount: 0n, holdoutBps: 2_000, messageTexts: TEXTS, ...patch });

async function released(patch: Partial<Draft> = {}): Promise<{ id: string; dropId: string }> {
  await at("2026-06-01T11:30:00Z");
  const { id } = await draftOf(patch);
  const { drop } = await launchCampaign(ctx, { id });
  if (!drop) throw new Error("launched without a drop");
  await at("2026-06-01T12:00:01Z");
  return { id, dropId: drop.id };
}

async function run(dropId: string): Promise<void> {
  const frozen = await freezeDrop(ctx, dropId);
  if (frozen.status !== "granting") throw new Error(frozen.status);
  await grantChunks(ctx, { dropId, from: 0, to: frozen.chunks });
  await finishDrop(ctx, dropId);
}

type Row = { id: string; customer_id: string; status: string; reason: string | null; kind: string; credit_key: string | null };
const messagesOf = (campaignId: string): Promise<Row[]> =>
  withTenant(ctx, async ({ trx }) => {
    const { rows } =
      await sql<Row>`select id, customer_id, status, reason, kind, credit_key from message where campaign_id = ${campaignId}`.execute(trx);
    return rows;
  });
const treatedOf = (dropId: string): Promise<string[]> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("drop_member")
      .select("customer_id")
      .where("drop_id", "=", dropId)
      .where("arm", "=", "treated")
      .execute();
    return rows.map((row) => row.customer_id);
  });
const counted = async (id: string) => {
  const counts: Record<string, number> = {};
  for (const { status, reason } of await messagesOf(id)) {
    const key = reason ? `${status}:${reason}` : status;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

beforeAll(async () => {
  await at("2026-05-31T08:00:00Z");
  shop = await createCampaignShop(PEOPLE);
  ctx = shop.ctx;
});

describe("a campaign that is only a message", () => {
  it("is not launched with nothing to say, but without amount, expiry and budget", async () => {
    const problemsOf = async (patch: Partial<Draft>) => (await simulateCampaign(ctx, { id: (await draftOf(patch)).id })).problems;
    expect(await problemsOf({ messageTexts: {} })).toEqual(["newsMissing"]);
    expect(await problemsOf({ messageTexts: { de: { subject: "{amount} geschenkt", body: "Hallo" } } })).toEqual(["newsCredit"]);
    expect(await problemsOf({ messageEnabled: false })).toEqual(["messageMissing"]);
    expect(await problemsOf({})).toEqual([]);
    expect(await problemsOf({ repeat: { type: "monthly", every: 1 } })).toEqual([]);
    // By text message the campaign's own words, which are an e-mail, say nothing.
    const { id } = await draftOf();
    await setCampaignSending(ctx, { campaignId: id, channel: "sms", templateId: null, spreadMinutes: 0 });
    expect((await simulateCampaign(ctx, { id })).problems).toEqual(["newsMissing"]);
  });

  it("refuses a template about credit: it would speak of an amount that nobody gets", async () => {
    const template = async (kind: "credit_granted" | "campaign_message", name: string) =>
      (await createTemplate(ctx, { kind, channel: "email", name, content: defaultContent(kind, "email") })).id ?? "";
    const { id } = await draftOf({ messageTexts: {} });
    const choose = (templateId: string) => setCampaignSending(ctx, { campaignId: id, channel: "email", templateId, spreadMinutes: 0 });
    await choose(await template("credit_granted", "Guthaben"));
    expect((await simulateCampaign(ctx, { id })).problems).toEqual(["newsMissing"]);
    await choose(await template("campaign_message", "Neuigkeiten"));
    expect((await simulateCampaign(ctx, { id })).problems).toEqual([]);
  });

  it("costs nothing and warns of nothing that credit would bring", async () => {
    const { id } = await draftOf({
      expiryDays: 5,
      terms: { minOrder: 900n, include: null, exclude: null, firstOrderOnly: false, noDiscounts: false },
    });
    const simulation = await simulateCampaign(ctx, { id });
    expect(simulation).toMatchObject({ problems: [], warnings: [], worstCost: null, expiresAt: null, approvals: { required: 0 } });
    expect(simulation.arms?.treated).toBe(PEOPLE - (simulation.arms?.control ?? 0));
    // What was typed about credit stays with the draft, and is gone once it is launched.
    expect(await getCampaign(ctx, { id })).toMatchObject({ expiryDays: 5, terms: { minOrder: 900n } });
    expect(await launchCampaign(ctx, { id })).toMatchObject({ amount: 0n, terms: null, expiryDays: null, expiresAt: null });
  });

  it("writes to every treated person once, to nobody held out, and gives nobody anything", async () => {
    const { id, dropId } = await released();
    await run(dropId);
    await run(dropId).catch(() => null);
    const treated = await treatedOf(dropId);
    const messages = await messagesOf(id);
    expect(messages.map((message) => message.customer_id).toSorted()).toEqual(treated.toSorted());
    expect(new Set(messages.map(({ kind, credit_key }) => `${kind} ${credit_key}`))).toEqual(new Set(["campaign_message null"]));
    const lots = await withTenant(ctx, ({ trx }) => trx.selectFrom("ledger.lot").select("id").execute());
    expect(lots).toEqual([]);
    const { drop, status } = await getCampaign(ctx, { id });
    expect({ status, drop }).toMatchObject({
      status: "running",
      drop: { status: "done", grantedCount: treated.length, grantedTotal: 0n, excluded: 0 },
    });

    while ((await deliverMessages(ctx)).more);
    expect(await counted(id)).toEqual({ sent: treated.length });
    const [first] = await messagesOf(id);
    const shown = await getMessage(ctx, { id: first?.id ?? "" }, { pii: true });
    expect(shown.subject).toBe("Neue Sorten sind da");
    // An English-speaking customer gets the language it was written in rather than "there is something new".
    expect(shown.text).toContain("sieh dich um");
    const { items } = await listMembers(ctx, { id, limit: 100 }, { pii: false });
    expect(new Set(items.map((member) => member.message))).toEqual(new Set(["sent"]));
  });

  it("speaks with the version its template had at the launch, and so does a copy with the template's latest", async () => {
    const content = (subject: string) => {
      const standard = defaultContent("campaign_message", "email") as { de: EmailContent; en: EmailContent };
      return { de: { ...standard.de, subject }, en: { ...standard.en, subject } };
    };
    const template = await createTemplate(ctx, { kind: "campaign_message", channel: "email", name: "Worte", content: content("Eins") });
    const templateId = template.id ?? "";
    await at("2026-06-01T11:30:00Z");
    const draft = await draftOf({ messageTexts: {} });
    await setCampaignSending(ctx, { campaignId: draft.id, channel: "email", templateId, spreadMinutes: 30 });
    const { drop } = await launchCampaign(ctx, { id: draft.id });
    await saveTemplate(ctx, { id: templateId, name: "Worte", content: content("Zwei"), baseVersion: template.version ?? 1 });
    await at("2026-06-01T12:00:01Z");
    await run(drop?.id ?? "");
    const [message] = await messagesOf(draft.id);
    expect((await getMessage(ctx, { id: message?.id ?? "" }, { pii: true })).subject).toBe("Eins");
    await expect(
      setCampaignSending(ctx, { campaignId: draft.id, channel: "sms", templateId: null, spreadMinutes: 0 }),
    ).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    const copy = await duplicateCampaign(ctx, { id: draft.id });
    expect(await getCampaignSending(ctx, { campaignId: copy.id })).toMatchObject({ channel: "email", templateId, spreadMinutes: 30 });
    await archiveTemplate(ctx, { id: templateId });
    expect((await simulateCampaign(ctx, { id: copy.id })).problems).toContain("templateGone");
  });

  it("leaves out who was merged or erased since the freeze", async () => {
    const { id, dropId } = await released();
    const frozen = await freezeDrop(ctx, dropId);
    expect(frozen.status).toBe("granting");
    const [erased, merged, into] = await treatedOf(dropId);
    await withTenant(ctx, async ({ trx, now }) => {
      await trx
        .updateTable("customer")
        .set({ erased_at: now })
        .where("id", "=", erased ?? "")
        .execute();
    });
    await mergeCustomerCredit(ctx, { key: "merge", fromCustomerId: merged ?? "", intoCustomerId: into ?? "", reason: "doppelt" });
    await grantChunks(ctx, { dropId, from: 0, to: 1 });
    const told = (await messagesOf(id)).map((message) => message.customer_id);
    expect(told).not.toContain(erased);
    expect(told).not.toContain(merged);
    expect((await getCampaign(ctx, { id })).drop).toMatchObject({ failed: 1, skipped: 1, grantedCount: told.length });
  });

  it("holds waiting messages while it is paused and drops them when it is ended; there is nothing to recall", async () => {
    const { id, dropId } = await released();
    await run(dropId);
    const treated = (await treatedOf(dropId)).length;
    await expect(requestRecall(ctx, { id, reason: "falsch" })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    expect((await pauseCampaign(ctx, { id })).status).toBe("paused");
    await deliverMessages(ctx);
    expect(await counted(id)).toEqual({ queued: treated });
    expect((await resumeCampaign(ctx, { id })).status).toBe("running");
    expect((await cancelCampaign(ctx, { id })).status).toBe("cancelled");
    while ((await deliverMessages(ctx)).more);
    expect(await counted(id)).toEqual({ "skipped:campaignEnded": treated });
  });

  it("is measured against its holdout like any other", async () => {
    const { id, dropId } = await released();
    await run(dropId);
    const treated = await treatedOf(dropId);
    const buyers = treated.slice(0, 200);
    await withTenant(ctx, ({ trx }) =>
      sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, tax, status, counts, source)
        select ${ctx.orgId}, ${ctx.shopId}, 'm-' || c, c, '2026-06-05T10:00:00Z', 'EUR', 1190 + 119 * (row_number() over ())::bigint, 190 + 19 * (row_number() over ())::bigint, 'paid', true, 'test'
        from unnest(${buyers}::uuid[]) c`.execute(trx),
    );
    const bought = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("drop_member").select("customer_id").where("drop_id", "=", dropId).where("arm", "=", "control").limit(20).execute(),
    );
    await withTenant(ctx, ({ trx }) =>
      sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, tax, status, counts, source)
        select ${ctx.orgId}, ${ctx.shopId}, 'c-' || c, c, '2026-06-05T10:00:00Z', 'EUR', 1190, 190, 'paid', true, 'test'
        from unnest(${bought.map((row) => row.customer_id)}::uuid[]) c`.execute(trx),
    );
    // The same people were written to in the tests before; the caps would keep them from a second message that day.
    await withTenant(ctx, ({ trx }) => sql`update send_window set recent = '{}'`.execute(trx));
    while ((await deliverMessages(ctx)).more);
    const written = (await messagesOf(id)).find((message) => message.customer_id === buyers[0]);
    const trace = await traceMessage(ctx, { id: written?.id ?? "" });
    expect(trace).toMatchObject({ campaigns: [{ id }], lots: [], later: [{ orderRef: `m-${buyers[0]}` }] });
    await at("2026-08-15T12:00:00Z");
    const report = await campaignReport(ctx, { id });
    expect(report.credit).toMatchObject({ granted: 0n, redeemed: 0n });
    expect(report.window?.to.toISOString()).toBe("2026-07-01T12:00:00.000Z");
    expect(report.effect).toMatchObject({ cost: 0n, roi: null, iroas: null });
    expect(report.effect?.incrementalRevenue.low).toBeGreaterThan(0n);
    // 40 % assumed margin of the additional revenue, and no credit to take off.
    const { incrementalRevenue, credit, messages, profit } = report.waterfall ?? {
      incrementalRevenue: 0n,
      credit: 1n,
      messages: 1n,
      profit: 0n,
    };
    expect([credit, messages]).toEqual([0n, 0n]);
    expect(Number(profit) / Number(incrementalRevenue)).toBeCloseTo(0.4, 2);
    expect(report.warnings).not.toContain("underpowered");
  });
});
