import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { expect, it } from "vitest";
import { parseQuery } from "@/server/segments/language/parse";
import { type FoundValue, queryCompletion, type ValuePlace, wantedValue } from "./code-complete";

const parse = (text: string) => parseQuery(text);
/** The caret stands at the bar. */
const at = (marked: string) => ({ text: marked.replace("|", ""), caret: marked.indexOf("|") });
const wanted = (marked: string) => {
  const { text, caret } = at(marked);
  return wantedValue(text, caret, parse);
};

it("knows which field the value at the caret is for", () => {
  expect(wanted("customer_tags CONTAINS |")).toEqual({ from: 23, to: 23, search: "", place: { attribute: "customer_tags" } });
  expect(wanted("customer_tags CONTAINS 'vi|")).toMatchObject({ from: 23, to: 26, search: "vi" });
  expect(wanted("customer_tags CONTAINS 'vi|'")).toMatchObject({ from: 23, to: 27 });
  expect(wanted("products_purchased MATCHES (id IN (12, |")).toMatchObject({ place: { function: "products_purchased", parameter: "id" } });
  expect(wanted("products_purchased MATCHES (id = 10|")).toMatchObject({ from: 33, search: "10" });
  expect(wanted("products_purchased MATCHES (tag = 'a|, date >= -30d)")).toMatchObject({ to: 36 });
});

it("asks for no value where a name, a number or a date stands", () => {
  for (const marked of ["|", "number_of_orders >= |", "last_order_date < |", "customer_tags |", "customer_tags CONTAINS 'x' |"])
    expect(wanted(marked), marked).toBeNull();
});

const complete = async (marked: string, values: (place: ValuePlace, search: string) => FoundValue[] = () => []) => {
  const { text, caret } = at(marked);
  const source = queryCompletion({ parse, wordFor: () => undefined, values: async (place, search) => values(place, search) });
  return source(new CompletionContext(EditorState.create({ doc: text }), caret, true));
};

it("writes texts quoted and numbers of products bare", async () => {
  const tags = await complete("customer_tags CONTAINS |", () => [{ value: "Ann's", label: "Ann's" }]);
  expect(tags?.options[0]).toMatchObject({ label: "Ann's", apply: "'Ann\\'s'" });
  const products = await complete("products_purchased MATCHES (id = |", () => [{ value: "4711", label: "Blue shirt" }]);
  expect(products?.options[0]).toMatchObject({ label: "Blue shirt", detail: "4711", apply: "4711" });
});

it("offers the grammar's own words elsewhere", async () => {
  const names = await complete("number_of|");
  expect(names?.options.map(({ label }) => label)).toContain("number_of_orders");
  const operators = await complete("customer_tags |");
  expect(operators?.options.map(({ label }) => label)).toContain("CONTAINS");
});
