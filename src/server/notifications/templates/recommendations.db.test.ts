import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createApi } from "@/server/api/dispatch";
import { RateLimiter } from "@/server/api/rate-limit";
import { apiRoutes } from "@/server/api/routes";
import { createApiKey } from "@/server/auth/api-keys";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { upsertOrder } from "@/server/orders/upsert-order";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";
import { recommendationsFor, refreshProductPairs } from "./recommendations";

const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e6, burst: 1e6 }));
let tenant: TestTenant;
let key: string;

async function call(method: string, path: string, body: unknown, secret = key) {
  const response = await api(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, json: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

async function order(externalId: string, customer: string, products: readonly string[]): Promise<void> {
  await upsertOrder(tenant.shop, {
    externalId,
    customer: { externalId: customer },
    placedAt: "2026-05-01T10:00:00Z",
    currency: "EUR",
    total: "3000",
    status: "paid",
    lines: products.map((productId) => ({ productId, title: productId, quantity: 1, unitPrice: "1000" })),
  });
}

const offered = async (customer: string): Promise<string[]> =>
  withTenant(tenant.shop, async (handle) => {
    const { id } = await handle.trx.selectFrom("customer").select("id").where("external_id", "=", customer).executeTakeFirstOrThrow();
    return ((await recommendationsFor(handle, tenant.shop, [id])).get(id) ?? []).map(({ title }) => title);
  });

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Recommendations");
  key = (await createApiKey(tenant.shop, { name: "catalogue", scopes: ["products:write"], expiresAt: null })).secret;
  await order("1", "a", ["pot", "lid", "spoon"]);
  await order("2", "b", ["pot", "lid", "spoon"]);
  await order("3", "c", ["pot"]);
  await refreshProductPairs(tenant.shop);
});

describe("recommendations", () => {
  it("show what goes with a purchase, without what a person owns", async () => {
    expect((await offered("c")).sort()).toEqual(["lid", "spoon"]);
    expect(await offered("a")).toEqual([]);
  });

  it("leave out what the shop says is sold out, until it is back", async () => {
    expect(await call("PUT", "/products/lid", { title: "lid", inStock: false })).toEqual({ status: 200, json: { changed: true } });
    expect(await offered("c")).toEqual(["spoon"]);
    // News about a price say nothing about stock.
    expect(await call("PUT", "/products/lid", { title: "lid", price: "900" })).toMatchObject({ json: { changed: true } });
    expect(await offered("c")).toEqual(["spoon"]);
    const many = { products: ["lid", "spoon"].map((externalId) => ({ externalId, title: externalId, inStock: externalId === "lid" })) };
    expect(await call("POST", "/products", many)).toEqual({ status: 200, json: { changed: 2 } });
    expect(await call("POST", "/products", many)).toEqual({ status: 200, json: { changed: 0 } });
    expect(await offered("c")).toEqual(["lid"]);
  });

  it("come with picture and page, which stay until somebody says otherwise", async () => {
    const spoon = async () => {
      await call("PUT", "/products/spoon", { title: "spoon", inStock: true });
      return withTenant(tenant.shop, async (handle) => {
        const { id } = await handle.trx.selectFrom("customer").select("id").where("external_id", "=", "c").executeTakeFirstOrThrow();
        return (await recommendationsFor(handle, tenant.shop, [id])).get(id)?.find(({ title }) => title === "spoon");
      });
    };
    const [imageUrl, url] = ["https://shop.example/spoon.jpg", "https://shop.example/spoon"];
    expect(await call("PUT", "/products/spoon", { title: "spoon", price: "450", imageUrl, url })).toEqual({
      status: 200,
      json: { changed: true },
    });
    expect(await spoon()).toEqual({ title: "spoon", price: null, unit: "EUR", image: imageUrl, url });
    await call("PUT", "/products/spoon", { title: "spoon", imageUrl: null });
    expect(await spoon()).toMatchObject({ image: null, url });
    for (const unsafe of ["javascript:alert(1)", "/spoon.jpg", "data:image/png;base64,AA"])
      expect(await call("PUT", "/products/spoon", { title: "spoon", imageUrl: unsafe })).toMatchObject({ status: 422 });
  });

  it("keep the newest word about stock, and take it from keys that may say it only", async () => {
    await call("PUT", "/products/cup", { title: "cup", inStock: false, updatedAt: "2026-05-02T00:00:00Z" });
    const late = await call("PUT", "/products/cup", { title: "cup", inStock: true, updatedAt: "2026-05-01T00:00:00Z" });
    expect(late).toMatchObject({ status: 200, json: { changed: false } });
    expect(await call("PUT", "/products/cup", { title: "" })).toMatchObject({ status: 422 });
    const reader = await createApiKey(tenant.shop, { name: "reader", scopes: ["customers:read"], expiresAt: null });
    expect(await call("PUT", "/products/cup", { title: "cup" }, reader.secret)).toMatchObject({ status: 403 });
  });
});
