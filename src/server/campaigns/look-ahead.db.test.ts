import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "@/server/auth/permissions";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { approvalDiff } from "./approval-diff";
import { campaignCalendar } from "./campaign-calendar";
import { offerExamples } from "./offer-examples";
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
});
