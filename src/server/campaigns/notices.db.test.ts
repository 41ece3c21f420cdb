import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "@/server/auth/permissions";
import { withoutTenant, withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { smtpAdapter } from "@/server/notifications/channels/smtp";
import { type MailHost, type MailHostOptions, onlySenders, smtpError, startMailHost } from "@/server/notifications/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testAgencyPerson, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { approveCampaign, rejectCampaign } from "./decide-campaign";
import { freezeDrop } from "./freeze-drop";
import { grantChunk } from "./grant-chunk";
import { tellManagers, tellOfDomain } from "./notices";
import { approveRecall, requestRecall } from "./recall-campaign";
import { sendNotices } from "./send-notices";
import { submitCampaign, withdrawCampaign } from "./submit-campaign";
import { sweepNotices } from "./sweep-notices";
import { createDraft, outboxOf } from "./testing";
import { updateCampaign } from "./update-campaign";

/** E-mails to those who may decide, over a real SMTP server: who gets them, in which language, how often, and what is not in them. */
let tenant: TestTenant;
let people: Record<Role, string>;
let addresses: Record<string, string>;
let host: MailHost;
let refuse: MailHostOptions["data"];

const as = (role: Role): ShopContext => ({ ...tenant.shop, actor: { type: "user", userId: people[role], label: `Person ${role}` } });
const system = (): ShopContext => ({ ...tenant.shop, actor: { type: "system", label: "test" } });
const send = (ctx: ShopContext = system()) =>
  sendNotices(ctx, async () =>
    onlySenders({ email: smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null }) }),
  );
const addressOf = (role: Role): string => addresses[people[role]] ?? "";
const to = (role: Role) => host.received.filter((mail) => mail.to.includes(addressOf(role)));
const draftOf = (role: Role, name: string) =>
  createDraft(as(role), { name, amount: 600n, holdoutBps: 0, availableLocal: "2026-07-10T14:00", messageEnabled: false });

async function submitted(role: Role, name: string) {
  const draft = await draftOf(role, name);
  return submitCampaign(as(role), { id: draft.id, note: "Frau Muster, frau.muster@example.com, soll es auch bekommen" });
}

