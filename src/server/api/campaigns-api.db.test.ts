import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createApiKey } from "@/server/auth/api-keys";
import { API_SCOPES } from "@/server/auth/permissions";
import { insertSegment } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { createApi } from "./dispatch";
import { RateLimiter } from "./rate-limit";
import { apiRoutes } from "./routes";

const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e6, burst: 1e6 }));
let tenant: TestTenant;
let author: string;
let approver: string;
let segmentId: string;

const keyOf = async (ctx: ShopContext) =>
  (await createApiKey(ctx, { name: crypto.randomUUID(), scopes: [...API_SCOPES], expiresAt: null })).secret;

async function call(method: string, path: string, key: string, body?: unknown) {
  const response = await api(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, json: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("API");
  const people = await testMembers(tenant);
  await withTenant(tenant.shop, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id) select ${tenant.orgId}, ${tenant.shopId}, 'c' || i from generate_series(1, 100) i`.execute(
      trx,
    ),
  );
  author = await keyOf(tenant.shop);
  approver = await keyOf({ ...tenant.shop, actor: { type: "user", userId: people.admin, label: "admin" } });
  segmentId = await insertSegment(tenant.shop);
});

describe("a campaign over REST", () => {
  it("goes from draft over approval to schedule, with machines bound to four eyes like people", async () => {
    const offer = { type: "arms", arms: [{ amount: "1000" }, { amount: "2000" }] };
    const draft = await call("POST", "/campaigns", author, {
      name: "Lose",
      segmentId,
      offer,
      availableLocal: "2026-06-10T14:00",
      terms: { minOrder: "3000" },
    });
    expect(draft).toMatchObject({
      status: 201,
      json: { status: "draft", offer: { type: "arms", arms: [{ amount: "1000" }, { amount: "2000" }] } },
    });
    const id = z.uuid().parse(draft.json.id);
    const simulated = await call("POST", `/campaigns/${id}/simulate`, author);
    expect(simulated).toMatchObject({ status: 200, json: { problems: [], approvals: { required: 1 }, redemption: { source: "prior" } } });
    expect(await call("POST", `/campaigns/${id}/launch`, author)).toMatchObject({ status: 409, json: { code: "APPROVAL_REQUIRED" } });
    expect(await call("POST", `/campaigns/${id}/submit`, author)).toMatchObject({ status: 200, json: { status: "submitted" } });
    expect(await call("POST", `/campaigns/${id}/approve`, author)).toMatchObject({ status: 403, json: { code: "APPROVAL_OWN" } });
    expect(await call("POST", `/campaigns/${id}/approve`, approver)).toMatchObject({ status: 200, json: { status: "scheduled" } });
    expect(await call("POST", `/campaigns/${id}/pause`, author)).toMatchObject({ status: 200, json: { status: "paused" } });
    expect(await call("POST", `/campaigns/${id}/resume`, author)).toMatchObject({ status: 200, json: { status: "scheduled" } });
    expect(await call("POST", `/campaigns/${id}/recall`, approver, { reason: "Irrtum" })).toMatchObject({ status: 409 });
  });
});

describe("a campaign without credit over REST", () => {
  it("needs words for its channel, no amount, no approval, and ends by cancelling", async () => {
    const draft = await call("POST", "/campaigns", author, {
      ...{ name: "Neuigkeiten", segmentId, offer: { type: "none" }, availableLocal: "2026-06-10T14:00" },
      messageTexts: { de: { subject: "Neue Sorten", body: "Sieh dich um." } },
    });
    const id = z.uuid().parse(draft.json.id);
    const bySms = { channel: "sms", templateId: null, spreadMinutes: 60 };
    expect(await call("PUT", `/campaigns/${id}/sending`, author, bySms)).toMatchObject({ status: 200, json: { ...bySms, paused: false } });
    expect(await call("POST", `/campaigns/${id}/launch`, author)).toMatchObject({
      status: 422,
      json: { code: "VALIDATION", params: { problems: "newsMissing" } },
    });
    expect(await call("PUT", `/campaigns/${id}/sending`, author, { ...bySms, channel: "email" })).toMatchObject({ status: 200 });
    expect(await call("POST", `/campaigns/${id}/simulate`, author)).toMatchObject({
      json: { problems: [], worstCost: null, approvals: { required: 0 } },
    });
    expect(await call("POST", `/campaigns/${id}/launch`, author)).toMatchObject({
      status: 200,
      json: { status: "scheduled", amount: "0", expiresAt: null },
    });
    expect(await call("POST", `/campaigns/${id}/cancel`, author)).toMatchObject({ status: 200, json: { status: "cancelled" } });
  });
});

describe("a misspelt field over REST", () => {
  it("is named instead of being left out in silence", async () => {
    const customer = await call("PUT", "/customers/typo", author, { email: "typo@example.com", firstname: "Ada" });
    expect(customer).toMatchObject({ status: 422, json: { code: "VALIDATION" } });
    expect(JSON.stringify(customer.json)).toContain("firstname");
    const order = { placedAt: "2026-06-01T09:00:00Z", currency: "EUR", total: "1000", status: "paid" };
    const line = { quantity: 1, unitPrice: "1000", sku: "x" };
    const wrong = await call("PUT", "/orders/typo", author, { ...order, lines: [line] });
    expect(wrong.status).toBe(422);
    expect(JSON.stringify(wrong.json)).toContain("sku");
    expect(await call("PUT", "/orders/typo", author, order)).toMatchObject({ status: 200 });
  });
});

describe("consent over REST", () => {
  it("asks a person once for the second step of the double opt-in, and keeps where the first came from", async () => {
    await call("PUT", "/customers/asked", author, { email: "asked@example.com" });
    const form = { sourceUrl: "https://shop.example/newsletter", ip: "192.0.2.7" };
    expect(await call("POST", "/customers/asked/opt-in", author, form)).toMatchObject({ status: 200, json: { asked: true } });
    expect(await call("GET", "/customers/asked", author)).toMatchObject({ json: { emailConsent: "PENDING" } });
    const kept = await withTenant(tenant.shop, async ({ trx }) => ({
      messages: await trx.selectFrom("message").select(["kind", "category", "status"]).where("kind", "=", "opt_in").execute(),
      request: await trx.selectFrom("opt_in_request").select(["source_url", "ip"]).executeTakeFirst(),
    }));
    expect(kept.messages).toEqual([{ kind: "opt_in", category: "transactional", status: "queued" }]);
    expect(kept.request).toEqual({ source_url: form.sourceUrl, ip: form.ip });
    expect(await call("POST", "/customers/asked/opt-in", author, form)).toMatchObject({
      status: 200,
      json: { asked: false, reason: "askedAlready" },
    });
    expect(await call("POST", "/customers/nobody/opt-in", author, {})).toMatchObject({ status: 404 });
  });

  it("takes no script for the page with the form", async () => {
    await call("PUT", "/customers/form", author, { email: "form@example.com" });
    for (const sourceUrl of ["javascript:alert(1)", "data:text/html,x"])
      expect(await call("POST", "/customers/form/opt-in", author, { sourceUrl })).toMatchObject({ status: 422 });
  });
});
