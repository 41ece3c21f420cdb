import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "@/server/auth/permissions";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { setCampaignSending } from "@/server/notifications/control-sending";
import { createTemplate, saveTemplate } from "@/server/notifications/templates/manage-templates";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testAgencyPerson, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { createCampaign } from "./create-campaign";
import { approveCampaign, rejectCampaign } from "./decide-campaign";
import { freezeDrop } from "./freeze-drop";
import { getCampaign } from "./get-campaign";
import { grantChunk } from "./grant-chunk";
import { approvalInbox } from "./inbox";
import { launchCampaign } from "./launch-campaign";
import { approveRecall, recallPreview, requestRecall } from "./recall-campaign";
import { resumeCampaign } from "./resume-campaign";
import { recallStep } from "./run-recall";
import { submitCampaign, withdrawCampaign } from "./submit-campaign";
import { createDraft, insertSegment } from "./testing";
import { updateCampaign } from "./update-campaign";
import { setPolicy } from "./update-policy";

/** Domain.md 5.4 and B15: who may let money out, and what an approval is worth after a change. */
let tenant: TestTenant;
let people: Record<Role, string>;
const as = (role: Role): ShopContext => ({ ...tenant.shop, actor: { type: "user", userId: people[role], label: role } });

const addCustomers = (from: number, count: number) =>
  withTenant(tenant.shop, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id, email, email_key, email_consent)
      select ${tenant.orgId}, ${tenant.shopId}, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', 'SUBSCRIBED'
      from generate_series(${from}::int, ${from + count - 1}::int) i`.execute(trx),
  );

/** 200 people × `amount`: 600n is 1,200.00 less the holdout: one approval; 4000n needs two. */
const draftOf = async (role: Role, amount = 600n) =>
  createDraft(as(role), { amount, holdoutBps: 0, availableLocal: "2026-06-10T14:00", messageEnabled: false });

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Four eyes");
  people = await testMembers(tenant);
  await addCustomers(1, 200);
});

describe("four eyes", () => {
  it("ask nobody below the threshold, and refuse a launch above it", async () => {
    const small = await draftOf("marketer", 250n);
    expect(await submitCampaign(as("marketer"), { id: small.id })).toMatchObject({ status: "scheduled", approval: null });
    const large = await draftOf("marketer");
    await expect(launchCampaign(as("marketer"), { id: large.id })).rejects.toMatchObject({
      code: "APPROVAL_REQUIRED",
      params: { required: 1, cost: "120000" },
    });
  });

  it("are void when the template says something else than what was asked about", async () => {
    const text = (body: string) => ({ de: { text: body }, en: { text: body } });
    const template = await createTemplate(as("marketer"), {
      kind: "credit_granted",
      channel: "sms",
      name: "Kurz",
      content: text("Eins {{ unsubscribe_url }}"),
    });
    const draft = await createDraft(as("marketer"), { amount: 600n, holdoutBps: 0, availableLocal: "2026-06-10T14:00" });
    await setCampaignSending(as("marketer"), { campaignId: draft.id, channel: "sms", templateId: template.id, spreadMinutes: 0 });
    await submitCampaign(as("marketer"), { id: draft.id });
    await saveTemplate(as("marketer"), {
      id: template.id,
      name: "Kurz",
      content: text("Zwei {{ unsubscribe_url }}"),
      baseVersion: template.version,
    });
    await expect(approveCampaign(as("finance"), { id: draft.id })).rejects.toMatchObject({ code: "APPROVAL_VOID" });
  });

  it("approve by somebody else, which launches; never by the author, whatever else they are", async () => {
    const draft = await draftOf("admin");
    const submitted = await submitCampaign(as("admin"), { id: draft.id, note: "Bitte ansehen" });
    expect(submitted).toMatchObject({ status: "submitted", approval: { status: "open", required: 1, audience: 200, cost: 120_000n } });
    await expect(approveCampaign(as("admin"), { id: draft.id })).rejects.toMatchObject({ code: "APPROVAL_OWN" });
    await expect(approveCampaign(as("marketer"), { id: draft.id })).rejects.toMatchObject({ code: "FORBIDDEN" });
    const inbox = await approvalInbox(as("finance"));
    expect(inbox.items.find((item) => item.id === draft.id)).toMatchObject({
      ...{ mayDecide: true, cannotDecide: null, note: "Bitte ansehen" },
      // When it would begin: it has no instant yet, and is what the approver is asked about.
      ...{ runAt: null, availableLocal: "2026-06-10T14:00" },
    });
    expect((await approvalInbox(as("admin"))).items.find((item) => item.id === draft.id)).toMatchObject({ cannotDecide: "author" });
    const approved = await approveCampaign(as("finance"), { id: draft.id, hash: submitted.approval?.hash });
    expect(approved).toMatchObject({ status: "scheduled", approval: { status: "approved", given: 1 } });
  });

  it("need two people for a large sum, and one person counts once", async () => {
    const draft = await draftOf("marketer", 4_000n);
    await submitCampaign(as("marketer"), { id: draft.id });
    expect(await approveCampaign(as("finance"), { id: draft.id })).toMatchObject({
      status: "submitted",
      approval: { given: 1, required: 2 },
    });
    await expect(approveCampaign(as("finance"), { id: draft.id })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await approveCampaign(as("owner"), { id: draft.id })).toMatchObject({ status: "scheduled" });
  });

  it("do not know a member of the same agency as somebody else (B15)", async () => {
    const agent = await testAgencyPerson(tenant, "marketer");
    const viaAgency: ShopContext = {
      ...tenant.shop,
      actor: { type: "user", userId: agent.userId, label: "agent", agencyId: agent.agencyId },
    };
    const draft = await createDraft(viaAgency, { amount: 600n, holdoutBps: 0, availableLocal: "2026-06-10T14:00" });
    await submitCampaign(viaAgency, { id: draft.id });
    await expect(approveCampaign(viaAgency, { id: draft.id })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await withTenant(tenant.org, ({ trx }) =>
      trx.insertInto("agency_member").values({ agency_id: agent.agencyId, user_id: people.admin, role: "member" }).execute(),
    );
    await expect(approveCampaign(as("admin"), { id: draft.id })).rejects.toMatchObject({ code: "APPROVAL_AGENCY" });
    expect(await approveCampaign(as("owner"), { id: draft.id })).toMatchObject({ status: "scheduled" });
    await withTenant(tenant.org, ({ trx }) => trx.deleteFrom("agency_member").where("user_id", "=", people.admin).execute());
  });
});

describe("an approval", () => {
  it("is void after any change, whoever makes it, and the changer is an author too", async () => {
    const draft = await draftOf("marketer");
    const { version } = await submitCampaign(as("marketer"), { id: draft.id });
    const edited = await updateCampaign(as("owner"), { id: draft.id, version, patch: { amount: 601n } });
    expect(edited).toMatchObject({ status: "draft", approval: { status: "void" } });
    await expect(approveCampaign(as("finance"), { id: draft.id })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
    await submitCampaign(as("marketer"), { id: draft.id });
    await expect(approveCampaign(as("owner"), { id: draft.id })).rejects.toMatchObject({ code: "APPROVAL_OWN" });
    expect(await rejectCampaign(as("finance"), { id: draft.id, reason: "Zu teuer" })).toMatchObject({
      status: "draft",
      approval: { status: "rejected", decisions: [{ decision: "reject", note: "Zu teuer" }] },
    });
  });

  it("is void when the segment's own text changed meanwhile, and that stays so", async () => {
    const segmentId = await insertSegment(tenant.shop);
    const draft = await createDraft(as("marketer"), { segmentId, amount: 600n, holdoutBps: 0, availableLocal: "2026-06-10T14:00" });
    await submitCampaign(as("marketer"), { id: draft.id });
    await withTenant(tenant.shop, ({ trx }) =>
      trx
        .updateTable("segment")
        .set({ query: "number_of_orders = 0" })
        .where("shop_id", "=", tenant.shopId)
        .where("id", "=", segmentId)
        .execute(),
    );
    await expect(approveCampaign(as("finance"), { id: draft.id })).rejects.toMatchObject({ code: "APPROVAL_VOID" });
    expect(await getCampaign(as("finance"), { id: draft.id })).toMatchObject({ status: "draft", approval: { status: "void" } });
  });

  it("can be withdrawn, and is refused when the approver has read something else", async () => {
    const draft = await draftOf("marketer");
    await submitCampaign(as("marketer"), { id: draft.id });
    await expect(approveCampaign(as("finance"), { id: draft.id, hash: "0".repeat(64) })).rejects.toMatchObject({ code: "APPROVAL_VOID" });
    expect(await withdrawCampaign(as("marketer"), { id: draft.id })).toMatchObject({ status: "draft", approval: { status: "withdrawn" } });
  });

  it("stops the release when the audience has grown by more than a tenth, until somebody approves the new size", async () => {
    const draft = await draftOf("marketer");
    await submitCampaign(as("marketer"), { id: draft.id });
    const { drop } = await approveCampaign(as("finance"), { id: draft.id });
    const dropId = drop?.id ?? "";
    await addCustomers(1_001, 21);
    await at("2026-06-10T12:00:01Z");
    expect(await freezeDrop(tenant.shop, dropId)).toEqual({ status: "stopped", reason: "AUDIENCE_GREW" });
    const stopped = await getCampaign(as("marketer"), { id: draft.id });
    expect(stopped).toMatchObject({
      status: "paused",
      statusReason: "AUDIENCE_GREW",
      statusParams: { approved: 200, now: 221 },
      totals: { members: 0 },
    });
    await expect(resumeCampaign(as("marketer"), { id: draft.id })).rejects.toMatchObject({ code: "AUDIENCE_GREW" });
    await expect(approveCampaign(as("marketer"), { id: draft.id })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await approveCampaign(as("owner"), { id: draft.id })).toMatchObject({ status: "scheduled" });
    expect(await freezeDrop(tenant.shop, dropId)).toMatchObject({ status: "granting" });
    await at("2026-06-01T10:00:00Z");
  });

  it("lets a growth of exactly a tenth pass", async () => {
    const before = await draftOf("marketer", 600n);
    await submitCampaign(as("marketer"), { id: before.id });
    const { drop, approval } = await approveCampaign(as("finance"), { id: before.id });
    await addCustomers(2_001, Math.floor((approval?.audience ?? 0) / 10));
    await at("2026-06-10T12:00:01Z");
    expect(await freezeDrop(tenant.shop, drop?.id ?? "")).toMatchObject({ status: "granting" });
    await at("2026-06-01T10:00:00Z");
  });

  it("is asked of as many people as there are", async () => {
    const lonely = await testTenant("One person");
    await withTenant(lonely.shop, ({ trx }) =>
      sql`insert into customer (org_id, shop_id, external_id) select ${lonely.orgId}, ${lonely.shopId}, 'c' || i from generate_series(1, 10) i`.execute(
        trx,
      ),
    );
    const draft = await createDraft(lonely.shop, { amount: 1_000_000n, availableLocal: "2026-06-10T14:00" });
    expect(await launchCampaign(lonely.shop, { id: draft.id })).toMatchObject({ status: "scheduled" });
  });
});

describe("a recall", () => {
  it("takes back only what is unspent, after another person's approval, and stops what was still to come", async () => {
    await setPolicy(as("owner"), { approvalFrom: 10_000_000n, secondApprovalFrom: null });
    const draft = await createCampaign(as("marketer"), {
      ...{ name: "Rückruf", segmentId: await insertSegment(tenant.shop), amount: 500n, availableLocal: "2026-06-01T12:30", expiryDays: 30 },
      ...{ holdoutBps: 0, messageEnabled: false },
    });
    const { drop } = await launchCampaign(as("marketer"), { id: draft.id });
    await at("2026-06-01T10:30:01Z");
    await freezeDrop(tenant.shop, drop?.id ?? "");
    await grantChunk(tenant.shop, { dropId: drop?.id ?? "", no: 0 });
    await setPolicy(as("owner"), { approvalFrom: 0n });
    const { total, lots, required } = await recallPreview(as("finance"), { id: draft.id });
    expect(required).toBe(1);
    expect(total).toBe(500n * BigInt(lots));
    const asked = await requestRecall(as("finance"), { id: draft.id, reason: "Falscher Betrag" });
    expect(asked).toMatchObject({ status: "running", recall: { status: "open", total } });
    const recallId = asked.recall?.id ?? "";
    await expect(approveRecall(as("finance"), { recallId })).rejects.toMatchObject({ code: "APPROVAL_OWN" });
    expect(await approveRecall(as("owner"), { recallId })).toMatchObject({ status: "recalled", recall: { status: "running" } });
    expect(await recallStep(tenant.shop, recallId)).toMatchObject({ status: "done", lots });
    expect(await recallStep(tenant.shop, recallId)).toMatchObject({ status: "done", lots: 0 });
    expect((await getCampaign(as("owner"), { id: draft.id })).recall).toMatchObject({
      status: "done",
      recalledLots: lots,
      recalledTotal: total,
    });
    await expect(requestRecall(as("finance"), { id: draft.id, reason: "Noch einmal" })).rejects.toMatchObject({ code: "CAMPAIGN_STATE" });
  });
});
