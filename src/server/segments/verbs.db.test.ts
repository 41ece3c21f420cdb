import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { compareSegments } from "./compare-segments";
import { createSegment } from "./create-segment";
import { customAttributes, defineAttribute, removeAttribute, undefinedAttributes } from "./custom-attributes";
import { distribution } from "./distribution";
import { fillStrategy } from "./language/strategies";
import { listSegments } from "./list-segments";
import { previewSegment } from "./preview-segment";
import { querySql } from "./query-sql";
import type { Bucket } from "./results";
import { VALUE_KINDS } from "./schema";
import { searchValues, valueLabels } from "./search-values";
import { segmentMembers } from "./segment-members";
import { segmentTags } from "./segment-tags";
import { freezeSegment, listSnapshots, snapshotMembers } from "./snapshots";
import { templates } from "./templates";
import { createSegmentShop, type TestShop } from "./testing-shop";
import { updateSegment } from "./update-segment";

let shop: TestShop;
let other: TestShop;
beforeAll(async () => {
  shop = await createSegmentShop(120, 31);
  other = await createSegmentShop(10, 32);
});

const see = { see: "full" as const };
const count = async (query: string) => (await previewSegment(shop.ctx, { query, sample: 0 }, see)).count;

describe("values", () => {
  it("come from this shop, most used first, and take any text as text", async () => {
    for (const kind of VALUE_KINDS) {
      const all = await searchValues(shop.ctx, { kind, key: "hobbies" });
      expect(new Set(all.items.map(({ value }) => value)).size, kind).toBe(all.items.length);
      for (const search of ["%", "_", "\\", "'; drop table customer; --", "🙂"]) {
        for (const { label, value, detail } of (await searchValues(shop.ctx, { kind, search, key: "hobbies" })).items) {
          expect(`${label} ${value} ${detail}`, kind).toContain(search);
        }
      }
    }
    const tags = await searchValues(shop.ctx, { kind: "customerTag" });
    expect(tags.items[0]?.count).toBe(Math.max(...tags.items.map(({ count: n }) => n ?? 0)));
    // VIP and vip are one tag, as for CONTAINS.
    expect(tags.items.filter(({ value }) => value.toLowerCase() === "vip")).toHaveLength(1);
    const [vip] = tags.items.filter(({ value }) => value.toLowerCase() === "vip");
    expect(vip?.count).toBe(await count("customer_tags CONTAINS 'vip'"));
    expect((await searchValues(shop.ctx, { kind: "customerTag", limit: 1 })).complete).toBe(false);
  });

  it("are values that a query finds people with", async () => {
    for (const [kind, attribute] of [
      ["country", "customer_countries"],
      ["region", "customer_regions"],
      ["city", "customer_cities"],
    ] as const) {
      for (const { value, count: n } of (await searchValues(shop.ctx, { kind })).items) {
        expect(await count(`${attribute} CONTAINS '${value}'`), value).toBeGreaterThanOrEqual(n ?? 0);
      }
    }
    const events = (await searchValues(shop.ctx, { kind: "eventName" })).items.map(({ value }) => value);
    expect(events).toContain("wishlist.added");
    expect(events).toEqual([...new Set(events)]);
    const [product] = (await searchValues(shop.ctx, { kind: "product", search: "85123" })).items;
    expect(product).toMatchObject({ value: "85123A" });
    expect(
      await valueLabels(shop.ctx, {
        items: [
          { kind: "product", value: "85123A" },
          { kind: "segment", value: "x" },
        ],
      }),
    ).toEqual({
      "product:85123A": "85123A",
    });
  });

  it("of another shop stay there", async () => {
    await createSegment(other.ctx, { name: "Nur dort", query: "" });
    expect((await searchValues(shop.ctx, { kind: "segment", search: "Nur dort" })).items).toEqual([]);
  });
});

describe("compare", () => {
  it("splits two segments into parts whose queries give the same people", async () => {
    const a = await createSegment(shop.ctx, { name: "A", query: "number_of_orders >= 1 OR customer_tags CONTAINS 'VIP'" });
    const b = { query: "email_subscription_status = 'SUBSCRIBED' OR amount_spent > 100" };
    const result = await compareSegments(shop.ctx, { a: { id: a.id }, b }, see);
    expect(result.a).toBe(await count(a.query));
    expect(result.b).toBe(await count(b.query));
    expect(result.a + result.b - result.both.count + result.neither).toBe(result.total);
    for (const part of [result.both, result.onlyA, result.onlyB]) {
      expect(part.count).toBeGreaterThan(0);
      expect(await count(part.query), part.query).toBe(part.count);
      expect(part.sample).toHaveLength(Math.min(5, part.count));
    }
    // Everyone against everyone: the empty query has words in a longer one.
    const same = await compareSegments(shop.ctx, { a: { query: "" }, b: { query: " " } }, see);
    expect(same).toMatchObject({ neither: 0, onlyA: { count: 0 }, onlyB: { count: 0 } });
    expect(await count(same.both.query)).toBe(same.both.count);
    expect((await compareSegments(shop.ctx, { a: { query: "" }, b }, { see: "nobody" })).both.sample).toEqual([]);
  });
});