beforeAll(async () => {
  host = await startMailHost({ data: (mail) => refuse?.(mail) ?? null });
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Team mail");
  people = await testMembers(tenant);
  await withTenant(tenant.shop, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id, email, email_key, email_consent, first_name)
      select ${tenant.orgId}, ${tenant.shopId}, 'c' || i, 'customer' || i || '@example.com', 'customer' || i || '@example.com', 'SUBSCRIBED', 'Geheim'
      from generate_series(1, 200) i`.execute(trx),
  );
  await withoutTenant(({ trx }) => trx.updateTable("app_user").set({ locale: "en" }).where("id", "=", people.owner).execute());
  const rows = await withoutTenant(({ trx }) => trx.selectFrom("app_user").select(["id", "email"]).execute());
  addresses = Object.fromEntries(rows.map((row) => [row.id, row.email]));
});
afterAll(() => host.close());

let hour = 10;
beforeEach(async () => {
  // An hour apart, so that one test's pause between e-mails does not reach into the next.
  await at(`2026-06-01T${(hour++).toString().padStart(2, "0")}:00:00Z`);
  host.received.length = 0;
  refuse = undefined;
});

describe("who may approve", () => {
  it("is told at once, in their own language, with a link to the decision; the author and the rest are not", async () => {
    const campaign = await submitted("admin", "Rückkehr im Juni");
    expect(await outboxOf(tenant.shop, "campaign/notices.due")).toHaveLength(1);
    expect(await send()).toMatchObject({ sent: 2, waiting: 0 });
    const [german] = to("finance");
    const [english] = to("owner");
    expect(german?.mail.subject).toBe("Freigabe erbeten: „Rückkehr im Juni“");
    expect(german?.mail.text).toMatch(/Bis zu 1\.200,00\s€ für 200 Personen, vorgelegt von Person admin\./);
    expect(german?.mail.text).toContain(`/s/${tenant.shopId}/campaigns/approvals?item=${campaign.id}`);
    expect(german?.mail.html).toContain(`/s/${tenant.shopId}/campaigns/approvals?item=${campaign.id}`);
    expect(english?.mail.subject).toBe("Approval wanted: “Rückkehr im Juni”");
    expect(english?.mail.text).toContain("Up to €1,200.00 for 200 people");
    expect(host.received).toHaveLength(2);
    // Neither the note, which anybody may have typed anything into, nor any customer.
    for (const { raw } of host.received) expect(raw).not.toMatch(/muster|geheim|customer\d|unsubscribe/i);
    expect(await send()).toMatchObject({ sent: 0 });
    await withdrawCampaign(as("admin"), { id: campaign.id });
  });

  it("gets one e-mail for several campaigns, and the next one not before a quarter of an hour has passed", async () => {
    const first = await submitted("marketer", "Eins");
    await submitted("marketer", "Zwei");
    await send();
    expect(to("finance").map(({ mail }) => mail.subject)).toEqual(["2 Neuigkeiten zu Kampagnen bei Team mail shop"]);
    const third = await submitted("marketer", "Drei");
    expect(await send()).toMatchObject({ sent: 0, waiting: 3 });
    const again = (await outboxOf(tenant.shop, "campaign/notices.due")).at(-1);
    expect(again?.run_at?.toISOString()).toMatch(`2026-06-01T${hour - 1}:15:`);
    // Decided before the pause is over: nobody need be told any more.
    await rejectCampaign(as("finance"), { id: third.id, reason: "Zu viel" });
    await at(`2026-06-01T${hour - 1}:16:00Z`);
    expect(await send()).toMatchObject({ obsolete: 3, sent: 1 });
    expect(to("finance")).toHaveLength(1);
    expect(to("marketer").map(({ mail }) => mail.subject)).toEqual(["Abgelehnt: „Drei“"]);
    await withdrawCampaign(as("marketer"), { id: first.id });
  });

  it("is not told what was withdrawn, changed or decided meanwhile, nor who has left the shop", async () => {
    const withdrawn = await submitted("marketer", "Zurückgezogen");
    await withdrawCampaign(as("marketer"), { id: withdrawn.id });
    const changed = await submitted("marketer", "Geändert");
    await updateCampaign(as("marketer"), { id: changed.id, version: changed.version, patch: { amount: 700n } });
    expect(await send()).toMatchObject({ sent: 0, obsolete: 6 });
    await submitted("marketer", "Offen");
    await withTenant(tenant.org, ({ trx }) => trx.deleteFrom("membership").where("user_id", "=", people.admin).execute());
    await send();
    expect(to("admin")).toEqual([]);
    expect(to("finance")).toHaveLength(1);
    await withTenant(tenant.org, ({ trx }) =>
      trx.insertInto("membership").values({ org_id: tenant.orgId, user_id: people.admin, role: "admin", shop_ids: null }).execute(),
    );
  });
});

describe("the author", () => {
  it("is told of the decision and by whom, also through an agency, as long as its grant stands", async () => {
    const agent = await testAgencyPerson(tenant, "marketer");
    const viaAgency: ShopContext = {
      ...tenant.shop,
      actor: { type: "user", userId: agent.userId, label: "Agent", agencyId: agent.agencyId },
    };
    const draft = await createDraft(viaAgency, { name: "Agentur", amount: 600n, holdoutBps: 0, availableLocal: "2026-07-10T14:00" });
    await submitCampaign(viaAgency, { id: draft.id });
    await approveCampaign(as("finance"), { id: draft.id });
    await send();
    const address = await withoutTenant(({ trx }) =>
      trx.selectFrom("app_user").select("email").where("id", "=", agent.userId).executeTakeFirstOrThrow(),
    );
    const own = () => host.received.filter((mail) => mail.to.includes(address.email));
    expect(own().map(({ mail }) => mail.subject)).toEqual(["Freigegeben: „Agentur“"]);
    expect(own()[0]?.mail.text).toContain("Entschieden von Person finance.");
    expect(own()[0]?.mail.text).toContain(`/s/${tenant.shopId}/campaigns/${draft.id}`);
    expect(to("finance")).toEqual([]);

    await at(`2026-06-01T${hour - 1}:30:00Z`);
    const second = await createDraft(viaAgency, { name: "Danach", amount: 600n, holdoutBps: 0, availableLocal: "2026-07-10T14:00" });
    await submitCampaign(viaAgency, { id: second.id });
    await rejectCampaign(as("finance"), { id: second.id, reason: "Nein danke" });
    await withTenant(tenant.org, ({ trx, now }) => trx.updateTable("agency_grant").set({ revoked_at: now }).execute());
    await send();
    expect(own()).toHaveLength(1);
  });
});

describe("a mail server", () => {
  it("that is busy is asked again; one that refuses for good is not, and one that hangs up leaves it unknown", async () => {
    await at("2026-07-01T10:00:00Z");
    refuse = () => smtpError(451, "try later");
    await submitted("marketer", "Geduld");
    expect(await send()).toMatchObject({ sent: 0, waiting: 3 });
    refuse = (mail) =>
      mail.to.includes(addressOf("finance")) ? smtpError(554, "5.7.1 no") : mail.to.includes(addressOf("owner")) ? "hangUp" : null;
    host.received.length = 0;
    await at("2026-07-01T10:02:00Z");
    expect(await send()).toMatchObject({ sent: 1, failed: 1, unknown: 1 });
    await at("2026-07-01T12:00:00Z");
    expect(await send()).toMatchObject({ sent: 0, failed: 0, unknown: 0, waiting: 0 });
    expect(host.received).toHaveLength(3);
  });

  it("that is not there leaves the e-mail in the app, and a paused one keeps it waiting", async () => {
    await at("2026-07-02T10:00:00Z");
    await submitted("marketer", "Nur hier");
    expect(await sendNotices(system(), async () => onlySenders({ paused: ["email"] }))).toMatchObject({ waiting: 3, sent: 0 });
    await at("2026-07-02T10:16:00Z");
    expect(await sendNotices(system(), async () => onlySenders({}))).toMatchObject({ sent: 3 });
    const rows = await withTenant(tenant.shop, ({ trx }) =>
      trx.selectFrom("staff_notice").select(["subject", "delivered"]).where("subject", "like", "%Nur hier%").execute(),
    );
    expect(rows.map(({ delivered }) => delivered)).toEqual([false, false, false]);
  });
});

describe("a recall", () => {
  it("is told to those who may decide it, and its decision to who asked for it", async () => {
    const campaign = await submitted("marketer", "Zurück damit");
    const approved = await approveCampaign(as("finance"), { id: campaign.id });
    await send();
    await at("2026-07-10T12:00:00Z");
    host.received.length = 0;
    const dropId = approved.drop?.id ?? "";
    const frozen = await freezeDrop(system(), dropId);
    for (let no = 0; frozen.status === "granting" && no < frozen.chunks; no++) await grantChunk(system(), { dropId, no });
    const requested = await requestRecall(as("finance"), { id: campaign.id, reason: "Falsche Leute" });
    await send();
    expect(to("finance")).toEqual([]);
    expect(to("admin").map(({ mail }) => mail.subject)).toEqual(["Rückholung freigeben: „Zurück damit“"]);
    expect(to("admin")[0]?.mail.text).toContain(`approvals?item=${requested.recall?.id ?? "none"}`);
    await approveRecall(as("admin"), { recallId: requested.recall?.id });
    await send();
    expect(to("finance").map(({ mail }) => mail.subject)).toEqual(["Rückholung freigegeben: „Zurück damit“"]);
  });
});

describe("an e-mail whose run was lost", () => {
  const asked = async () => (await outboxOf(tenant.shop, "campaign/notices.due")).length;

  it("is asked for again some minutes later, as often as it takes, and sent once", async () => {
    const campaign = await submitted("marketer", "Verloren");
    const before = await asked();
    await sweepNotices();
    expect(await asked()).toBe(before);
    await at(`2026-06-01T${hour - 1}:06:00Z`);
    await Promise.all([sweepNotices(), sweepNotices()]);
    expect(await asked()).toBe(before + 2);
    const [one, two] = await Promise.all([send(), send()]);
    expect((one?.sent ?? 0) + (two?.sent ?? 0)).toBe(3);
    await sweepNotices();
    expect(await asked()).toBe(before + 2);
    expect(to("finance")).toHaveLength(1);
    await withdrawCampaign(as("marketer"), { id: campaign.id });
  });

  it("becomes unknown, and is not sent again, when its sender died over it", async () => {
    const campaign = await submitted("marketer", "Abgestürzt");
    await withTenant(tenant.shop, ({ trx }) =>
      sql`update staff_notice set status = 'sending', claim = gen_random_uuid(), claimed_at = app_now() where status = 'waiting'`.execute(
        trx,
      ),
    );
    const before = await asked();
    await at(`2026-06-01T${hour - 1}:11:00Z`);
    await sweepNotices();
    expect(await asked()).toBe(before + 1);
    expect(await send()).toMatchObject({ sent: 0 });
    await sweepNotices();
    expect(await asked()).toBe(before + 1);
    await withdrawCampaign(as("marketer"), { id: campaign.id });
  });
});

describe("a stop of marketing e-mail", () => {
  it("is told to owners and admins in their language, before everything else, and only while it is in force", async () => {
    const stop = () =>
      withTenant(tenant.shop, async (handle) => {
        const { id } = await handle.trx
          .insertInto("sending_stop")
          .values({ org_id: tenant.orgId, shop_id: tenant.shopId, cause: "complaints", since: handle.now, sent: 1_000, counted: 3 })
          .returning("id")
          .executeTakeFirstOrThrow();
        await tellManagers(handle, tenant.shop, id);
        return id;
      });
    await stop();
    const campaign = await submitted("marketer", "Daneben");
    await send();
    expect(to("admin").map(({ mail }) => mail.subject)).toEqual(["Werbung per E-Mail steht: zu viele Beschwerden"]);
    expect(to("admin")[0]?.mail.text).toContain("3 Beschwerden auf 1.000 E-Mails");
    expect(to("owner")[0]?.mail.text).toContain(`/s/${tenant.shopId}/settings/messages?tab=deliverability`);
    expect(to("owner").map(({ mail }) => mail.subject)).toEqual(["Marketing e-mail has stopped: too many complaints"]);
    expect(to("marketer")).toEqual([]);
    await withTenant(tenant.shop, ({ trx }) =>
      sql`update sending_stop set resumed_at = app_now(), resumed_by_label = 'x', resume_reason = 'ein guter Grund'`.execute(trx),
    );
    await stop();
    await withTenant(tenant.shop, ({ trx }) =>
      sql`update sending_stop set resumed_at = app_now(), resumed_by_label = 'x', resume_reason = 'ein guter Grund'`.execute(trx),
    );
    await at(`2026-06-01T${hour - 1}:30:00Z`);
    expect(await send()).toMatchObject({ sent: 0, obsolete: 2 });
    await withdrawCampaign(as("marketer"), { id: campaign.id });
  });

  it("tells those who manage the shop that the sender's domain is no longer in order, while it is not", async () => {
    const bad = () =>
      withTenant(tenant.shop, async (handle) => {
        const incident = crypto.randomUUID();
        const values = { domain: "shop.example", checked_at: handle.now, state: "error" as const, findings: "[]" };
        await handle.trx
          .insertInto("sender_domain")
          .values({ org_id: tenant.orgId, shop_id: tenant.shopId, ...values, bad_since: handle.now, incident })
          .onConflict((conflict) => conflict.column("shop_id").doUpdateSet({ incident, bad_since: handle.now }))
          .execute();
        await tellOfDomain(handle, tenant.shop, incident);
      });
    await bad();
    const before = host.received.length;
    expect(await send()).toMatchObject({ sent: 2 });
    const mails = host.received.slice(before);
    expect(mails.flatMap((mail) => mail.to).toSorted()).toEqual([addressOf("admin"), addressOf("owner")].toSorted());
    expect(mails.map(({ mail }) => mail.subject).toSorted()).toEqual([
      ...["Die Absender-Domain ist nicht mehr in Ordnung", "The sender’s domain is no longer in order"],
    ]);
    for (const { mail } of mails) {
      expect(mail.text).toContain("shop.example");
      expect(mail.text).toContain(`/s/${tenant.shopId}/settings/messages?tab=deliverability`);
    }
    await bad();
    await withTenant(tenant.shop, ({ trx }) => trx.updateTable("sender_domain").set({ incident: null, bad_since: null }).execute());
    await at(`2026-06-01T${hour - 1}:30:00Z`);
    expect(await send()).toMatchObject({ sent: 0, obsolete: 2 });
  });
});
