import { expect, it } from "vitest";
import { complete } from "./complete";

/** Suggestions at the end of a text. */
const at = (text: string) => complete(text, text.length).items.map((item) => item.text);

it("suggests what can stand at the caret", () => {
  expect(at("")).toContain("amount_spent");
  expect(at("amo")).toEqual(["amount_spent"]);
  expect(at("number_of_orders ")).toEqual(["=", "!=", ">", ">=", "<", "<=", "BETWEEN"]);
  expect(at("customer_tags ")).toEqual(["CONTAINS", "NOT CONTAINS", "IS NULL", "IS NOT NULL"]);
  expect(at("last_order_date > ")).toContain("-30d");
  expect(at("last_order_date > to")).toEqual(["today"]);
  expect(at("email_subscription_status = ")).toContain("'SUBSCRIBED'");
  expect(at("email_subscription_status = 'UNS")).toEqual(["'UNSUBSCRIBED'"]);
  expect(at("number_of_orders = 1 ")).toEqual(["AND", "OR"]);
  expect(at("customer_tags CONTAINS 'VIP' AND last_")).toEqual(["last_order_date"]);
  expect(at("number_of_orders = 1 AND ")).toContain("orders_placed");
  expect(at("orders_placed ")).toEqual(["MATCHES (", "NOT MATCHES ("]);
  expect(at("orders_placed MATCHES (")).toEqual(["date", "amount", "count", "sum_amount"]);
  expect(at("orders_placed MATCHES (count = 3 ")).toEqual([",", ")"]);
  expect(at("products_purchased MATCHES (id ")).toEqual(["=", "IN", "NOT IN"]);
  expect(at("(number_of_orders = 1 ").sort()).toEqual([")", "AND", "OR"]);
});

it("replaces the word at the caret", () => {
  const text = "number_of_orders = 1 AND last_or > -3d";
  expect(complete(text, 32)).toMatchObject({ from: 25, to: 32, items: [{ kind: "attribute", text: "last_order_date" }] });
});
