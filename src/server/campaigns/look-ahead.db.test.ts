import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "@/server/auth/permissions";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { setCampaignSending } from "@/server/notifications/control-sending";
import { createTemplate } from "@/server/notifications/templates/manage-templates";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { approvalDiff } from "./approval-diff";
import { campaignCalendar } from "./campaign-calendar";
import { offerExamples } from "./offer-examples";
import { previewCampaignMessage } from "./preview-message";
import { submitCampaign, withdrawCampaign } from "./submit-campaign";
import { createDraft } from "./testing";
import { updateCampaign } from "./update-campaign";

/** What the builder and the approver see before anything is granted. */
let tenant: TestTenant;
let people: Record<Role, string>;
const as = (role: Role): ShopContext => ({ ...tenant.shop, actor: { type: "user", userId: people[role], label: role } });

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Look ahead");
  people = await testMembers(tenant);
  await withTenant(tenant.shop, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id, email, email_key, email_consent)
      select ${tenant.orgId}, ${tenant.shopId}, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', 'SUBSCRIBED'
      from generate_series(1, 200) i`.execute(trx),
  );
});

describe("looking ahead", () => {
  it("shows an approver what has changed since the last request, and nothing the first time", async () => {
    const draft = await createDraft(as("marketer"), { amount: 600n, holdoutBps: 0, availableLocal: "2026-06-10T14:00" });
    await submitCampaign(as("marketer"), { id: draft.id });
    expect(await approvalDiff(as("finance"), { id: draft.id })).toBeNull();
    const back = await withdrawCampaign(as("marketer"), { id: draft.id });
    await updateCampaign(as("marketer"), { id: draft.id, version: back.version, patch: { amount: 700n } });
    await submitCampaign(as("marketer"), { id: draft.id });
    const diff = await approvalDiff(as("finance"), { id: draft.id });
    expect(diff?.changes.map((change) => change.field).sort()).toEqual(["amount", "cost"]);
    expect(diff?.changes.find((change) => change.field === "cost")).toMatchObject({ before: "120000", after: "140000" });
  });

  it("puts drafts and months to come into the calendar, by the shop's days", async () => {
    const monthly = await createDraft(as("marketer"), {
      ...{ name: "Monatlich", availableLocal: "2026-07-31T00:30", budget: 1_000_000n },
      repeat: { type: "monthly", every: 1 },
    });
    const entries = await campaignCalendar(as("analyst"), { from: "2026-07-01", to: "2026-08-31" });
    const own = entries.filter((entry) => entry.id === monthly.id);
    expect(own.map((entry) => entry.at.toISOString())).toEqual(["2026-07-30T22:30:00.000Z", "2026-08-30T22:30:00.000Z"]);
    expect(own.every((entry) => entry.repeat && entry.status === "draft")).toBe(true);
    await expect(campaignCalendar(as("analyst"), { from: "2026-01-01", to: "2026-08-31" })).rejects.toMatchObject({ code: "VALIDATION" });
  });

  it("takes three people of the audience as examples, without names for those who may not see them", async () => {
    const draft = await createDraft(as("marketer"), {
      offer: { type: "variable", base: "lastOrder", windowDays: null, bps: 1_000, step: 100n, min: 300n, max: 2_500n },
    });
    const named = await offerExamples(as("marketer"), { id: draft.id }, { names: true });
    expect(named).toHaveLength(3);
    expect(named.every((person) => person.name !== null && person.amount === 300n && person.basis === 0n)).toBe(true);
    const nameless = await offerExamples(as("analyst"), { id: draft.id }, { names: false });
    expect(nameless.map((person) => person.customerId)).toEqual(named.map((person) => person.customerId));
    expect(nameless.every((person) => person.name === null)).toBe(true);
  });

  it("shows an approver the message as somebody of the audience gets it, in each language", async () => {
    await withTenant(tenant.shop, ({ trx }) =>
      sql`update customer set locale = 'en-GB', first_name = 'Grace' where external_id in ('c1', 'c2')`.execute(trx),
    );
    const texts = {
      de: { subject: "Für {first_name}", body: "{amount} geschenkt. {expires}" },
      en: { subject: "For {first_name}", body: "Yours: {amount}" },
    };
    const draft = await createDraft(as("marketer"), { messageTexts: texts, holdoutBps: 0, availableLocal: "2026-06-10T14:00" });
    const shown = await previewCampaignMessage(as("admin"), { id: draft.id }, { names: true });
    expect(shown?.channel).toBe("email");
    const [german, english] = shown?.languages ?? [];
    expect(german).toMatchObject({ locale: "de", people: 198, subject: "Für", broken: null });
    // 30 days after 10 June, as the drop will compute it.
    expect(german?.text).toContain("Es gilt bis Freitag, 10. Juli 2026, 23:59 Uhr (MESZ).");
    // Without a date, as if it began now.
    const undated = await createDraft(as("marketer"), { messageTexts: texts, holdoutBps: 0, availableLocal: null });
    const open = await previewCampaignMessage(as("admin"), { id: undated.id }, { names: true });
    expect(open?.languages[0]?.text).toContain("Es gilt bis Mittwoch, 1. Juli 2026, 23:59 Uhr (MESZ).");
    expect(english).toMatchObject({ locale: "en", people: 2, recipient: "Grace", subject: "For Grace" });
    expect(english?.text).toContain("Yours: €5.00");
    expect(english?.html).toContain("Yours: €5.00");
    // Whoever may not see single customers reads it with an invented name.
    const nameless = await previewCampaignMessage(as("finance"), { id: draft.id }, { names: false });
    expect(nameless?.languages.map(({ recipient, subject }) => [recipient, subject])).toEqual([
      [null, "Für Anna"],
      [null, "For Anna"],
    ]);
  });

  it("shows the chosen template on its own channel, and nothing where no message is sent", async () => {
    const content = { de: { text: "Kurz: {{ amount }} {{ unsubscribe_url }}" }, en: { text: "Short: {{ amount }} {{ unsubscribe_url }}" } };
    const template = await createTemplate(as("marketer"), { kind: "credit_granted", channel: "sms", name: "Kurz", content });
    const draft = await createDraft(as("marketer"), {
      offer: {
        type: "arms",
        arms: [
          { amount: 700n, weight: 1 },
          { amount: 900n, weight: 1 },
        ],
      },
    });
    await setCampaignSending(as("marketer"), { campaignId: draft.id, channel: "sms", templateId: template.id, spreadMinutes: 0 });
    const shown = await previewCampaignMessage(as("admin"), { id: draft.id }, { names: true });
    expect(shown).toMatchObject({ channel: "sms", languages: [{ people: 0, sms: { count: 1 } }, { people: 0 }] });
    expect(shown?.languages[0]?.text).toMatch(/^Kurz: [79],00 €/);
    const silent = await createDraft(as("marketer"), { messageEnabled: false });
    expect(await previewCampaignMessage(as("admin"), { id: silent.id }, { names: true })).toBeNull();
    const stranger = await testTenant("Stranger");
    await expect(previewCampaignMessage(stranger.shop, { id: draft.id }, { names: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
