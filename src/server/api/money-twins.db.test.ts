import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createApiKey } from "@/server/auth/api-keys";
import { API_SCOPES } from "@/server/auth/permissions";
import { type ApiGrant, apiGrant } from "@/server/ledger/api-grant";
import { customerCredit } from "@/server/ledger/customer-credit";
import { hold } from "@/server/ledger/hold";
import { redeem } from "@/server/ledger/redeem";
import { createLedgerShop, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { createApi } from "./dispatch";
import { RateLimiter } from "./rate-limit";
import { apiRoutes } from "./routes";

const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e6, burst: 1e6 }));
let shop: LedgerShop;
let secret: string;

async function call(method: string, path: string, body: unknown, idem: string = crypto.randomUUID(), key = secret) {
  const response = await api(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": idem },
      ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, json: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

const give = (customer: string, amount: bigint, over: Partial<ApiGrant> = {}) =>
  apiGrant(shop.ctx, {
    key: crypto.randomUUID(),
    customer,
    unit: "EUR",
    amount,
    originClass: "earned",
    availableFrom: null,
    expiresAt: null,
    reason: "test",
    ...over,
  });

/** What a customer has, in words that any effect would change. */
const worth = async (customer: string) => {
  const { balances } = await customerCredit(shop.ctx, shop.customers[Number(customer.slice(1)) - 1] ?? "");
  return balances.map(({ unit, available, held, debt }) => `${unit} ${available} ${held} ${debt}`).sort();
};
const idOf = (customer: string): string => shop.customers[Number(customer.slice(1)) - 1] ?? "";

beforeAll(async () => {
  shop = await createLedgerShop(12);
  secret = (await createApiKey(shop.ctx, { name: "twins", scopes: [...API_SCOPES], expiresAt: null })).secret;
});

type Case = {
  name: string;
  customer: string;
  /** Gives the customer what the request needs; the answer names the path and the body. */
  prepare: () => Promise<{ path: string; body: Record<string, unknown> }>;
  /** The same path with another meaning. */
  other: Record<string, unknown>;
  after: string[];
};

const spend = (customer: string) => ({ customerId: idOf(customer), unit: "EUR", orderRef: `order-${customer}` });
const CASES: Case[] = [
  {
    name: "grants",
    customer: "c1",
    prepare: async () => ({ path: "/credit/grants", body: { customer: "c1", unit: "EUR", amount: "500", reason: "r" } }),
    other: { amount: "501" },
    after: ["EUR 500 0 0"],
  },
  {
    name: "holds",
    customer: "c2",
    prepare: async () => {
      await give("c2", 1000n);
      return { path: "/credit/holds", body: { customer: "c2", unit: "EUR", amount: "300", order: "h" } };
    },
    other: { amount: "301" },
    after: ["EUR 700 300 0"],
  },
  {
    name: "captures",
    customer: "c3",
    prepare: async () => {
      await give("c3", 1000n);
      const { holdId } = await hold(shop.ctx, { ...spend("c3"), key: "hold-c3", amount: 300n });
      return { path: `/credit/holds/${holdId}/capture`, body: { amount: "200" } };
    },
    other: { amount: "100" },
    after: ["EUR 800 0 0"],
  },
  {
    name: "redemptions",
    customer: "c5",
    prepare: async () => {
      await give("c5", 1000n);
      return { path: "/credit/redemptions", body: { customer: "c5", unit: "EUR", amount: "300", order: "r" } };
    },
    other: { amount: "301" },
    after: ["EUR 700 0 0"],
  },
  {
    name: "refunds",
    customer: "c6",
    prepare: async () => {
      await give("c6", 1000n);
      await redeem(shop.ctx, { ...spend("c6"), key: "redeem-c6", amount: 400n });
      return { path: "/credit/refunds", body: { order: "order-c6", amount: "100" } };
    },
    other: { amount: "101" },
    after: ["EUR 700 0 0"],
  },
  {
    name: "adjustments",
    customer: "c7",
    prepare: async () => {
      await give("c7", 1000n);
      return { path: "/credit/adjustments", body: { customer: "c7", unit: "EUR", amount: "-100", reason: "r" } };
    },
    other: { amount: "-101" },
    after: ["EUR 900 0 0"],
  },
  {
    name: "clawbacks",
    customer: "c8",
    prepare: async () => {
      await give("c8", 1000n);
      await redeem(shop.ctx, { ...spend("c8"), key: "redeem-c8", amount: 800n });
      return { path: "/credit/clawbacks", body: { customer: "c8", unit: "EUR", amount: "500", reason: "returned" } };
    },
    other: { amount: "501" },
    after: ["EUR 0 0 300"],
  },
  {
    name: "conversions",
    customer: "c9",
    prepare: async () => {
      await give("c9", 1000n, { unit: "PTS:star" });
      const [from, to] = [
        { unit: "PTS:star", amount: "400" },
        { unit: "EUR", amount: "200" },
      ];
      return { path: "/credit/conversions", body: { customer: "c9", from, to, reason: "r" } };
    },
    other: { to: { unit: "EUR", amount: "201" } },
    after: ["EUR 200 0 0", "PTS:star 600 0 0"],
  },
  {
    name: "merges",
    customer: "c11",
    prepare: async () => {
      await give("c10", 1000n);
      await hold(shop.ctx, { ...spend("c10"), key: "hold-c10", amount: 300n });
      return { path: "/credit/merges", body: { from: "c10", into: "c11", reason: "one person" } };
    },
    other: { reason: "another" },
    after: ["EUR 700 300 0"],
  },
];

describe("B09: eight twins at once have one effect and one answer; the same key for something else is refused", () => {
  test.each(CASES)("$name", async ({ customer, prepare, other, after, name }) => {
    const { path, body } = await prepare();
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", path, body, `twins-${name}`)));
    expect(answers[0]?.status).toBeLessThan(300);
    expect(new Set(answers.map(({ status, json }) => `${status} ${JSON.stringify(json)}`)).size).toBe(1);
    expect(await worth(customer)).toEqual(after);
    expect(await call("POST", path, { ...body, ...other }, `twins-${name}`)).toMatchObject({
      status: 409,
      json: { code: "IDEMPOTENCY_CONFLICT" },
    });
    expect(await worth(customer)).toEqual(after);
    expect(await violationsOf(shop.ctx)).toEqual([]);
  });

  test("every endpoint that wants the key is covered here, but the release, which takes no arguments to differ in", () => {
    const wanted = apiRoutes
      .filter(({ spec }) => spec.idempotent && spec.path.startsWith("/credit"))
      .map(({ spec }) => spec.path.split("/").at(-1));
    expect(new Set(wanted)).toEqual(new Set([...CASES.map(({ name }) => name.replace("captures", "capture")), "release"]));
  });
});

describe("budgets", () => {
  test("a cap is set, changed and read; campaigns' own keys and other scopes are refused", async () => {
    expect(await call("PUT", "/ledger/budgets/summer", { unit: "EUR", cap: "100000" })).toMatchObject({
      status: 200,
      json: { scope: "shop", key: "summer", unit: "EUR", cap: "100000", granted: "0", left: "100000" },
    });
    const twins = await Promise.all([1, 2, 3, 4].map(() => call("PUT", "/ledger/budgets/summer", { unit: "EUR", cap: "50000" })));
    expect(new Set(twins.map(({ json }) => JSON.stringify(json))).size).toBe(1);
    expect((await call("GET", "/ledger/budgets", null)).json.budgets).toEqual([
      { scope: "shop", key: "summer", unit: "EUR", cap: "50000", granted: "0", left: "50000" },
    ]);
    expect(await call("PUT", "/ledger/budgets/campaign:x", { unit: "EUR", cap: "1" })).toMatchObject({ status: 422 });
    expect(await call("PUT", "/ledger/budgets/summer", { unit: "EUR", cap: "-1" })).toMatchObject({ status: 422 });
    expect(await call("PUT", "/ledger/budgets/summer", { unit: "ZZZ", cap: "1" })).toMatchObject({
      status: 422,
      json: { code: "UNKNOWN_UNIT" },
    });
    const reader = (await createApiKey(shop.ctx, { name: "checkout", scopes: ["credit:write", "ledger:read"], expiresAt: null })).secret;
    expect(await call("PUT", "/ledger/budgets/summer", { unit: "EUR", cap: "1" }, undefined, reader)).toMatchObject({
      status: 403,
      json: { params: { scope: "budgets:write" } },
    });
  });
});

test("a problem names what is missing, also for points", async () => {
  await give("c12", 100n, { unit: "PTS:star" });
  const body = { customer: "c12", from: { unit: "PTS:star", amount: "150" }, to: { unit: "EUR", amount: "1" }, reason: "r" };
  expect(await call("POST", "/credit/conversions", body)).toMatchObject({
    status: 409,
    json: { code: "INSUFFICIENT_CREDIT", params: { missing: "50", requested: "150", available: "100", unit: "PTS:star" } },
  });
  expect(await call("POST", "/credit/merges", { from: "c12", into: "c12", reason: "r" })).toMatchObject({ status: 422 });
  expect(await call("POST", "/credit/merges", { from: "c12", into: "nobody", reason: "r" })).toMatchObject({ status: 404 });
});
