import { isOwnName } from "./fields";
import { type Ast, type Clause, clausesOf, type FunctionName, type MissingData, type StaticAttributeName } from "./schema";

/** What a query needs to be able to find anybody: the kinds of data its conditions read. Pure. */
const ATTRIBUTE_NEEDS: { readonly [name in StaticAttributeName]?: MissingData } = {
  "metafields.facts.birth_date": "birthDates",
  abandoned_checkout_date: "checkouts",
  email_subscription_status: "consents",
  rfm_group: "rfm",
  rfm_score: "rfm",
  rfm_recency: "rfm",
  rfm_frequency: "rfm",
  rfm_monetary: "rfm",
  predicted_spend_tier: "predictions",
  predicted_orders: "predictions",
  predicted_value: "predictions",
  churn_probability: "predictions",
};
const FUNCTION_NEEDS: { readonly [name in FunctionName]?: MissingData } = {
  "shopify_email.opened": "emailOpens",
  "shopify_email.clicked": "emailClicks",
  "storefront.product_viewed": "productViews",
  "storefront.collection_viewed": "collectionViews",
};
const ORDERS: ReadonlySet<string> = new Set(["amount_spent", "average_order_value", "first_order_date", "last_order_date"]);

function needsOf(clause: Clause): MissingData[] {
  if (clause.kind !== "matches") {
    const needed = isOwnName(clause.attribute) ? ATTRIBUTE_NEEDS[clause.attribute] : undefined;
    // Nobody has bought yet: "0 orders" means something all the same.
    const buyers =
      clause.attribute === "number_of_orders" &&
      !(clause.kind === "compare" && clause.value.type === "number" && clause.value.text === "0");
    return [...(needed ? [needed] : []), ...(ORDERS.has(clause.attribute) || buyers ? (["orders"] as const) : [])];
  }
  if (clause.function === "orders_placed") return ["orders"];
  if (clause.function === "products_purchased") {
    return clause.parameters.some(({ name }) => name === "tag") ? ["orders", "productTags"] : ["orders"];
  }
  const needed = FUNCTION_NEEDS[clause.function];
  return needed ? [needed] : [];
}

export const needsOfQuery = (ast: Ast): MissingData[] => [...new Set(clausesOf(ast).flatMap(needsOf))];
