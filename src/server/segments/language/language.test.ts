import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clausesOf, LIMITS, nodeSchema } from "../schema";
import { CUSTOM, someAst } from "../testing";
import { parseQuery } from "./parse";
import { canonical, print } from "./print";
import { fillStrategy, STRATEGIES } from "./strategies";

/** The AST of a query that must be right. */
function good(text: string) {
  const { ast, issues } = parseQuery(text, { custom: CUSTOM });
  expect(issues, text).toEqual([]);
  if (!ast) throw new Error("no AST");
  return ast;
}

/** `code@from-to` of each error. */
const issuesOf = (text: string) => parseQuery(text, { custom: CUSTOM }).issues.map(({ code, from, to }) => `${code}@${from}-${to}`);

describe("parse and print", () => {
  it("are inverse for every AST", { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(someAst, (ast) => {
        const text = print(ast);
        fc.pre(clausesOf(ast).length <= LIMITS.clauses);
        const parsed = parseQuery(text, { custom: CUSTOM });
        expect(parsed.issues, text).toEqual([]);
        expect(parsed.ast).toEqual(ast);
        expect(nodeSchema.parse(parsed.ast)).toEqual(ast);
      }),
      { numRuns: 1500 },
    );
  });

  it("keep the canonical form stable", () => {
    fc.assert(
      fc.property(someAst, (ast) => {
        const once = canonical(ast);
        expect(canonical(once)).toEqual(once);
        expect(canonical(good(print(once)))).toEqual(once);
      }),
      { numRuns: 300 },
    );
    expect(print(canonical(good("((number_of_orders = 1)) AND (amount_spent > 1.50 AND NOT NOT number_of_orders < 3)")))).toBe(
      "number_of_orders = 1 AND amount_spent > 1.5 AND number_of_orders < 3",
    );
  });

  it.each([
    ["", ""],
    ["  \n ", ""],
    ["number_of_orders=1", "number_of_orders = 1"],
    [
      "number_of_orders = 1 and amount_spent > 010.50 or customer_tags contains 'a'",
      "(number_of_orders = 1 AND amount_spent > 10.5) OR customer_tags CONTAINS 'a'",
    ],
    ["orders_placed NOT_MATCHES ()", "orders_placed NOT MATCHES ()"],
    ["storefront_event.product_viewed MATCHES (id = 1)", "storefront.product_viewed MATCHES (id = 1)"],
    ["products_purchased(id: 1) = true", "products_purchased MATCHES (id = 1)"],
    ["products_purchased(id: 1, date: 90_days_ago) = false", "products_purchased NOT MATCHES (id = 1, date >= -90d)"],
    ["last_order_date > 12_months_ago", "last_order_date > -12m"],
    ["last_order_date = 2026-03-29T02:30", "last_order_date = 2026-03-29T02:30:00"],
    ["last_order_date BETWEEN 2026-01-01 AND today", "last_order_date BETWEEN 2026-01-01 AND today"],
    ["email_subscription_status != SUBSCRIBED", "email_subscription_status != 'SUBSCRIBED'"],
    ["customer_tags CONTAINS 'it\\'s \\\\ 5'", "customer_tags CONTAINS 'it\\'s \\\\ 5'"],
    ["products_purchased MATCHES (id IN ('85123A', 0012))", "products_purchased MATCHES (id IN ('85123A', 0012))"],
    ["NOT (number_of_orders = 1 OR number_of_orders = 2)", "NOT (number_of_orders = 1 OR number_of_orders = 2)"],
    ["anniversary('metafields.facts.birth_date') = today", "anniversary('metafields.facts.birth_date') = today"],
    ["customer.metafields.facts.birth_date IS NOT NULL", "metafields.facts.birth_date IS NOT NULL"],
    ["customer.metafields.custom.shoe_size >= 041.50", "metafields.custom.shoe_size >= 41.5"],
    ["customer.metafields.club.joined BETWEEN -1y AND today", "metafields.club.joined BETWEEN -1y AND today"],
    ["metafields.custom.newsletter = TRUE", "metafields.custom.newsletter = true"],
    ["anniversary('metafields.club.joined') = today", "anniversary('metafields.club.joined') = today"],
    ["email.opened MATCHES (activity_id = 5, date > 30_days_ago)", "shopify_email.opened MATCHES (activity_id = 5, date > -30d)"],
    ["in_segment('a-b')", "in_segment MATCHES (id = 'a-b')"],
    ["NOT in_segment ('a-b')", "NOT in_segment MATCHES (id = 'a-b')"],
    ["rfm_group = POTENTIAL_LOYAL OR rfm_group = 'CHAMPIONS'", "rfm_group = 'POTENTIAL_LOYAL' OR rfm_group = 'CHAMPIONS'"],
    ["churn_probability > 0.50", "churn_probability > 0.5"],
  ])("%s → %s", (text, printed) => {
    expect(print(good(text))).toBe(printed);
  });

  it("understand all 23 strategies", () => {
    const shared = readFileSync(new URL("./strategies.fixture.json", import.meta.url), "utf8");
    const examples: { key: string; example: string; clauses: number }[] = JSON.parse(shared);
    expect(examples).toHaveLength(23);
    for (const { key, example, clauses } of examples) {
      const { ast, issues } = parseQuery(example);
      expect(issues, example).toEqual([]);
      expect(ast && clausesOf(ast).length, key).toBe(clauses);
    }
    expect(STRATEGIES.map((strategy) => [strategy.key, fillStrategy(strategy, {})])).toEqual(
      examples.map(({ key, example }) => [key, { query: example }]),
    );
  });
});

