import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { sql } from "kysely";
import superjson from "superjson";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { type TestTenant, testRequest, testSignIn, testTenant } from "@/server/tenancy/world.testing";
import type { SignedIn } from "@/server/trpc/context";
import { appRouter } from "@/server/trpc/root";
import { violationsOf } from "./testing";

/** L5 of domain.md 1.12 for what the browser sends and gets: bytes of HTTP, tRPC, database and back. For the REST API: ledger-api.db.test.ts. */
const BIG = 9_007_199_254_740_993n; // 2^53 + 1, which no JSON number can carry
let tenant: TestTenant;
let owner: SignedIn;
let customerId: string;

beforeAll(async () => {
  tenant = await testTenant("Big");
  owner = await testSignIn(tenant.ownerId);
  const limit = JSON.stringify({ manualCreditLimit: (4n * BIG).toString() });
  customerId = await withTenant(tenant.shop, async ({ trx }) => {
    await trx.updateTable("shop").set({ settings: limit }).where("id", "=", tenant.shopId).execute();
    const result = await sql<{ id: string }>`insert into customer (org_id, shop_id, external_id)
      values (${tenant.orgId}, ${tenant.shopId}, 'big') returning id`.execute(trx);
    return result.rows[0]?.id ?? "";
  });
});

const answerSchema = z.object({ result: z.object({ data: z.object({ json: z.unknown(), meta: z.unknown().optional() }) }) });

/** One procedure over HTTP, as the browser calls it. `text` is what went over the wire. */
async function call(path: string, input: Record<string, unknown>): Promise<{ data: unknown; text: string }> {
  const response = await fetchRequestHandler({
    endpoint: "/api/trpc",
    req: new Request(`http://localhost/api/trpc/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: superjson.stringify({ shopId: tenant.shopId, ...input }),
    }),
    router: appRouter,
    allowMethodOverride: true,
    createContext: () => testRequest(owner),
  });
  const text = await response.text();
  expect(text).not.toMatch(/"(amount|available|credit)":\d/);
  const { result } = answerSchema.parse(JSON.parse(text));
  return { data: superjson.parse(JSON.stringify(result.data)), text };
}

test("given by hand, shown, taken: no digit is lost", async () => {
  const manual = { customerId, reason: "test", key: crypto.randomUUID() };
  await call("ledger.manualCredit", { ...manual, direction: "give", amount: BIG });
  const shown = await call("ledger.customerCredit", { customerId });
  expect(shown.text).toContain("9007199254740993");
  expect(shown.data).toMatchObject({ balances: [{ available: BIG, lots: [{ granted: BIG }] }] });
  await call("ledger.manualCredit", { ...manual, key: crypto.randomUUID(), direction: "take", amount: BIG - 1n });
  expect((await call("ledger.customerCredit", { customerId })).data).toMatchObject({ balances: [{ available: 1n }] });
  const { data } = await call("ledger.transfers", { customerId });
  expect(JSON.stringify(data, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value))).toContain("9007199254740992");
  expect(await violationsOf(tenant.shop)).toEqual([]);
});