describe("looking into a query", () => {
  it("shows the statement without a value in it, and the values beside it", async () => {
    const { sql: text, parameters } = await querySql(shop.ctx, "customer_tags CONTAINS 'geheimesWort' AND amount_spent > 12.34");
    expect(text).toContain("customer_metrics");
    expect(text).not.toContain("geheim");
    expect(parameters.map(({ value }) => value)).toEqual(expect.arrayContaining(["geheimeswort", "1235"]));
    expect(parameters.map(({ no }) => no)).toEqual(parameters.map((_, index) => index + 1));
  });

  it("spreads every member over each of the three distributions exactly once", async () => {
    const query = "number_of_orders >= 1";
    const [members, everyone] = [await count(query), await count("")];
    const all = await distribution(shop.ctx, { query });
    const sum = (bars: Bucket[], of: "members" | "shop") => bars.reduce((total, bar) => total + bar[of], 0);
    for (const bars of [all.spent, all.orders, all.lastOrder]) {
      expect(sum(bars, "members")).toBe(members);
      expect(sum(bars, "shop")).toBe(everyone);
    }
    const bar = all.spent.find(({ from }) => from === "5000");
    expect(bar?.members).toBe(await count("number_of_orders >= 1 AND amount_spent >= 50 AND amount_spent < 100"));
    expect(all.lastOrder[0]?.shop).toBe(await count("last_order_date > -7d"));
    expect(all.lastOrder.at(-1)?.shop).toBe(await count("last_order_date IS NULL"));
  });
});

describe("snapshots and tags", () => {
  it("freeze who is in now, whatever the segment says later", async () => {
    const segment = await createSegment(shop.ctx, { name: "Frost", query: "number_of_orders >= 2", tags: ["Winter", "vip"] });
    const frozen = await freezeSegment(shop.ctx, { id: segment.id, name: "Stand April" });
    expect(frozen).toMatchObject({ name: "Stand April", hash: segment.hash, timeZone: "Europe/Berlin", count: await count(segment.query) });
    const before = await segmentMembers(shop.ctx, { id: segment.id, limit: 1000 }, "full");
    await updateSegment(shop.ctx, { id: segment.id, version: 1, query: "number_of_orders = 0" });
    const ids: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await snapshotMembers(shop.ctx, { snapshotId: frozen.id, limit: 7, cursor }, "full");
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    expect(ids).toEqual(before.items.map(({ id }) => id));
    expect(await listSnapshots(shop.ctx, segment.id)).toEqual([frozen]);
    await expect(snapshotMembers(other.ctx, { snapshotId: frozen.id }, "full")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(
      withTenant(shop.ctx, ({ trx }) => sql`update segment_snapshot set members = 0 where shop_id = ${shop.ctx.shopId}`.execute(trx)),
    ).rejects.toThrow("append-only");
  });

  it("find segments by tag, without case", async () => {
    await createSegment(shop.ctx, { name: "Noch eins", query: "", tags: ["VIP"] });
    expect(await segmentTags(shop.ctx)).toContainEqual({ tag: expect.stringMatching(/^vip$/i), count: 2 });
    expect((await listSegments(shop.ctx, { tag: "Vip" })).items.map(({ name }) => name).sort()).toEqual(["Frost", "Noch eins"]);
    await expect(createSegment(shop.ctx, { name: "Doppelt", query: "", tags: ["a", "A"] })).rejects.toMatchObject({ code: "VALIDATION" });
  });
});

describe("the shop's own attributes", () => {
  it("are defined, used, kept while used, and found when nobody defined them", async () => {
    const shoe = (await customAttributes(shop.ctx)).find(({ key }) => key === "shoe_size");
    expect(shoe).toMatchObject({ type: "number", usedBy: 0 });
    expect(shoe?.values).toBeGreaterThan(0);
    await withTenant(shop.ctx, ({ trx }) =>
      sql`update customer set custom = custom || '{"plz": "10115"}' where shop_id = ${shop.ctx.shopId} and erased_at is null`.execute(trx),
    );
    expect(await undefinedAttributes(shop.ctx)).toEqual([{ key: "plz", example: "10115", type: "number" }]);
    await expect(count("metafields.custom.plz = '10115'")).rejects.toMatchObject({ params: { reason: "unknownAttribute" } });
    await defineAttribute(shop.ctx, { key: "plz", name: "Postleitzahl", type: "text" });
    expect(await count("metafields.custom.plz = '10115'")).toBe(await count(""));
    const segment = await createSegment(shop.ctx, { name: "Berlin Mitte", query: "metafields.custom.plz = '10115'" });
    await expect(removeAttribute(shop.ctx, { key: "plz" })).rejects.toMatchObject({ code: "SEGMENT_IN_USE" });
    await expect(defineAttribute(shop.ctx, { key: "plz", name: "PLZ", type: "number" })).rejects.toMatchObject({ code: "SEGMENT_IN_USE" });
    await defineAttribute(shop.ctx, { key: "plz", name: "PLZ", type: "text" });
    await updateSegment(shop.ctx, { id: segment.id, version: 1, query: "" });
    await removeAttribute(shop.ctx, { key: "plz" });
    expect((await customAttributes(shop.ctx)).map(({ key }) => key)).not.toContain("plz");
  });
});

describe("templates", () => {
  it("run on this shop, all of them, with parameters that exist here", async () => {
    const all = await templates(shop.ctx);
    expect(all).toHaveLength(33);
    for (const template of all) {
      const filled = fillStrategy(template, Object.fromEntries(template.parameters.map((p) => [p.name, p.default])));
      if (!("query" in filled)) throw new Error(`${template.key}: ${filled.wrong.join()}`);
      await count(filled.query);
    }
    const byTag = all.find(({ key }) => key === "bought_product_tag");
    expect(await count(`products_purchased MATCHES (tag = '${byTag?.parameters[0]?.default}')`)).toBeGreaterThan(0);
    expect(all.find(({ key }) => key === "predicted_high")).toMatchObject({ ready: false, missing: ["predictions"] });
    expect(all.find(({ key }) => key === "rfm_loyal")).toMatchObject({ ready: true });
  });
});
