import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApiKey } from "@/server/auth/api-keys";
import { API_SCOPES, type ApiScope } from "@/server/auth/permissions";
import { createLedgerShop, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { WEBHOOK_TYPES } from "@/server/notifications/webhooks/schema";
import { createApi } from "./dispatch";
import { RateLimiter } from "./rate-limit";
import { apiRoutes } from "./routes";
import { setClockByRequest } from "./test-clock";

const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e6, burst: 1e6 }));
let shop: LedgerShop;
let secret: string;

const keyFor = async (owner: LedgerShop, scopes: readonly ApiScope[] = API_SCOPES) =>
  (await createApiKey(owner.ctx, { name: crypto.randomUUID(), scopes: [...scopes], expiresAt: null })).secret;

type Call = { key?: string; idem?: string | null; body?: unknown; raw?: BodyInit; headers?: Record<string, string>; served?: typeof api };

async function call(method: string, path: string, { key = secret, idem, body, raw, headers = {}, served = api }: Call = {}) {
  const response = await served(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idem === null || method !== "POST" ? {} : { "idempotency-key": idem ?? crypto.randomUUID() }),
        ...headers,
      },
      ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    }),
  );
  const json = z.record(z.string(), z.unknown()).parse(await response.json());
  return { status: response.status, json, headers: response.headers };
}

const grant = (amount: string, extra: Record<string, unknown> = {}) => ({ customer: "c1", unit: "EUR", amount, reason: "test", ...extra });
const available = async (customer = "c1") => {
  const { json } = await call("GET", `/customers/${customer}/credit`);
  return z.array(z.object({ unit: z.string(), available: z.string(), held: z.string(), upcoming: z.string() })).parse(json.balances);
};

beforeAll(async () => {
  shop = await createLedgerShop(3);
  secret = await keyFor(shop);
});

test("L5: amounts above 2^53 survive from JSON to the database and back", async () => {
  const amount = "9007199254740993";
  expect(await call("POST", "/credit/grants", { body: grant(amount, { customer: "c3" }) })).toMatchObject({
    status: 201,
    json: { amount },
  });
  expect(await available("c3")).toEqual([{ unit: "EUR", available: amount, held: "0", upcoming: "0" }]);
  const spent = await call("POST", "/credit/redemptions", {
    body: { customer: "c3", unit: "EUR", amount: "9007199254740992", order: "big" },
  });
  expect(spent.json.balance).toBe("1");
  // A JSON number would have lost the last digit already.
  expect((await call("POST", "/credit/grants", { body: { ...grant("1"), amount: 5 } })).status).toBe(422);
});

test("a body of several shapes is answered with the mistakes of the nearest one", async () => {
  const refund = await call("POST", "/credit/refunds", { body: { order: "o", refundTotal: "10" }, headers: { "accept-language": "en" } });
  expect(refund.status).toBe(422);
  expect(refund.json.errors).toEqual([{ in: "body", path: "orderTotal", message: expect.stringContaining("expected string") }]);
  const event = { id: "e1", customerId: "c1", kind: "email.opened", occurredAt: "yesterday" };
  const events = await call("POST", "/events", { body: { events: [event] } });
  expect(events.json.errors).toEqual([expect.objectContaining({ path: "events.0.occurredAt" })]);
  const order = { customerId: 7, placedAt: "2026-01-01T00:00:00Z", currency: "EUR", total: "1", status: "paid" };
  const wrong = await call("PUT", "/orders/o1", { body: order });
  expect(wrong.json.errors).toEqual([expect.objectContaining({ path: "customerId" })]);
});

test("a hold is captured or released without a body", async () => {
  await call("POST", "/credit/grants", { body: grant("300") });
  const hold = async (order: string) => {
    const { json } = await call("POST", "/credit/holds", { body: { customer: "c1", unit: "EUR", amount: "100", order } });
    return String(json.holdId);
  };
  expect(await call("POST", `/credit/holds/${await hold("bare-1")}/capture`)).toMatchObject({ status: 200, json: { captured: "100" } });
  expect(await call("POST", `/credit/holds/${await hold("bare-2")}/release`)).toMatchObject({ status: 200, json: { released: "100" } });
  await call("POST", "/credit/adjustments", { body: { customer: "c1", unit: "EUR", amount: "-200", reason: "back to where it was" } });
});