describe("errors", () => {
  it.each([
    ["numer_of_orders = 1", ["unknownAttribute@0-15"]],
    ["number_of_orders", ["unexpectedEnd@16-16"]],
    ["number_of_orders =", ["unexpectedEnd@18-18"]],
    ["number_of_orders = 1.5", ["integerNeeded@19-22"]],
    ["number_of_orders = 1 AND", ["unexpectedEnd@24-24"]],
    ["number_of_orders = 1 amount_spent > 3", ["expected@21-33"]],
    ["(number_of_orders = 1", ["unexpectedEnd@21-21"]],
    ["number_of_orders = 1)", ["expected@20-21"]],
    ["()", ["expected@1-2"]],
    ["number_of_orders CONTAINS 'a'", ["operatorNotAllowed@17-25"]],
    ["number_of_orders MATCHES ()", ["attributeHasNoMatches@17-24"]],
    ["orders_placed = 3", ["functionNeedsMatches@14-15"]],
    ["orders_placed MATCHES (id = 3)", ["unknownParameter@23-25"]],
    ["orders_placed MATCHES (count = 3, count = 4)", ["parameterRepeated@34-39"]],
    ["orders_placed MATCHES (count = x, date = 5)", ["expected@31-32", "expected@41-42"]],
    ["orders_placed MATCHES (count = 3,)", ["expected@33-34"]],
    ["last_order_date > 30d", ["badDate@18-21"]],
    ["last_order_date > 2026-02-30", ["badDate@18-28"]],
    ["last_order_date > 2026-02-20T25:00:00", ["badDate@18-37"]],
    ["abandoned_checkout_date > 2026-02-20T12:00:00", ["timeNotAllowed@26-45"]],
    ["email_subscription_status = 'subscribed'", ["notInEnum@28-40"]],
    ["customer_tags CONTAINS 'abc", ["unterminatedString@23-27"]],
    ['customer_tags CONTAINS "abc"', ["doubleQuotes@23-28"]],
    ["customer_tags CONTAINS 'a\0b'", ["badText@23-28"]],
    ["amount_spent > 5€", ["badCharacter@16-17"]],
    ["amount_spent > 5,00", ["expected@16-17"]],
    ["amount_spent > 12345678901234567890", ["badNumber@15-35"]],
    ["number_of_orders IS NULL", ["operatorNotAllowed@17-24"]],
    ["loyalty_tier = 'Gold'", ["unavailable@0-12"]],
    ["customer_within_distance MATCHES (coordinates = '52.5,13.4', distance_km < 5)", ["unavailable@0-24"]],
    ["orders_placed MATCHES (app_id = 3, count = 1)", ["unavailable@23-29"]],
    ["in_segment MATCHES ()", ["parameterNeeded@0-10"]],
    ["metafields.custom.unknown = 3", ["unknownAttribute@0-25"]],
    ["metafields.custom.shoe_size = '3'", ["expected@30-33"]],
    ["metafields.custom.newsletter = 1", ["expected@31-32"]],
    ["metafields.custom.newsletter > true", ["operatorNotAllowed@29-30"]],
    ["anniversary('metafields.custom.nickname') = today", ["anniversaryNotAllowed@12-40"]],
    ["anniversary('customer_tags') = today", ["anniversaryNotAllowed@12-27"]],
    ["number_of_orders BETWEEN 1 OR 2", ["expected@27-29", "expected@30-31"]],
    // Several errors in one look, each at its characters.
    [
      "foo = 1 AND number_of_orders = x AND (bar > 2 OR last_order_date < 5)",
      ["unknownAttribute@0-3", "expected@31-32", "unknownAttribute@38-41", "expected@67-68"],
    ],
  ])("%s", (text, expected) => {
    expect(issuesOf(text)).toEqual(expected);
  });

  it("say what was meant and what is possible", () => {
    expect(parseQuery("last_order_dat > -3d").issues[0]?.params.suggestion).toBe("last_order_date");
    expect(parseQuery("amount_spent").issues[0]).toMatchObject({
      expected: ["comparison", "between"],
      params: { attribute: "amount_spent" },
    });
  });

  it("hold the bounds", () => {
    const clause = "number_of_orders = 1";
    expect(issuesOf("x".repeat(LIMITS.text + 1))).toEqual([`tooLong@${LIMITS.text}-${LIMITS.text + 1}`]);
    expect(good(Array(LIMITS.clauses).fill(clause).join(" AND "))).toBeTruthy();
    expect(
      issuesOf(
        Array(LIMITS.clauses + 1)
          .fill(clause)
          .join(" AND "),
      )[0],
    ).toMatch(/^tooManyClauses/);
    expect(good("(".repeat(LIMITS.depth) + clause + ")".repeat(LIMITS.depth))).toBeTruthy();
    expect(issuesOf("(".repeat(9000))[0]).toMatch(/^tooDeep/);
    expect(issuesOf(`${"NOT ".repeat(4000)}${clause}`)[0]).toMatch(/^tooDeep/);
    const ids = (n: number) => `products_purchased MATCHES (id IN (${Array.from({ length: n }, (_, i) => i).join(",")}))`;
    expect(good(ids(LIMITS.listValues))).toBeTruthy();
    expect(issuesOf(ids(LIMITS.listValues + 1))[0]).toMatch(/^tooManyValues/);
    expect(parseQuery("§ AND ".repeat(3000)).issues).toHaveLength(LIMITS.issues);
  });
});

