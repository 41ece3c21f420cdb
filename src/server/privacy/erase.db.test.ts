import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeEach, expect, it } from "vitest";
import { recordEvents } from "@/server/activity/record-events";
import { bytesOf, importFile } from "@/server/connectors/csv/testing";
import { getCustomer } from "@/server/customers/get-customer";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { createTestShop } from "@/server/customers/testing";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { apiGrant } from "@/server/ledger/api-grant";
import { customerCredit } from "@/server/ledger/customer-credit";
import { redeem } from "@/server/ledger/redeem";
import { violationsOf } from "@/server/ledger/testing";
import { consentHistory } from "@/server/notifications/consent/consent-history";
import { checkRefusal, checkSuppression } from "@/server/notifications/consent/manage-suppression";
import { requestOptIn } from "@/server/notifications/consent/opt-in";
import { recordBounces } from "@/server/notifications/consent/record-bounces";
import { defaultContent } from "@/server/notifications/templates/defaults";
import { testSend } from "@/server/notifications/templates/test-send";
import { collectEvents } from "@/server/notifications/webhooks/collect-events";
import { createWebhook } from "@/server/notifications/webhooks/manage-webhooks";
import { upsertOrder } from "@/server/orders/upsert-order";
import { insertDrop } from "@/server/segments/testing-shop";
import type { ShopContext } from "@/server/tenancy/context";
import { eraseCustomer, previewErase } from "./erase-customer";
import { personalFileParts } from "./personal-file";

const EMAIL = "waltraud.quittenbaum@example.com";
/** What says who she is, in whatever spelling a table has it. */
const TRACES = ["quittenbaum", "waltraud", "4915112345678", "1961-05-17", "lieblingsfarbe", "Zwiesel"];

let ctx: ShopContext;
let id: string;
beforeEach(async () => {
  ctx = await createTestShop();
  ({ id } = await upsertCustomer(ctx, {
    ...{ externalId: "k1", email: EMAIL, firstName: "Waltraud", lastName: "Quittenbaum", phone: "+49 1511 2345678", city: "Zwiesel" },
    ...{ birthDate: "1961-05-17", tags: ["quittenbaum-fan"], custom: { lieblingsfarbe: "blau" } },
    ...{ emailConsent: "SUBSCRIBED", emailConsentAt: "2025-01-01T00:00:00Z" },
  }));
  await upsertCustomer(ctx, { externalId: "other", email: "other@example.com", firstName: "Ida" });
  await recordEvents(ctx, [
    { id: "e1", customerId: "k1", kind: "product.viewed", occurredAt: "2026-01-02T10:00:00Z", data: { by: EMAIL } },
  ]);
  await upsertOrder(ctx, {
    ...{ externalId: "o1", customer: { externalId: "k1" }, placedAt: "2026-01-03T10:00:00Z", currency: "EUR", total: "5000" },
    status: "paid",
  });
  const test = { kind: "credit_granted", channel: "email", locale: "de", content: defaultContent("credit_granted", "email") } as const;
  await testSend(ctx, { ...test, customerId: id, to: "team@example.com" });
  await testSend(ctx, { ...test, to: EMAIL });
  // A line that could not be read is kept as it was, for whoever mends the file.
  await importFile(
    ctx,
    bytesOf(`customer_id,email,first_name,birth_date\nk1,${EMAIL},Waltraud,yesterday\nk7,seven@example.com,Sven,2000-01-01\n`),
    {
      kind: "customers",
    },
  );
});
afterAll(() => owner?.end());

let owner: pg.Client | undefined;
/** Every table that holds one of the traces, read as the database's owner, so that no policy hides one. */
async function traces(): Promise<string[]> {
  if (!owner) {
    owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await owner.connect();
  }
  await owner.query("select set_config('app.org_id', $1, false), set_config('app.shop_id', $2, false)", [ctx.orgId, ctx.shopId]);
  const { rows } = await owner.query<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const hit = await owner.query(`select from ${name} t where t::text ilike any($1) limit 1`, [TRACES.map((trace) => `%${trace}%`)]);
    if (hit.rowCount) found.push(name);
  }
  return found.sort();
}