describe("money over HTTP", () => {
  test("grant, hold, capture, refund, adjust, books", async () => {
    const expiresAt = new Date(Date.now() + 86_400_000 * 30).toISOString();
    expect((await call("POST", "/credit/grants", { body: grant("5000", { expiresAt }) })).status).toBe(201);
    const held = await call("POST", "/credit/holds", { body: { customer: "c1", unit: "EUR", amount: "3000", order: "o1" } });
    expect(held).toMatchObject({ status: 201, json: { amount: "3000", balance: "2000" } });
    expect(await available()).toEqual([{ unit: "EUR", available: "2000", held: "3000", upcoming: "0" }]);
    const captured = await call("POST", `/credit/holds/${held.json.holdId}/capture`, { body: { amount: "2500" } });
    expect(captured).toMatchObject({ status: 200, json: { captured: "2500", released: "500", balance: "2500" } });
    expect(await call("POST", `/credit/holds/${held.json.holdId}/release`, { body: {} })).toMatchObject({
      status: 409,
      json: { code: "NO_OPEN_HOLD" },
    });
    const refund = await call("POST", "/credit/refunds", { body: { order: "o1", refundTotal: "3333", orderTotal: "9999" } });
    expect(refund).toMatchObject({ status: 201, json: { amount: "833", refundable: "1667" } });
    expect(
      await call("POST", "/credit/adjustments", { body: { customer: "c1", unit: "EUR", amount: "-333", reason: "typing error" } }),
    ).toMatchObject({
      status: 201,
    });
    expect(
      await call("POST", "/credit/adjustments", { body: { customer: "c1", unit: "EUR", amount: "100", reason: "sorry" } }),
    ).toMatchObject({
      status: 201,
    });
    expect((await available())[0]?.available).toBe("3100");
    const transfers = await call("GET", "/ledger/transfers?limit=2");
    expect(transfers.json.items).toMatchObject([
      { kind: "grant", sourceType: "adjustment", reason: "sorry" },
      { kind: "adjust", amount: "333" },
    ]);
    const next = await call("GET", `/ledger/transfers?limit=2&cursor=${transfers.json.nextCursor}`);
    expect(next.json.items).toMatchObject([{ kind: "refund" }, { kind: "capture" }]);
    const books = await call("GET", "/ledger/liability");
    expect(books.json.units).toMatchObject([{ unit: "EUR", outstanding: "3101", held: "0", noExpiry: "101" }]);
    expect((await call("GET", "/ledger/violations")).json.violations).toEqual([]);
  });

  test("a problem names what is missing, in the caller's language", async () => {
    const body = { customer: "c2", unit: "EUR", amount: "1", order: "o2" };
    const german = await call("POST", "/credit/redemptions", { body, headers: { "accept-language": "de-AT,en;q=0.5" } });
    expect(german).toMatchObject({
      status: 409,
      json: {
        type: "urn:guthaben:problem:INSUFFICIENT_CREDIT",
        status: 409,
        code: "INSUFFICIENT_CREDIT",
        detail: "Verlangt 0.01 EUR, verfügbar 0.00 EUR: es fehlen 0.01 EUR.",
        params: { missing: "1", requested: "1", available: "0", unit: "EUR" },
        instance: "/api/v1/credit/redemptions",
      },
    });
    expect(german.headers.get("content-type")).toContain("application/problem+json");
    expect(german.json.requestId).toBe(german.headers.get("x-request-id"));
    expect((await call("POST", "/credit/redemptions", { body, headers: { "accept-language": "en" } })).json.detail).toContain(
      "0.01 EUR missing",
    );
  });
});

describe("idempotency", () => {
  test("the key is required, replayed, and refuses another body; a rejection leaves it free", async () => {
    const body = { customer: "c2", unit: "EUR", amount: "700", order: "o3" };
    expect(await call("POST", "/credit/redemptions", { body, idem: null })).toMatchObject({
      status: 400,
      json: { code: "IDEMPOTENCY_KEY_MISSING" },
    });
    expect(await call("POST", "/credit/redemptions", { body, idem: "k" })).toMatchObject({
      status: 409,
      json: { code: "INSUFFICIENT_CREDIT" },
    });
    await call("POST", "/credit/grants", { body: grant("1000", { customer: "c2" }) });
    const first = await call("POST", "/credit/redemptions", { body, idem: "k" });
    expect(first.status).toBe(201);
    expect((await call("POST", "/credit/redemptions", { body, idem: "k" })).json).toEqual(first.json);
    expect(await call("POST", "/credit/redemptions", { body: { ...body, amount: "701" }, idem: "k" })).toMatchObject({
      status: 409,
      json: { code: "IDEMPOTENCY_CONFLICT" },
    });
    expect((await available("c2"))[0]?.available).toBe("300");
  });

  test("B09: twenty twins at once have one effect and one answer", async () => {
    const body = { customer: "c2", unit: "EUR", amount: "100", order: "o4" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call("POST", "/credit/redemptions", { body, idem: "twins" })));
    expect(new Set(answers.map(({ status, json }) => `${status} ${JSON.stringify(json)}`)).size).toBe(1);
    expect((await available("c2"))[0]?.available).toBe("200");
    expect(await violationsOf(shop.ctx)).toEqual([]);
  });
});

