import { TRPCError } from "@trpc/server";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createApiKey } from "@/server/auth/api-keys";
import { API_SCOPES } from "@/server/auth/permissions";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { type TestTenant, testRequest, testSignIn, testTenant } from "@/server/tenancy/world.testing";
import { createCallerFactory } from "@/server/trpc/init";
import { appRouter } from "@/server/trpc/root";
import { createApi } from "./dispatch";
import { problemSchema } from "./problem";
import { RateLimiter } from "./rate-limit";
import { apiRoutes } from "./routes";

const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e6, burst: 1e6 }));
let tenant: TestTenant;
let secret: string;
let customerId: string;
beforeAll(async () => {
  tenant = await testTenant("boundary");
  secret = (await createApiKey(tenant.shop, { name: "b", scopes: [...API_SCOPES], expiresAt: null })).secret;
  customerId = (await upsertCustomer(tenant.shop, { externalId: "a", email: "a@example.com" })).id;
});

async function call(method: string, path: string, body?: unknown, language = "de") {
  const response = await api(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        "accept-language": language,
        "idempotency-key": crypto.randomUUID(),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, json: z.record(z.string(), z.unknown()).parse(await response.json()) };
}
/** Where and what a refused request was told. */
async function refused(...request: Parameters<typeof call>) {
  const { status, json } = await call(...request);
  const problem = problemSchema.parse(json);
  expect([status, problem.code]).toEqual([422, "VALIDATION"]);
  return problem.errors?.map((error) => `${error.in} ${error.path}: ${error.message}`);
}

describe("what the database cannot keep", () => {
  const said = "Enthält ein Zeichen, das nicht gespeichert werden kann (U+0000 oder ein halbes Zeichen).";
  it.each<[string, string, unknown, string]>([
    ["PUT", "/customers/a", { firstName: "a\0b" }, "body firstName"],
    ["PUT", "/customers/a", { attributes: { size: "\ud83d" } }, "body attributes.size"],
    ["POST", "/credit/grants", { customer: "a", unit: "EUR", amount: "5", reason: "a\0" }, "body reason"],
    ["POST", "/customers/a/opt-in", { userAgent: "\0" }, "body userAgent"],
    ["POST", "/segments", { name: "\0", query: "amount_spent > 1" }, "body name"],
    ["GET", "/customers?search=a%00b", undefined, "query search"],
    ["GET", "/customers/a%00b", undefined, "path externalId"],
  ])("%s %s is refused with its field", async (method, path, body, field) => {
    expect(await refused(method, path, body)).toEqual([`${field}: ${said}`]);
  });

  it("is refused of people, too", async () => {
    const caller = createCallerFactory(appRouter)(testRequest(await testSignIn(tenant.ownerId)));
    const shopId = tenant.shop.shopId;
    const settings = await caller.messages.settings.get({ shopId });
    const brand = { ...settings.brand, footer: { ...settings.brand.footer, address: "a\0b" } };
    const consent = { channel: "sms", purpose: "marketing", state: "granted", evidence: "signed form \0 of today" } as const;
    const calls: [string, () => Promise<unknown>][] = [
      ["evidence", () => caller.messages.consent.record({ shopId, customerId, ...consent })],
      ["hint", () => caller.messages.suppression.add({ shopId, addresses: ["b@example.com"], hint: "\0" })],
      ["search", () => caller.messages.list({ shopId, search: "\0" } as never)],
      ["url", () => caller.messages.webhooks.create({ shopId, url: "https://example.com/\0", types: ["credit.granted"] })],
      ["brand", () => caller.messages.settings.save({ shopId, ...settings, brand })],
    ];
    for (const [field, run] of calls) {
      const error = await run().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      const cause = error instanceof TRPCError ? error.cause : null;
      expect(cause instanceof z.ZodError ? cause.issues.map(({ path, message }) => [path[0], message]) : error).toEqual([
        [field, "unstorable"],
      ]);
    }
  });
});

describe("a refused request", () => {
  it.each<[string, string, unknown, string]>([
    ["PUT", "/customers/a", { email: "nope" }, "body email: Passt nicht oder fehlt."],
    ["PUT", "/customers/a", { timeZone: "Mars/Base" }, "body timeZone: Passt nicht oder fehlt."],
    ["POST", "/customers/mute/opt-in", {}, "body email: Passt nicht oder fehlt."],
    ["GET", "/customers?cursor=!!", undefined, "query cursor: Passt nicht oder fehlt."],
  ])("%s %s names the field", async (method, path, body, expected) => {
    await upsertCustomer(tenant.shop, { externalId: "mute" });
    expect(await refused(method, path, body)).toEqual([expected]);
  });

  it("says what it got instead", async () => {
    const [said] = (await refused("POST", "/credit/grants", { customer: "a", unit: "EUR", amount: 5.5, reason: "r" })) ?? [];
    expect(said).toMatch(/^body amount: .*erhalten Zahl/);
  });

  it("needs no body where no field is needed", async () => {
    await upsertCustomer(tenant.shop, { externalId: "asked", email: "asked@example.com" });
    expect(await call("POST", "/customers/asked/opt-in")).toMatchObject({ status: 200, json: { asked: true } });
  });
});

describe("a query", () => {
  it("with a parameter nobody knows is refused, not answered with everything", async () => {
    expect(await refused("GET", "/ledger/transfers?costumer=a")).toEqual([expect.stringContaining("costumer")]);
    expect(await refused("GET", "/customers?serach=a")).toEqual([expect.stringMatching(/^query .*serach/)]);
    expect(await refused("GET", "/ledger/liability?unit=EUR")).toEqual([expect.stringContaining("unit")]);
  });

  it("with a damaged cursor is told so", async () => {
    for (const path of ["/customers", "/segments"])
      expect(await refused("GET", `${path}?cursor=%7B%7D`)).toEqual(["query cursor: Passt nicht oder fehlt."]);
  });
});

describe("erasing a person", () => {
  it("wants a scope of its own, says what is left, and can be repeated", async () => {
    await upsertCustomer(tenant.shop, { externalId: "gone", email: "gone@example.com" });
    expect((await call("POST", "/credit/grants", { customer: "gone", unit: "EUR", amount: "500", reason: "test" })).status).toBe(201);
    const left = await call("POST", "/customers/gone/erase", {});
    expect(left).toMatchObject({ status: 409, json: { code: "CREDIT_LEFT", params: { left: "500", unit: "EUR" } } });
    expect(left.json.detail).toContain("5.00 EUR");
    const erased = await call("POST", "/customers/gone/erase", { keepCredit: true });
    expect(erased.status).toBe(200);
    expect(await call("POST", "/customers/gone/erase")).toEqual(erased);
    expect((await call("GET", "/customers/gone")).json).toMatchObject({ email: null, erasedAt: erased.json.erasedAt });
    const scopes = API_SCOPES.filter((scope) => scope !== "customers:erase");
    const key = await createApiKey(tenant.shop, { name: "writes", scopes, expiresAt: null });
    const response = await api(
      new Request("http://localhost/api/v1/customers/gone/erase", { method: "POST", headers: { authorization: `Bearer ${key.secret}` } }),
    );
    expect(response.status).toBe(403);
  });
});