it("leaves no trace of who it was in any table, keeps orders and figures, and does it once", async () => {
  expect(await traces()).toEqual(
    expect.arrayContaining(["public.activity_event", "public.customer", "public.import_issue", "public.test_message"]),
  );
  const { erasedAt } = await eraseCustomer(ctx, { customerId: id });
  // What the state of consent rests on is evidence and holds no address.
  expect(await traces()).toEqual([]);
  expect(await getCustomer(ctx, id)).toMatchObject({
    ...{ externalId: "k1", email: null, firstName: null, birthDate: null, tags: [], country: null, erasedAt },
    ...{ emailConsent: "REDACTED", ordersCount: 1, netSpent: 5_000n, productViews: 0 },
  });
  const { events } = await consentHistory(ctx, { customerId: id });
  expect(events.map(({ channel, state, basis }) => [channel, state, basis])).toEqual([
    ["email", "withdrawn", "manual"],
    ["email", "granted", "shop"],
  ]);
  expect((await rebuildMetrics(ctx)).changed).toBe(0);
  expect(await eraseCustomer(ctx, { customerId: id })).toEqual({ erasedAt });
  expect((await previewErase(ctx, { customerId: id })).staysSuppressed).toBe(false);
  await expect(eraseCustomer(await createTestShop(), { customerId: id })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("forgets refused lines that hold the telephone or the number only, and what a mail server says later", async () => {
  const quince = await upsertCustomer(ctx, { externalId: "quittenbaum-9", phone: "0151/2345678 (Quittenbaum)" });
  const lines = ["k8,0151/2345678 (Quittenbaum),yesterday", "quittenbaum-9,,yesterday", "k9,0170 1234567,yesterday"];
  await importFile(ctx, bytesOf(["customer_id,phone,birth_date", ...lines].join("\n")), { kind: "customers" });
  const messageId = await withTenant(ctx, async ({ trx, now }) => {
    const row = { org_id: ctx.orgId, shop_id: ctx.shopId, customer_id: quince.id, created_at: now, send_after: now };
    const { id: sent } = await trx
      .insertInto("message")
      .values({ ...row, kind: "credit_granted", category: "transactional", channel: "email", key: "m", locale: "de", params: "{}" })
      .returning("id")
      .executeTakeFirstOrThrow();
    return sent;
  });
  await eraseCustomer(ctx, { customerId: quince.id });
  const notice = { id: "n", kind: "failed", channel: "email", address: null, messageId, customerId: null, code: "550" } as const;
  await withTenant(ctx, (handle) => recordBounces(handle, ctx, [{ ...notice, detail: "no quittenbaum-9 here" }]));
  const issues = await withTenant(ctx, ({ trx }) => trx.selectFrom("import_issue").select("raw").where("raw", "is not", null).execute());
  expect(JSON.stringify(issues)).toContain("0170 1234567");
  expect(JSON.stringify(issues)).not.toMatch(/0151|quittenbaum-9/);
  const told = await withTenant(ctx, ({ trx }) => trx.selectFrom("delivery_event").select(["id", "detail"]).execute());
  expect(told).toEqual([{ id: "n", detail: null }]);
});

it("is not undone by the shop's next request or file", async () => {
  await eraseCustomer(ctx, { customerId: id });
  expect(await upsertCustomer(ctx, { externalId: "k1", email: EMAIL, firstName: "Waltraud" })).toEqual({ id, outcome: "stale" });
  await importFile(ctx, bytesOf(`customer_id,email,first_name\nk1,${EMAIL},Waltraud\n`), { kind: "customers" });
  expect(await getCustomer(ctx, id)).toMatchObject({ email: null, firstName: null });
  expect(await traces()).toEqual([]);
});

it("asks about credit that is left, which stays spendable under the number", async () => {
  await apiGrant(ctx, {
    ...{
      key: "g",
      customer: "k1",
      unit: "EUR",
      amount: 2_500n,
      originClass: "paid",
      availableFrom: null,
      expiresAt: null,
      reason: "bought",
    },
  });
  expect(await previewErase(ctx, { customerId: id })).toEqual({
    ...{ externalId: "k1", newNumber: null, credit: [{ unit: "EUR", amount: 2_500n }], staysSuppressed: false },
  });
  await expect(eraseCustomer(ctx, { customerId: id })).rejects.toMatchObject({
    code: "CREDIT_LEFT",
    params: { unit: "EUR", left: "2500" },
  });
  expect(await getCustomer(ctx, id)).toMatchObject({ email: EMAIL, erasedAt: null });
  await eraseCustomer(ctx, { customerId: id, keepCredit: true });
  await redeem(ctx, { key: "r", customerId: id, unit: "EUR", amount: 1_000n, orderRef: "o2" });
  expect((await customerCredit(ctx, id)).balances).toMatchObject([{ unit: "EUR", available: 1_500n }]);
  expect(await violationsOf(ctx)).toEqual([]);
});

it("keeps a withdrawal: that the reader left is known of the address, as a hash, and keeps back advertising only", async () => {
  await upsertCustomer(ctx, { externalId: "k1", emailConsent: "UNSUBSCRIBED", emailConsentAt: "2025-06-01T00:00:00Z" });
  await upsertCustomer(ctx, { externalId: "k1", phone: "0664 1234567", country: "AT", smsConsent: "UNSUBSCRIBED" });
  expect((await previewErase(ctx, { customerId: id })).staysSuppressed).toBe(true);
  await eraseCustomer(ctx, { customerId: id });
  expect(await checkRefusal(ctx, { channel: "email", address: EMAIL })).toEqual({
    ...{ objectedAt: null, leftAt: new Date("2025-06-01T00:00:00Z") },
  });
  expect(await checkRefusal(ctx, { channel: "sms", address: "+436641234567" })).toEqual({ objectedAt: null, leftAt: expect.any(Date) });
  expect(await checkSuppression(ctx, { channel: "email", address: EMAIL })).toBeNull();
  expect(await traces()).toEqual([]);
});

it("replaces a number that is an address itself", async () => {
  await eraseCustomer(ctx, { customerId: id });
  const number = "waltraud@quittenbaum.example";
  const mail = await upsertCustomer(ctx, { externalId: number, email: EMAIL });
  await createWebhook(ctx, { url: "https://example.com/hook", types: ["credit.granted"] });
  await collectEvents(ctx);
  await apiGrant(ctx, {
    ...{ key: "g", customer: number, unit: "EUR", amount: 500n, originClass: "unpaid", availableFrom: null, expiresAt: null, reason: "x" },
  });
  await collectEvents(ctx);
  expect(await traces()).toContain("public.outbound_event");
  expect((await previewErase(ctx, { customerId: mail.id })).newNumber).toBe(`erased-${mail.id}`);
  await eraseCustomer(ctx, { customerId: mail.id, keepCredit: true });
  expect(await traces()).toEqual([]);
  expect((await getCustomer(ctx, mail.id)).externalId).toBe(`erased-${mail.id}`);
});

it("gives a person everything that is kept about them, and nobody else", async () => {
  const file = async (customerId: string) => {
    let text = "";
    for await (const part of await personalFileParts(ctx, { customerId })) text += part;
    return text;
  };
  const of = { org_id: ctx.orgId, shop_id: ctx.shopId, customer_id: id };
  const [drawn, leftOut] = [await insertDrop(ctx), await insertDrop(ctx)];
  await withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    await sql`insert into drop_member (org_id, shop_id, drop_id, seq, customer_id, arm, amount)
      values (${ctx.orgId}, ${ctx.shopId}, ${drawn}, 1, ${id}, 'control', 731)`.execute(trx);
    await trx.updateTable("campaign_drop").set({ members: 1, control: 1 }).where("id", "=", drawn).execute();
    await trx
      .insertInto("drop_exclusion")
      .values({ ...of, drop_id: leftOut, reason: "alreadyHad" })
      .execute();
    const browser = { endpoint: "https://push.example/browser-7", p256dh: "PUBLIC-KEY", auth: "AUTH-SECRET", user_agent: "Firefox 7" };
    await trx
      .insertInto("push_subscription")
      .values({ ...of, ...browser, created_at: now, gone_at: null })
      .execute();
    const notice = { id: "n", kind: "failed", channel: "email", address: EMAIL, messageId: null, customerId: id } as const;
    await recordBounces(handle, ctx, [{ ...notice, code: "452", detail: "mailbox is full" }]);
  });
  await upsertCustomer(ctx, { externalId: "k1", emailConsent: "UNSUBSCRIBED" });
  await requestOptIn(ctx, id, { sourceUrl: "https://shop.example/newsletter", ip: "192.0.2.7" });
  const text = await file(id);
  for (const told of [EMAIL, "Zwiesel", "lieblingsfarbe", "product.viewed", "o1", "5000", "SUBSCRIBED"]) expect(text).toContain(told);
  for (const told of ["Frühling", "control", "731", "alreadyHad", "browser-7", "Firefox 7", "mailbox is full", "shop.example/newsletter"])
    expect(text).toContain(told);
  for (const kept of ["other@example.com", "PUBLIC-KEY", "AUTH-SECRET"]) expect(text).not.toContain(kept);
  await expect(file(crypto.randomUUID())).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(personalFileParts(await createTestShop(), { customerId: id })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