describe("who may", () => {
  test("a key sees its own shop only; foreign ids do not exist", async () => {
    const other = await createLedgerShop(1);
    const foreign = await keyFor(other);
    const held = await call("POST", "/credit/holds", { body: { customer: "c1", unit: "EUR", amount: "1", order: "mine" } });
    expect(await call("POST", `/credit/holds/${held.json.holdId}/capture`, { key: foreign, body: {} })).toMatchObject({ status: 404 });
    expect(await call("POST", "/credit/refunds", { key: foreign, body: { order: "o1", amount: "1" } })).toMatchObject({ status: 404 });
    expect((await call("GET", "/ledger/transfers", { key: foreign })).json.items).toEqual([]);
    expect((await call("GET", "/customers/c2/credit", { key: foreign })).status).toBe(404);
    expect((await call("GET", "/customers/c1/credit", { key: foreign })).json.balances).toEqual([]);
  });

  test("scopes and keys", async () => {
    const reader = await keyFor(shop, ["credit:read"]);
    expect((await call("GET", "/customers/c1/credit", { key: reader })).status).toBe(200);
    expect(await call("POST", "/credit/grants", { key: reader, body: grant("1") })).toMatchObject({
      status: 403,
      json: { params: { scope: "credit:write" } },
    });
    const stranger = await call("GET", "/customers/c1/credit", { key: "nonsense" });
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get("www-authenticate")).toContain("Bearer");
  });
});

describe("the protocol", () => {
  test.each([
    ["GET", "/nowhere", {}, 404, "NOT_FOUND"],
    ["GET", "/credit/%E0%A4%A", {}, 404, "NOT_FOUND"],
    ["DELETE", "/credit/grants", {}, 405, "METHOD_NOT_ALLOWED"],
    [
      "POST",
      "/credit/grants",
      { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["POST", "/credit/grants", { raw: "{", headers: { "content-type": "application/json" } }, 400, "MALFORMED_BODY"],
    [
      "POST",
      "/credit/grants",
      { raw: `"${"x".repeat(1024 * 1024)}"`, headers: { "content-type": "application/json" } },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
    ["POST", "/credit/grants", { body: grant("0") }, 422, "VALIDATION"],
    ["POST", "/credit/grants", { body: grant("-5") }, 422, "VALIDATION"],
    ["POST", "/credit/grants", { body: grant("1", { expiresAd: "2030-01-01T00:00:00Z" }) }, 422, "VALIDATION"],
    ["POST", "/credit/grants", { body: grant("1", { expiresAt: "2020-01-01T00:00:00Z" }) }, 422, "EXPIRES_IN_PAST"],
    ["POST", "/credit/grants", { body: grant("1", { unit: "ZZZ" }) }, 422, "UNKNOWN_UNIT"],
    ["POST", "/credit/grants", { body: grant("1", { customer: "nobody" }) }, 404, "NOT_FOUND"],
    ["POST", "/credit/holds/not-a-uuid/capture", { body: {} }, 422, "VALIDATION"],
    ["GET", "/ledger/transfers?limit=1000", {}, 422, "VALIDATION"],
    ["GET", "/ledger/transfers?limit=1&limit=2", {}, 422, "VALIDATION"],
  ] satisfies [string, string, Call, number, string][])("%s %s -> %#", async (method, path, options, status, code) => {
    const answer = await call(method, path, options);
    expect(answer).toMatchObject({ status, json: { status, code } });
    if (status === 405) expect(answer.headers.get("allow")).toBe("POST");
  });

  test("field errors name the field", async () => {
    const { json } = await call("POST", "/credit/grants", { body: { ...grant("1"), amount: "x" }, headers: { "accept-language": "de" } });
    expect(json.errors).toMatchObject([{ in: "body", path: "amount" }]);
  });

  test("too many requests: 429 with the wait; another key is not concerned", async () => {
    const [key, other] = [await keyFor(shop), await keyFor(shop)];
    const served = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 0.01, burst: 3 }));
    const ask = (secretKey: string) => call("GET", "/ledger/transfers?limit=1", { key: secretKey, served });
    for (let n = 0; n < 3; n++) expect((await ask(key)).status).toBe(200);
    const refused = await ask(key);
    expect(refused).toMatchObject({ status: 429, json: { code: "TOO_MANY_REQUESTS" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(1);
    expect((await ask(other)).status).toBe(200);
  });

  test("the description needs no key and covers every endpoint", async () => {
    const response = await api(new Request("http://localhost/api/v1/openapi.json"));
    const document = z
      .object({
        ...{ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) },
        webhooks: z.object({ events: z.object({ post: z.object({ requestBody: z.unknown() }) }) }),
      })
      .parse(await response.json());
    expect(document.openapi).toBe("3.1.0");
    for (const route of apiRoutes) expect(document.paths[route.spec.path]?.[route.spec.method.toLowerCase()]).toBeDefined();
    expect(JSON.stringify(document.paths["/credit/grants"])).toContain("Idempotency-Key");
    // Every type that can be asked for is described with its data.
    const described = JSON.stringify(document.webhooks.events.post.requestBody);
    for (const type of WEBHOOK_TYPES) expect(described).toContain(`"${type}"`);
  });
});

test("the test clock moves app and database; elsewhere it needs a key", async () => {
  const set = (headers: Record<string, string>, now: string | null) =>
    setClockByRequest(
      new Request("http://localhost/api/test/clock", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ now }),
      }),
    );
  expect((await set({ "x-forwarded-for": "203.0.113.5" }, "2030-01-01T00:00:00Z")).status).toBe(401);
  expect((await set({ "x-forwarded-for": "203.0.113.5", authorization: `Bearer ${secret}` }, "2030-01-01T00:00:00Z")).status).toBe(200);
  const { json } = await call("GET", "/customers/c1/credit");
  expect(String(json.asOf)).toMatch(/^2030-01-01T00:00/);
  expect((await set({ "x-forwarded-for": "127.0.0.1" }, null)).status).toBe(200);
});

