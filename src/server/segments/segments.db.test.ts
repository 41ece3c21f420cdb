import fc from "fast-check";
import { sql } from "kysely";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { systemContext } from "@/server/tenancy/context";
import { archiveSegment, restoreSegment } from "./archive-segment";
import { compileSegment, membersFrom } from "./compile";
import { countSegments } from "./count-segments";
import { createSegment } from "./create-segment";
import { distribution } from "./distribution";
import { duplicateSegment } from "./duplicate-segment";
import { explainCustomer, explainMember, findPeople } from "./explain-customer";
import { exportMembers } from "./export-members";
import { getSegment } from "./get-segment";
import { parseQuery } from "./language/parse";
import { print } from "./language/print";
import { listSegments } from "./list-segments";
import { missingData } from "./missing-data";
import { previewSegment, previewWithReach } from "./preview-segment";
import { type Ast, ATTRIBUTE_NAMES, FUNCTION_NAMES } from "./schema";
import { segmentMembers } from "./segment-members";
import { createSegmentShop, NOW, type TestShop, ZONE } from "./testing-shop";
import { updateSegment } from "./update-segment";

let shop: TestShop;
let other: TestShop;

beforeAll(async () => {
  shop = await createSegmentShop(60, 7);
  other = await createSegmentShop(5, 8);
});

const see = { see: "full" as const };

describe("preview", () => {
  it("counts, samples and says who can be reached", async () => {
    const everyone = await previewSegment(shop.ctx, { query: "" }, see);
    expect(everyone.count).toBe(everyone.total);
    expect(everyone.share).toBe(1);
    expect(everyone.sample).toHaveLength(20);
    const { reach } = await previewWithReach(shop.ctx, { query: "" }, see);
    expect(reach.email).toBeGreaterThan(0);
    const reachable = await previewWithReach(
      shop.ctx,
      { query: "email_subscription_status = 'SUBSCRIBED' AND customer_email_domain IS NOT NULL" },
      see,
    );
    expect(reachable.count).toBe(reach.email);
    expect(reachable.reach.email).toBe(reachable.count);
    expect((await distribution(shop.ctx, { query: "" })).reach).toEqual(reach);
    // Erased people are in no count.
    const rows = await withTenant(shop.ctx, ({ trx }) =>
      sql<{ n: bigint }>`select count(*) as n from customer where erased_at is null`.execute(trx),
    );
    expect(everyone.total).toBe(Number(rows.rows[0]?.n));
    expect(everyone.total).toBeLessThan(60);
  });

  it("gives the same sample for the same people, masked or not at all by who asks", async () => {
    const [a, b] = [
      await previewSegment(shop.ctx, { query: "" }, see),
      await previewSegment(shop.ctx, { query: "NOT number_of_orders < 0" }, see),
    ];
    expect(a.sample).toEqual(b.sample);
    const masked = await previewSegment(shop.ctx, { query: "" }, { see: "masked" });
    expect(masked.sample.map(({ email }) => email).filter((email) => email !== null && !/^p…@/.test(email))).toEqual([]);
    expect((await previewSegment(shop.ctx, { query: "" }, { see: "nobody" })).sample).toEqual([]);
  });

  it("refuses a query with errors, with all of them", async () => {
    await expect(previewSegment(shop.ctx, { query: "foo = 1 AND amount_spent > x" }, see)).rejects.toMatchObject({
      code: "SEGMENT_SYNTAX",
      params: { from: 0, to: 3, reason: "unknownAttribute" },
    });
  });

  it("sees one shop only", async () => {
    expect((await previewSegment(other.ctx, { query: "" }, see)).total).toBeLessThanOrEqual(5);
  });

  it("is cancelled in the database by the next keystroke, and by the request's end", async () => {
    // A lock on the shop's customers makes the first preview wait, as a slow one would.
    const editor = crypto.randomUUID();
    // The owner's own connection: the app's role sees nothing of other backends.
    const owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await owner.connect();
    const running = (n: number) =>
      expect
        .poll(async () => {
          // Within a transaction the view stands still.
          await owner.query("select pg_stat_clear_snapshot()");
          const { rows } = await owner.query(
            "select count(*)::int as n from pg_stat_activity where application_name like 'preview %' and wait_event_type = 'Lock'",
          );
          return rows[0]?.n;
        })
        .toBe(n);
    try {
      await owner.query("begin; lock table customer_metrics in access exclusive mode");
      const first = previewSegment(shop.ctx, { query: "number_of_orders = 1", editor }, see);
      const outcome = expect(first).rejects.toMatchObject({ code: "SEGMENT_SUPERSEDED" });
      await running(1);
      const abort = new AbortController();
      const second = previewSegment(shop.ctx, { query: "number_of_orders = 2", editor }, { ...see, signal: abort.signal });
      const secondOutcome = expect(second).rejects.toMatchObject({ code: "SEGMENT_SUPERSEDED" });
      await outcome;
      await running(1);
      abort.abort();
      await secondOutcome;
      await running(0);
    } finally {
      await owner.end();
    }
    // Another editor's preview is nobody else's business.
    expect((await previewSegment(shop.ctx, { query: "", editor }, see)).total).toBeGreaterThan(0);
  });
});

