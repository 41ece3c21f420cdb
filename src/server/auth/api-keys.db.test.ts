import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys";
import { API_KEY_PATTERN, authenticateApiKey } from "./authenticate-api-key";

let owner: pg.Client;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  [tenant, other] = [await testTenant("Keys"), await testTenant("Other keys")];
});
afterAll(() => owner.end());

const refused = { code: "UNAUTHENTICATED" };
const make = (name: string, expiresAt: Date | null = null) =>
  createApiKey(tenant.shop, { name, scopes: ["credit:read", "credit:write"], expiresAt });

describe("API keys", () => {
  it("open their own shop with their scopes, and are stored as a hash", async () => {
    const { id, secret } = await make("Checkout");
    expect(secret).toMatch(API_KEY_PATTERN);
    const caller = await authenticateApiKey(`Bearer ${secret}`, "r1");
    expect(caller.ctx).toEqual({
      orgId: tenant.orgId,
      shopId: tenant.shopId,
      actor: { type: "apiKey", keyId: id, label: "Checkout" },
      requestId: "r1",
    });
    expect([...caller.scopes]).toEqual(["credit:read", "credit:write"]);
    const stored = await owner.query("select row_to_json(k)::text as row from (select * from system_api_key($1)) k", [
      secret.split("_")[2],
    ]);
    expect(stored.rows).toHaveLength(1);
    expect(JSON.stringify(stored.rows)).not.toContain(secret.slice(-43));
  });

  it.each([
    ["nothing", () => null],
    ["another scheme", (s: string) => `Basic ${s}`],
    ["a changed secret", (s: string) => `Bearer ${s.slice(0, -1)}${s.endsWith("A") ? "B" : "A"}`],
    ["the public part of another key", (s: string) => `Bearer gh_live_000000000000_${s.slice(-43)}`],
    ["garbage", () => "Bearer gh_live_x"],
    ["an overlong header", (s: string) => `Bearer ${s}${"x".repeat(500)}`],
  ])("refuse %s", async (_name, header) => {
    const { secret } = await make(`k${Math.random()}`);
    await expect(authenticateApiKey(header(secret))).rejects.toMatchObject(refused);
  });

  it("end when revoked and when their time is over", async () => {
    const first = await make("Ends");
    await revokeApiKey(tenant.shop, first.id);
    await expect(authenticateApiKey(`Bearer ${first.secret}`)).rejects.toMatchObject(refused);
    const second = await make("Ends", new Date(Date.now() + 60_000));
    await authenticateApiKey(`Bearer ${second.secret}`);
    await owner.query("select set_test_clock(now() + interval '2 minutes')");
    await expect(authenticateApiKey(`Bearer ${second.secret}`)).rejects.toMatchObject(refused);
    expect((await listApiKeys(tenant.shop)).filter(({ name }) => name === "Ends").map(({ status }) => status)).toEqual([
      "expired",
      "revoked",
    ]);
    await owner.query("select set_test_clock(null)");
    await expect(make("Past", new Date(0))).rejects.toMatchObject({ code: "VALIDATION" });
  });

  it("are at most two of a name, also when made at once", async () => {
    const results = await Promise.allSettled([make("Rotation"), make("Rotation"), make("Rotation")]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "KEY_LIMIT" } });
  });

  it("note their use at most once a minute", async () => {
    const { id, secret } = await make("Used");
    const lastUsed = async () => (await listApiKeys(tenant.shop)).find((key) => key.id === id)?.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await authenticateApiKey(`Bearer ${secret}`);
    const first = await lastUsed();
    await authenticateApiKey(`Bearer ${secret}`);
    expect(await lastUsed()).toEqual(first);
    await owner.query("select set_test_clock(now() + interval '61 seconds')");
    await authenticateApiKey(`Bearer ${secret}`);
    expect((await lastUsed())?.getTime()).toBeGreaterThan(first?.getTime() ?? Number.POSITIVE_INFINITY);
    await owner.query("select set_test_clock(null)");
  });

  it("are invisible and irrevocable for another tenant", async () => {
    const { id, secret } = await make("Foreign");
    expect(await listApiKeys(other.shop)).toEqual([]);
    await expect(revokeApiKey(other.shop, id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await authenticateApiKey(`Bearer ${secret}`);
  });
});
