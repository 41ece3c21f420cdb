import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { getCampaignSending, setCampaignSending } from "@/server/notifications/control-sending";
import { defaultContent } from "@/server/notifications/templates/defaults";
import { archiveTemplate, createTemplate, saveTemplate } from "@/server/notifications/templates/manage-templates";
import type { ShopContext } from "@/server/tenancy/context";
import { createCampaign } from "./create-campaign";
import { launchCampaign } from "./launch-campaign";
import { ownStrategies, saveStrategy } from "./strategies";
import { createCampaignShop, createDraft } from "./testing";
import { updateCampaign } from "./update-campaign";

let ctx: ShopContext;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  ({ ctx } = await createCampaignShop(20));
});
afterEach(() => setTestClock(null));

const smsTemplate = async (name = "Kurz") => {
  const template = await createTemplate(ctx, {
    ...{ kind: "credit_granted", channel: "sms", name, content: defaultContent("credit_granted", "sms") },
  });
  return { id: template.id ?? "", version: template.version ?? 0 };
};

/** Saves a strategy of a campaign that speaks by SMS with a template of its own. */
async function strategyOf(templateId: string, patch: Parameters<typeof createDraft>[1] = {}): Promise<string> {
  const draft = await createDraft(ctx, { origin: "earned", counselChecked: true, messageEnabled: true, ...patch });
  await setCampaignSending(ctx, { campaignId: draft.id, channel: "sms", templateId, spreadMinutes: 60 });
  return (await saveStrategy(ctx, { campaignId: draft.id, name: `Strategie ${crypto.randomUUID()}` })).id;
}
const sendingOf = (campaignId: string) => getCampaignSending(ctx, { campaignId });

describe("a strategy of one's own", () => {
  it("brings channel, template and spread into a new draft and into one that spoke otherwise", async () => {
    const { id: templateId } = await smsTemplate();
    const strategy = await strategyOf(templateId);
    const wanted = { channel: "sms", templateId, templateName: "Kurz", templateGone: false, spreadMinutes: 60 };
    expect(await sendingOf((await createDraft(ctx, { strategy })).id)).toMatchObject(wanted);
    const other = await createDraft(ctx);
    await setCampaignSending(ctx, { campaignId: other.id, channel: "push", templateId: null, spreadMinutes: 0 });
    const taken = await updateCampaign(ctx, { id: other.id, version: other.version, patch: { strategy } });
    expect(await sendingOf(other.id)).toMatchObject(wanted);
    // A built-in one brings words for an e-mail; another change leaves the message alone.
    const builtIn = await updateCampaign(ctx, { id: other.id, version: taken.version, patch: { strategy: "vip" } });
    expect(await sendingOf(other.id)).toMatchObject({ channel: "email", templateId: null });
    await setCampaignSending(ctx, { campaignId: other.id, channel: "sms", templateId, spreadMinutes: 0 });
    await updateCampaign(ctx, { id: other.id, version: builtIn.version, patch: { name: "Anders" } });
    expect(await sendingOf(other.id)).toMatchObject({ channel: "sms", templateId });
  });

  it("keeps whether its credit is promised for purchases, and days instead of a date that is over", async () => {
    const { id: templateId } = await smsTemplate();
    const id = await strategyOf(templateId, { expiryDays: null, expiryDate: "2026-07-31" });
    const [own] = await ownStrategies(ctx);
    expect(own).toMatchObject({ id, origin: "earned", expiryDays: 30, channel: "sms", template: { id: templateId, gone: false } });
  });

  it("speaks with the newest version of its template at the launch", async () => {
    const template = await smsTemplate();
    const strategy = await strategyOf(template.id);
    const draft = await createDraft(ctx, { strategy });
    const content = defaultContent("credit_granted", "sms");
    await saveTemplate(ctx, { id: template.id, name: "Kurz", content, baseVersion: template.version });
    await launchCampaign(ctx, { id: draft.id });
    const spoken = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("campaign_message").select("template_version").where("campaign_id", "=", draft.id).executeTakeFirst(),
    );
    expect(spoken).toEqual({ template_version: template.version + 1 });
  });

  it("whose template was removed says so in the library and in the draft, which waits for another one", async () => {
    const { id: templateId } = await smsTemplate();
    const strategy = await strategyOf(templateId);
    await archiveTemplate(ctx, { id: templateId });
    expect((await ownStrategies(ctx))[0]?.template).toEqual({ id: templateId, name: "Kurz", gone: true });
    const draft = await createDraft(ctx, { strategy });
    expect(await sendingOf(draft.id)).toMatchObject({ channel: "sms", templateName: "Kurz", templateGone: true, spreadMinutes: 60 });
    await expect(launchCampaign(ctx, { id: draft.id })).rejects.toMatchObject({ params: { problems: "templateGone" } });
    // The rest can still be changed; another campaign cannot take it any more.
    await setCampaignSending(ctx, { campaignId: draft.id, channel: "sms", templateId, spreadMinutes: 0 });
    const stranger = await createDraft(ctx);
    await expect(setCampaignSending(ctx, { campaignId: stranger.id, channel: "sms", templateId, spreadMinutes: 0 })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await setCampaignSending(ctx, { campaignId: draft.id, channel: "sms", templateId: null, spreadMinutes: 0 });
    await launchCampaign(ctx, { id: draft.id });
  });

  it("of another shop brings nothing", async () => {
    const { id: templateId } = await smsTemplate();
    const strategy = await strategyOf(templateId);
    const stranger = (await createCampaignShop(1)).ctx;
    const draft = await createCampaign(stranger, { strategy });
    expect(await getCampaignSending(stranger, { campaignId: draft.id })).toMatchObject({ channel: "email", templateId: null });
  });
});
