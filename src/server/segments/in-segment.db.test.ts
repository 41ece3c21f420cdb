import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { archiveSegment } from "./archive-segment";
import { compileSegment } from "./compile";
import { createSegment } from "./create-segment";
import { evaluate } from "./evaluate";
import { getSegment } from "./get-segment";
import { loadPeople } from "./people";
import { previewSegment } from "./preview-segment";
import { readQuery } from "./read-query";
import { createSegmentShop, type TestShop } from "./testing-shop";
import { updateSegment } from "./update-segment";
import { usedBy } from "./used-by";

let shop: TestShop;
let other: TestShop;
beforeAll(async () => {
  shop = await createSegmentShop(80, 21);
  other = await createSegmentShop(5, 22);
});

const count = async (query: string) => (await previewSegment(shop.ctx, { query, sample: 0 }, { see: "full" })).count;
const make = (name: string, query: string) => createSegment(shop.ctx, { name, query });

describe("in_segment", () => {
  it("means the other segment's members of this moment, also negated, in lists and through another one", async () => {
    const buyers = await make("Käufer", "number_of_orders >= 1");
    const tagged = await make("Mit Tag", "customer_tags IS NOT NULL");
    const both = await make("Beides", `in_segment('${buyers.id}') AND in_segment MATCHES (id = '${tagged.id}')`);
    expect(await count(`in_segment('${both.id}')`)).toBe(await count("number_of_orders >= 1 AND customer_tags IS NOT NULL"));
    expect(await count(`in_segment NOT MATCHES (id = '${both.id}')`)).toBe(
      await count("NOT (number_of_orders >= 1 AND customer_tags IS NOT NULL)"),
    );
    expect(await count(`in_segment MATCHES (id IN ('${buyers.id}', '${tagged.id}'))`)).toBe(
      await count("number_of_orders >= 1 OR customer_tags IS NOT NULL"),
    );
    await withTenant(shop.ctx, async (handle) => {
      const { ast, scope } = await readQuery(handle, shop.ctx.shopId, `NOT in_segment('${both.id}')`);
      const people = await loadPeople(handle.trx, shop.ctx.shopId, shop.customers);
      const rows = await sql<{ customer_id: string }>`${compileSegment(ast, scope)}`.execute(handle.trx);
      const inMemory = people.filter((person) => evaluate(ast, person, scope)).map(({ id }) => id);
      expect(rows.rows.map((row) => row.customer_id).sort()).toEqual(inMemory.sort());
    });

    // What the inner one says is part of what the outer one means.
    await updateSegment(shop.ctx, { id: buyers.id, version: 1, query: "number_of_orders >= 2" });
    expect((await getSegment(shop.ctx, both.id)).hash).not.toBe(both.hash);
    expect(await count(`in_segment('${both.id}')`)).toBe(await count("number_of_orders >= 2 AND customer_tags IS NOT NULL"));
    expect(await usedBy(shop.ctx, buyers.id)).toMatchObject({ campaigns: [], segments: [{ id: both.id, name: "Beides" }] });
    await expect(archiveSegment(shop.ctx, buyers.id)).rejects.toMatchObject({ code: "SEGMENT_IN_USE" });
  });

  it("refuses a circle, also one that an edit would close", async () => {
    const a = await make("A", "number_of_orders >= 1");
    const b = await make("B", `in_segment('${a.id}')`);
    const c = await make("C", `NOT in_segment('${b.id}')`);
    const edit = updateSegment(shop.ctx, { id: a.id, version: 1, query: `amount_spent > 5 OR in_segment('${c.id}')` });
    await expect(edit).rejects.toMatchObject({ code: "SEGMENT_SYNTAX", params: { reason: "segmentCycle", from: 20 } });
    await expect(updateSegment(shop.ctx, { id: a.id, version: 1, query: `in_segment('${a.id}')` })).rejects.toMatchObject({
      params: { reason: "segmentCycle" },
    });
    // Two edits at once would each close one half of a circle.
    const [x, y] = [await make("X", ""), await make("Y", "")];
    const results = await Promise.allSettled([
      updateSegment(shop.ctx, { id: x.id, version: 1, query: `in_segment('${y.id}')` }),
      updateSegment(shop.ctx, { id: y.id, version: 1, query: `in_segment('${x.id}')` }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("does not know segments of another shop, nor what is no id", async () => {
    const foreign = await createSegment(other.ctx, { name: "Fremd", query: "" });
    for (const id of [foreign.id, crypto.randomUUID(), "x", "'; drop table segment; --".replaceAll("'", "\\'")]) {
      await expect(count(`in_segment('${id}')`)).rejects.toMatchObject({
        code: "SEGMENT_SYNTAX",
        params: { reason: "segmentUnknown", from: 0 },
      });
    }
  });
});
