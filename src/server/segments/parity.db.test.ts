import fc from "fast-check";
import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { compileSegment } from "./compile";
import { evaluate, explain } from "./evaluate";
import { parseQuery } from "./language/parse";
import { print } from "./language/print";
import { loadPeople } from "./people";
import type { Person } from "./person";
import { scopeOf } from "./queries";
import type { Ast } from "./schema";
import type { Scope } from "./semantics";
import { CUSTOM, someAst, someClause } from "./testing";
import { createSegmentShop, type TestShop } from "./testing-shop";

/** The invariant: compiled SQL on a real PostgreSQL and the evaluator in memory find the same people, for every query. */
const RUNS = Number(process.env.SEGMENT_PARITY_RUNS ?? 150);

let shop: TestShop;
let people: Person[];
let scope: Scope;

beforeAll(async () => {
  shop = await createSegmentShop(200);
  await withTenant(shop.ctx, async (handle) => {
    scope = await scopeOf(handle, shop.ctx.shopId);
    people = await loadPeople(handle.trx, shop.ctx.shopId, shop.customers);
  });
});

/** Many queries per transaction: the test is about meaning, not about connections. */
const membersBySql = (asts: Ast[], where = { ctx: shop.ctx, scope }): Promise<string[][]> =>
  withTenant(where.ctx, async ({ trx }) => {
    const all: string[][] = [];
    for (const ast of asts) {
      const result = await sql<{ customer_id: string }>`select customer_id from (${compileSegment(ast, where.scope)}) t order by 1`.execute(
        trx,
      );
      all.push(result.rows.map((row) => row.customer_id));
    }
    return all;
  });

const membersInMemory = (ast: Ast): string[] =>
  people
    .filter((person) => evaluate(ast, person, scope))
    .map(({ id }) => id)
    .sort();

async function expectParity(asts: Ast[]): Promise<void> {
  const bySql = await membersBySql(asts);
  for (const [index, ast] of asts.entries()) expect(bySql[index], print(ast)).toEqual(membersInMemory(ast));
}

describe("SQL and memory", () => {
  it("know the people of the shop", () => {
    expect(people).toHaveLength(200);
    expect(people.some((person) => person.erased)).toBe(true);
    expect(people.flatMap((person) => person.lots).length).toBeGreaterThan(100);
  });

  it("agree on every single condition", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someClause, { minLength: 5, maxLength: 5 }), (clauses) => expectParity(clauses)),
      { numRuns: RUNS },
    );
  });

  it("agree on random trees", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someAst, { minLength: 3, maxLength: 3 }), (asts) => expectParity(asts)),
      { numRuns: RUNS },
    );
  });

  it("give the complement for every NOT", { timeout: 120_000 }, async () => {
    const everyone = membersInMemory({ kind: "and", children: [] });
    await fc.assert(
      fc.asyncProperty(someAst, async (ast) => {
        const [inside, outside] = await membersBySql([ast, { kind: "not", child: ast }]);
        expect([...(inside ?? []), ...(outside ?? [])].sort()).toEqual(everyone);
      }),
      { numRuns: RUNS },
    );
  });

  it("explain with the result they evaluate", () => {
    fc.assert(
      fc.property(someAst, fc.integer({ min: 0, max: 199 }), (ast, index) => {
        const person = people[index];
        if (!person) throw new Error("no such person");
        expect(explain(ast, person, scope).result).toBe(evaluate(ast, { ...person, erased: false }, scope));
      }),
    );
  });

  it("separate people: the queries of this test are not all empty or all full", async () => {
    const queries = [
      "number_of_orders >= 3",
      "orders_placed MATCHES (date >= -30d, count >= 2)",
      "products_purchased MATCHES (tag = 'sports wear', date >= 2026-03-29)",
      "shopify_email.opened NOT MATCHES (date >= -90d)",
      "anniversary('metafields.facts.birth_date') BETWEEN today AND +30d",
      "anniversary('metafields.facts.birth_date') = today",
      "customer_tags CONTAINS 'öko'",
      "customer_cities CONTAINS 'DE-BY-BadTölz'",
      "store_credit_accounts MATCHES (balance > 0)",
      "store_credit_accounts MATCHES (currency = 'GBP', last_credit_date = 2026-04-01)",
      "abandoned_checkout_date >= -30d",
      "average_order_value > 50",
      "rfm_group = 'LOYAL'",
      "rfm_group != 'CHAMPIONS'",
      "rfm_group = 'PROSPECTS'",
      "rfm_score = '413'",
      "rfm_recency >= 4",
      "predicted_spend_tier != 'HIGH'",
      "predicted_value BETWEEN 40 AND 60",
      "churn_probability < 0.5",
      "metafields.custom.shoe_size >= 41.5",
      "customer.metafields.club.joined < 2020-01-01",
      "anniversary('metafields.club.joined') BETWEEN today AND +30d",
      "metafields.custom.newsletter = true",
      "metafields.custom.hobbies CONTAINS 'KLETTERN'",
      "custom_event MATCHES (name = 'wishlist.added', count >= 2)",
      "points_balance > 0",
      "received_campaign MATCHES (date >= -60d)",
    ];
    const counts = await membersBySql(queries.map((query) => parseQuery(query, { custom: CUSTOM }).ast ?? expect.fail(query)));
    for (const [index, members] of counts.entries()) {
      expect(members.length, queries[index]).toBeGreaterThan(0);
      expect(members.length, queries[index]).toBeLessThan(people.length);
    }
  });
});

describe("birthdays where it is another day than in the shop", () => {
  it("agree for everyone born around the edges, east and west of the date line", async () => {
    const zones = [null, "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"];
    const other = await createSegmentShop(zones.length * 9, 11);
    const queries = [
      "= today",
      "= yesterday",
      "BETWEEN today AND +1d",
      "BETWEEN -1d AND +2d",
      "BETWEEN +2d AND +2d",
      "BETWEEN 2026-01-01 AND today",
    ];
    const asts = queries.map((range) => parseQuery(`anniversary('metafields.facts.birth_date') ${range}`).ast ?? expect.fail(range));
    // Also where the year and a February end.
    for (const today of [scope.now, new Date("2026-12-31T12:00:00Z"), new Date("2026-03-01T12:00:00Z"), new Date("2028-02-28T12:00:00Z")]) {
      const at: Scope = { ...scope, shopId: other.ctx.shopId, now: today };
      const others = await withTenant(other.ctx, async ({ trx }) => {
        for (const [index, id] of other.customers.entries()) {
          const day = new Date(today.getTime() + ((index % 9) - 4) * 86_400_000).toISOString().slice(5, 10);
          await sql`update customer set birth_date = ${`1980-${day}`}::date, time_zone = ${zones[Math.floor(index / 9)] ?? null}
            where shop_id = ${other.ctx.shopId} and id = ${id}`.execute(trx);
        }
        return loadPeople(trx, other.ctx.shopId, other.customers);
      });
      const found = await membersBySql(asts, { ctx: other.ctx, scope: at });
      const expected = (ast: Ast) => others.filter((person) => evaluate(ast, person, at)).map(({ id }) => id);
      for (const [index, ast] of asts.entries())
        expect(found[index], `${queries[index]} on ${today.toISOString()}`).toEqual(expected(ast).sort());
      expect(found[0]?.length).toBeGreaterThan(0);
    }
  });
});