describe("saved segments", () => {
  it("are created, changed by version, listed, found, counted, copied, archived and restored", async () => {
    const segment = await createSegment(shop.ctx, { name: "Stammkunden", query: "number_of_orders >= 2" });
    expect(segment).toMatchObject({ version: 1, query: "number_of_orders >= 2", createdBy: "test" });
    const same = await createSegment(shop.ctx, { name: "Dasselbe", query: "(number_of_orders   >= 02)" });
    expect(same.hash).toBe(segment.hash);

    const changed = await updateSegment(shop.ctx, { id: segment.id, version: 1, query: "number_of_orders >= 3" });
    expect(changed).toMatchObject({ version: 2, name: "Stammkunden" });
    expect(changed.hash).not.toBe(segment.hash);
    await expect(updateSegment(shop.ctx, { id: segment.id, version: 1, name: "Zu spät" })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(updateSegment(shop.ctx, { id: same.id, version: 1, name: "stammKUNDEN" })).rejects.toMatchObject({
      code: "SEGMENT_NAME_TAKEN",
    });
    await expect(updateSegment(shop.ctx, { id: same.id, version: 1, query: "number_of_orders >=" })).rejects.toMatchObject({
      code: "SEGMENT_SYNTAX",
    });

    const counts = await countSegments(shop.ctx, { ids: [segment.id, same.id] });
    expect(counts[segment.id]).toBe((await previewSegment(shop.ctx, { query: "number_of_orders >= 3" }, see)).count);
    expect((await listSegments(shop.ctx, { search: "STAMM" })).items.map(({ id }) => id)).toEqual([segment.id]);

    const copy = await duplicateSegment(shop.ctx, segment.id);
    expect(copy.name).toBe("Stammkunden (2)");
    expect((await duplicateSegment(shop.ctx, copy.id)).name).toBe("Stammkunden (3)");

    await archiveSegment(shop.ctx, segment.id);
    expect((await listSegments(shop.ctx, {})).items.map(({ id }) => id)).not.toContain(segment.id);
    expect((await listSegments(shop.ctx, { archived: true })).items.map(({ id }) => id)).toEqual([segment.id]);
    const taker = await createSegment(shop.ctx, { name: "Stammkunden", query: "" });
    await expect(restoreSegment(shop.ctx, segment.id)).rejects.toMatchObject({ code: "SEGMENT_NAME_TAKEN" });
    await archiveSegment(shop.ctx, taker.id);
    expect((await restoreSegment(shop.ctx, segment.id)).archivedAt).toBeNull();
  });

  it("are paged without losing or repeating one", async () => {
    for (let i = 0; i < 7; i++) await createSegment(other.ctx, { name: `S${i}`, query: "" });
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await listSegments(other.ctx, { limit: 3, cursor });
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    expect(seen.sort()).toEqual(["S0", "S1", "S2", "S3", "S4", "S5", "S6"]);
    await expect(listSegments(other.ctx, { cursor: "x" })).rejects.toMatchObject({ code: "VALIDATION" });
  });

  it("stay in their shop", async () => {
    const segment = await createSegment(shop.ctx, { name: "Geheim", query: "" });
    const foreign = systemContext(shop.ctx.orgId, other.ctx.shopId, "test");
    for (const ctx of [other.ctx, foreign]) {
      await expect(getSegment(ctx, segment.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(segmentMembers(ctx, { id: segment.id }, "full")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(archiveSegment(ctx, segment.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    await expect(explainCustomer(other.ctx, { query: "", customerId: shop.customers[0] ?? "" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("give their members page by page and as a file", async () => {
    const segment = await createSegment(shop.ctx, { name: "Mit Bestellung", query: "number_of_orders >= 1" });
    const { count } = await previewSegment(shop.ctx, { query: segment.query }, see);
    const ids: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await segmentMembers(shop.ctx, { id: segment.id, cursor, limit: 7 }, "masked");
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    expect(new Set(ids).size).toBe(count);
    const file = await exportMembers(shop.ctx, segment.id);
    expect(file.rows).toBe(count);
    expect(file.fileName).toMatch(/^guthaben-segment-[a-z-]+-\d{4}-\d{2}-\d{2}\.csv$/);
    expect(file.csv.trim().split("\r\n")).toHaveLength(count + 1);
  });

  it("explain one person with the actual values", async () => {
    const segment = await createSegment(shop.ctx, { name: "Erklärt", query: "number_of_orders >= 1 AND NOT customer_tags CONTAINS 'vip'" });
    const { items } = await segmentMembers(shop.ctx, { id: segment.id, limit: 1 }, "full");
    const [person] = items;
    if (!person) throw new Error("nobody in the segment");
    const { member, explanation } = await explainMember(shop.ctx, segment.id, person.externalId);
    expect(member).toBe(true);
    expect(explanation).toMatchObject({
      kind: "and",
      result: true,
      children: [
        { kind: "clause", result: true, actual: { type: "number", value: person.orders } },
        { kind: "not", result: true, child: { result: false } },
      ],
    });
    expect((await findPeople(shop.ctx, { search: person.externalId })).map(({ id }) => id)).toContain(person.id);
  });

  it("know what the shop lacks", async () => {
    expect(await missingData(shop.ctx)).toEqual(["predictions"]);
    const empty = systemContext(shop.ctx.orgId, crypto.randomUUID(), "test");
    expect(await missingData(empty)).toContain("birthDates");
  });
});

describe("no input", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(
      "'; drop table customer; --",
      "') or true --",
      "\\'; select 1",
      "$1",
      "{}",
      "{a,b}",
      "%",
      "\\",
      "NULL",
      "'||(select 1)||'",
      "\u2028",
      "🙂",
    ),
  );
  const scope = () => ({ shopId: shop.ctx.shopId, timeZone: ZONE, currency: "EUR", now: NOW });

  it("reaches SQL as anything but a bound value", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (a, b) => {
        const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
        const query = `customer_tags CONTAINS ${quote(a)} OR products_purchased MATCHES (id IN (${quote(b)}), tag = ${quote(a)}) OR shopify_email.opened MATCHES (activity_id = ${quote(b)}) OR customer_email_domain = ${quote(a)} OR store_credit_accounts MATCHES (currency != ${quote(b)})`;
        const { ast } = parseQuery(query);
        if (!ast) return; // NUL and half characters are refused with a message
        await withTenant(shop.ctx, async ({ trx }) => {
          const compiled = compileSegment(ast, scope()).compile(trx);
          // The statement is made of our own templates alone: the same for all values of the same kind.
          for (const value of [a, b]) if (value.length > 3) expect(compiled.sql).not.toContain(value);
          await trx.executeQuery(compiled);
        });
        expect(parseQuery(print(ast)).ast).toEqual(ast);
      }),
      { numRuns: 150 },
    );
  });

  it("compiles when it is no AST of the language: it throws", () => {
    const compile = (ast: unknown) => () => membersFrom(ast as Ast, scope());
    const number = { type: "number", text: "1" };
    for (const ast of [
      { kind: "xor", children: [] },
      { kind: "or", children: [] },
      { kind: "compare", attribute: "password_hash", op: "=", value: number },
      { kind: "compare", attribute: "toString", op: "=", value: number },
      { kind: "compare", attribute: "__proto__", op: "=", value: number },
      { kind: "compare", attribute: "number_of_orders", op: "; drop", value: number },
      { kind: "compare", attribute: "average_order_value", op: "; drop", value: number },
      { kind: "compare", attribute: "customer_language", op: ">", value: { type: "text", value: "de" } },
      { kind: "compare", attribute: "number_of_orders", op: "=", value: { type: "text", value: "1" } },
      { kind: "compare", attribute: "last_order_date", op: "=", value: number },
      { kind: "compare", attribute: "last_order_date", op: "=", value: { type: "moon" } },
      { kind: "compare", attribute: "rfm_group", op: "=", value: { type: "text", value: "BEST" } },
      { kind: "compare", attribute: "rfm_group", op: ">", value: { type: "text", value: "NEW" } },
      { kind: "compare", attribute: "predicted_spend_tier", op: "=", value: { type: "text", value: "HUGE" } },
      { kind: "compare", attribute: "loyalty_tier", op: "=", value: { type: "text", value: "Gold" } },
      { kind: "compare", attribute: "churn_probability", op: "; drop", value: number },
      { kind: "compare", attribute: "custom.moon.size", op: "=", value: number },
      { kind: "compare", attribute: "custom.number.size", op: "; drop", value: number },
      { kind: "compare", attribute: "custom.number.a'b", op: "=", value: number },
      { kind: "matches", function: "in_segment", negated: false, parameters: [] },
      {
        kind: "matches",
        function: "in_segment",
        negated: false,
        parameters: [{ kind: "compare", name: "id", op: "=", value: { type: "text", value: crypto.randomUUID() } }],
      },
      { kind: "contains", attribute: "amount_spent", negated: false, value: { type: "text", value: "x" } },
      { kind: "anniversary", attribute: "last_order_date", from: { type: "named", name: "today" }, to: null },
      { kind: "matches", function: "customer_within_distance", negated: false, parameters: [] },
      { kind: "matches", function: "constructor", negated: false, parameters: [] },
      {
        kind: "matches",
        function: "orders_placed",
        negated: false,
        parameters: [{ kind: "compare", name: "tag", op: "=", value: number }],
      },
      {
        kind: "matches",
        function: "orders_placed",
        negated: false,
        parameters: [{ kind: "in", name: "count", negated: false, values: [] }],
      },
    ]) {
      expect(compile(ast), JSON.stringify(ast)).toThrow();
    }
  });

  it("leaves an attribute or function unanswered: it is known or refused", () => {
    for (const name of [...ATTRIBUTE_NAMES, ...FUNCTION_NAMES]) {
      const { ast, issues } = parseQuery(FUNCTION_NAMES.some((fn) => fn === name) ? `${name} MATCHES ()` : `${name} IS NULL`);
      if (ast) expect(() => membersFrom(ast, scope())).not.toThrow();
      else expect(["unavailable", "operatorNotAllowed", "parameterNeeded"]).toContain(issues[0].code);
    }
  });
});