test("credit with terms: granted, refused with what is missing and why, spent on an order that meets them", async () => {
  const terms = { minOrder: "5000", include: { products: ["p1"], collections: [] } };
  const granted = await call("POST", "/credit/grants", { body: grant("900", { customer: "c2", unit: "CHF", terms }) });
  expect(granted.status).toBe(201);
  const body = { customer: "c2", unit: "CHF", amount: "400", order: "plain" };
  const unmet = await call("POST", "/credit/redemptions", { body });
  expect(unmet).toMatchObject({
    status: 409,
    json: { code: "CREDIT_TERMS_UNMET", params: { requested: "400", available: "0", missing: "400" } },
  });
  expect(unmet.json.detail).toMatch(/4[.,]00/);
  const order = { id: "rich", total: "6000", lines: [{ productId: "p1", total: "300" }, { total: "5700" }] };
  expect((await call("POST", "/credit/redemptions", { body: { ...body, order } })).json).toMatchObject({
    code: "CREDIT_TERMS_UNMET",
    params: { available: "300", missing: "100" },
  });
  expect((await call("POST", "/credit/holds", { body: { ...body, amount: "200", order } })).status).toBe(201);
  const idem = crypto.randomUUID();
  const spend = () => call("POST", "/credit/redemptions", { idem, body: { ...body, amount: "300", order: { ...order, id: "other" } } });
  const first = await spend();
  expect(first).toMatchObject({ status: 201, json: { amount: "300", balance: "400" } });
  expect((await spend()).json).toEqual(first.json);
  expect((await call("POST", "/credit/grants", { body: grant("900", { terms: {} }) })).status).toBe(422);
});

test("after a merge both ids show and spend the same credit, and each finds the transfers that touched it", async () => {
  const two = await createLedgerShop(3);
  const key = await keyFor(two);
  for (const customer of ["c1", "c2", "c3"]) await call("POST", "/credit/grants", { key, body: grant("1000", { customer }) });
  for (const [from, into] of [
    ["c1", "c2"],
    ["c2", "c3"],
  ] as const)
    expect((await call("POST", "/credit/merges", { key, body: { from, into, reason: "same person" } })).status).toBe(201);
  const spent = await call("POST", "/credit/redemptions", { key, body: { customer: "c1", unit: "EUR", amount: "400", order: "o1" } });
  expect(spent.json.balance).toBe("2600");
  for (const [customer, mergedInto] of [
    ["c1", "c3"],
    ["c2", "c3"],
    ["c3", null],
  ] as const)
    expect((await call("GET", `/customers/${customer}/credit`, { key })).json).toMatchObject({
      ...{ customer, mergedInto },
      balances: [{ unit: "EUR", available: "2600" }],
    });
  const kinds = async (query: string) => {
    const { json } = await call("GET", `/ledger/transfers?${query}`, { key });
    return z
      .array(z.object({ kind: z.string() }))
      .parse(json.items)
      .map((item) => item.kind);
  };
  expect(await kinds("customer=c1")).toEqual(["merge", "grant"]);
  expect(await kinds("customer=c3&kind=redeem")).toEqual(["redeem"]);
  expect((await call("GET", "/ledger/transfers?customer=nobody", { key })).status).toBe(404);
});