describe("no input", () => {
  const word = fc.constantFrom(
    "(",
    ")",
    ",",
    "'",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "MATCHES",
    "IN",
    "IS",
    "NULL",
    "CONTAINS",
    "=",
    ">",
    ":",
    "-30d",
    "3",
    "2026-01-01",
    "today",
    "number_of_orders",
    "last_order_date",
    "orders_placed",
    "products_purchased",
    "count",
    "date",
    "id",
    "customer_tags",
    "'x'",
    "anniversary",
    "\\",
    "--",
    ";",
    "/*",
    "\0",
    "\ud800",
    "é",
    "1a",
    "TRUE",
  );

  it("throws, and every error lies within the text", { timeout: 30_000 }, () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { ast, issues } = parseQuery(text);
        expect(ast === null).toBe(issues.length > 0);
        for (const { from, to } of issues) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(text.length);
        }
        if (ast) expect(parseQuery(print(ast)).ast).toEqual(ast);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    "1",
    "1a",
    "0",
    "(",
    "'",
    "-",
    "a.",
    "1-",
    "x AND ",
    "§",
    "\\'",
    "(((a OR ",
    "orders_placed MATCHES (",
    "orders_placed MATCHES (count = 3, ",
  ])("takes long: 20,000 characters of %s", (part) => {
    const started = performance.now();
    parseQuery(part.repeat(Math.floor(LIMITS.text / part.length)));
    // Some milliseconds; what grows with the square of the length takes minutes. A wide border, because machines are busy.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
