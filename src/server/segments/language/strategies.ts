import { quote } from "./print";
import { tokenize } from "./tokenize";
import { canonicalNumber, readDate } from "./values";

/** The 23 campaign strategies as starting points. Titles and purposes: `segments.strategies.<key>`. Pure. */
export const GOALS = ["firstPurchase", "reactivate", "loyalty", "orderValue", "products", "birthday"] as const;
export type Goal = (typeof GOALS)[number];

/** What a parameter means decides its input and how it is written into the query. */
export const PARAMETER_KINDS = [
  "date",
  "count",
  "money",
  "share",
  "product",
  "products",
  "collection",
  "collections",
  "customerTag",
  "productTag",
] as const;
export type ParameterKind = (typeof PARAMETER_KINDS)[number];
export type StrategyParameter = { name: string; kind: ParameterKind; default: string };
export type Strategy = { key: string; goal: Goal; query: string; parameters: readonly StrategyParameter[] };

/** The text of one parameter as the language writes it, or null when the entry does not fit its kind. */
function written(kind: ParameterKind, entry: string): string | null {
  const text = entry.trim();
  switch (kind) {
    case "date": {
      const [token, end] = tokenize(text);
      return token && end?.kind === "end" && "value" in readDate(token, false) ? text.toLowerCase() : null;
    }
    case "count":
      return /^\d{1,6}$/.test(text) ? String(Number(text)) : null;
    case "money": {
      const number = canonicalNumber(text.replace(",", "."));
      return number === null || number.startsWith("-") ? null : number;
    }
    case "share": {
      const number = canonicalNumber(text.replace(",", "."));
      return number !== null && (number === "1" || /^0(\.|$)/.test(number)) ? number : null;
    }
    case "product":
    case "collection":
      return text === "" ? null : idText(text);
    case "products":
    case "collections": {
      const ids = text
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== "");
      return ids.length === 0 ? null : ids.map(idText).join(", ");
    }
    case "customerTag":
    case "productTag":
      return text === "" ? null : quote(text);
  }
}

const idText = (id: string): string => (/^\d{1,19}$/.test(id) ? id : quote(id));

/** A strategy with its parameters filled in, or the names of the entries that do not fit. */
export function fillStrategy(
  strategy: Pick<Strategy, "query" | "parameters">,
  entries: Readonly<Record<string, string>>,
): { query: string } | { wrong: string[] } {
  const wrong: string[] = [];
  let { query } = strategy;
  for (const { name, kind, default: fallback } of strategy.parameters) {
    const value = written(kind, entries[name] ?? fallback);
    if (value === null) wrong.push(name);
    // In the templates texts stand in quotes, which the written value brings itself.
    else query = query.replaceAll(`'{{${name}}}'`, () => value).replaceAll(`{{${name}}}`, () => value);
  }
  return wrong.length > 0 ? { wrong } : { query };
}

export const STRATEGIES = [
  {
    key: "engaged_subscribers_no_purchase",
    goal: "firstPurchase",
    query:
      "number_of_orders = 0 AND email_subscription_status = 'SUBSCRIBED' AND (shopify_email.opened MATCHES (date >= {{window}}, count >= {{opens}}) OR shopify_email.clicked MATCHES (date >= {{window}}, count >= {{clicks}}))",
    parameters: [
      { name: "window", kind: "date", default: "-30d" },
      { name: "opens", kind: "count", default: "3" },
      { name: "clicks", kind: "count", default: "2" },
    ],
  },
  {
    key: "first_time_buyers_subscribed",
    goal: "loyalty",
    query: "number_of_orders = 1 AND email_subscription_status = 'SUBSCRIBED'",
    parameters: [],
  },
  {
    key: "first_time_buyers_of_products",
    goal: "loyalty",
    query: "number_of_orders = 1 AND products_purchased MATCHES (id IN ({{product_ids}})) AND customer_account_status != 'ENABLED'",
    parameters: [{ name: "product_ids", kind: "products", default: "2012162031638, 1012132033639" }],
  },
  {
    key: "lapsed_frequent_buyers",
    goal: "reactivate",
    query: "last_order_date < {{recent}} AND orders_placed MATCHES (date BETWEEN {{from}} AND {{recent}}, count >= {{orders}})",
    parameters: [
      { name: "recent", kind: "date", default: "-90d" },
      { name: "from", kind: "date", default: "-12m" },
      { name: "orders", kind: "count", default: "3" },
    ],
  },
  {
    key: "lapsed_email_engaged",
    goal: "reactivate",
    query:
      "email_subscription_status = 'SUBSCRIBED' AND shopify_email.opened NOT MATCHES (date >= {{recent}}) AND shopify_email.clicked NOT MATCHES (date >= {{recent}}) AND (shopify_email.opened MATCHES (date BETWEEN {{from}} AND {{before}}, count >= {{opens}}) OR shopify_email.clicked MATCHES (date BETWEEN {{from}} AND {{before}}, count >= {{clicks}}))",
    parameters: [
      { name: "recent", kind: "date", default: "-90d" },
      { name: "before", kind: "date", default: "-91d" },
      { name: "from", kind: "date", default: "-365d" },
      { name: "opens", kind: "count", default: "5" },
      { name: "clicks", kind: "count", default: "3" },
    ],
  },
  {
    key: "frequent_openers_3m",
    goal: "firstPurchase",
    query: "shopify_email.opened MATCHES (date >= -3m, count >= {{opens}})",
    parameters: [{ name: "opens", kind: "count", default: "5" }],
  },
  {
    key: "birthday_next_30d",
    goal: "birthday",
    query: "anniversary('metafields.facts.birth_date') BETWEEN today AND +30d",
    parameters: [],
  },
  {
    key: "birthday_today",
    goal: "birthday",
    query: "anniversary('metafields.facts.birth_date') = today",
    parameters: [],
  },
  {
    key: "formerly_highly_engaged",
    goal: "reactivate",
    query: "last_order_date < {{recent}} AND number_of_orders >= {{orders}} AND amount_spent >= {{spend}}",
    parameters: [
      { name: "recent", kind: "date", default: "-180d" },
      { name: "orders", kind: "count", default: "5" },
      { name: "spend", kind: "money", default: "500" },
    ],
  },
  {
    key: "recent_many_orders",
    goal: "loyalty",
    query: "orders_placed MATCHES (date >= {{window}}, count >= {{orders}})",
    parameters: [
      { name: "window", kind: "date", default: "-90d" },
      { name: "orders", kind: "count", default: "3" },
    ],
  },
  {
    key: "vip",
    goal: "loyalty",
    query: "customer_tags CONTAINS '{{tag}}' OR (amount_spent >= {{spend}} AND number_of_orders >= {{orders}})",
    parameters: [
      { name: "tag", kind: "customerTag", default: "VIP" },
      { name: "spend", kind: "money", default: "1000" },
      { name: "orders", kind: "count", default: "5" },
    ],
  },
  {
    key: "high_spend_product_tag",
    goal: "products",
    query: "amount_spent >= {{spend}} AND products_purchased MATCHES (tag = '{{product_tag}}')",
    parameters: [
      { name: "spend", kind: "money", default: "500" },
      { name: "product_tag", kind: "productTag", default: "Sports wear" },
    ],
  },
  {
    key: "high_value_high_intent",
    goal: "orderValue",
    query: "amount_spent >= {{spend}} AND shopify_email.clicked MATCHES (date >= {{window}})",
    parameters: [
      { name: "spend", kind: "money", default: "500" },
      { name: "window", kind: "date", default: "-30d" },
    ],
  },
  {
    key: "high_spend_recent_purchase",
    goal: "orderValue",
    query: "amount_spent >= {{spend}} AND last_order_date >= {{window}}",
    parameters: [
      { name: "spend", kind: "money", default: "500" },
      { name: "window", kind: "date", default: "-30d" },
    ],
  },
  {
    key: "predicted_high_spend",
    goal: "orderValue",
    query: "predicted_spend_tier = 'HIGH'",
    parameters: [],
  },
  {
    key: "abandoned_checkout_30d",
    goal: "reactivate",
    query: "abandoned_checkout_date >= -30d",
    parameters: [],
  },
  {
    key: "viewed_products_no_order",
    goal: "firstPurchase",
    query: "number_of_orders = 0 AND storefront.product_viewed MATCHES (id IN ({{product_ids}}))",
    parameters: [{ name: "product_ids", kind: "products", default: "2012162031638, 1012132033639" }],
  },
  {
    key: "viewed_collections_no_order",
    goal: "firstPurchase",
    query: "number_of_orders = 0 AND storefront.collection_viewed MATCHES (id IN ({{collection_ids}}))",
    parameters: [{ name: "collection_ids", kind: "collections", default: "301, 302" }],
  },
  {
    key: "viewed_collection_recently",
    goal: "products",
    query: "storefront.collection_viewed MATCHES (id = {{collection_id}}, date >= {{window}})",
    parameters: [
      { name: "collection_id", kind: "collection", default: "301" },
      { name: "window", kind: "date", default: "-30d" },
    ],
  },
  {
    key: "low_spend_per_order",
    goal: "orderValue",
    query: "number_of_orders >= 1 AND orders_placed NOT MATCHES (amount > {{max_order_value}})",
    parameters: [{ name: "max_order_value", kind: "money", default: "50" }],
  },
  {
    key: "bought_product_tag",
    goal: "products",
    query: "products_purchased MATCHES (tag = '{{product_tag}}')",
    parameters: [{ name: "product_tag", kind: "productTag", default: "Sports wear" }],
  },
  {
    key: "bought_product_in_window",
    goal: "products",
    query: "products_purchased MATCHES (id = {{product_id}}, date BETWEEN {{from}} AND {{to}})",
    parameters: [
      { name: "product_id", kind: "product", default: "1012132033639" },
      { name: "from", kind: "date", default: "-12m" },
      { name: "to", kind: "date", default: "today" },
    ],
  },
  {
    key: "bought_products",
    goal: "products",
    query: "products_purchased MATCHES (id IN ({{product_ids}}))",
    parameters: [{ name: "product_ids", kind: "products", default: "1012132033639, 2012162031638" }],
  },
] as const satisfies readonly Strategy[];

export type StrategyKey = (typeof STRATEGIES)[number]["key"];

/** Groups that scoring fills, as segments to take as they are. */
export const READY = [
  { key: "rfm_new", goal: "rfm", query: "rfm_group = 'NEW'", parameters: [] },
  { key: "rfm_potential_loyal", goal: "rfm", query: "rfm_group = 'POTENTIAL_LOYAL'", parameters: [] },
  { key: "rfm_loyal", goal: "rfm", query: "rfm_group = 'LOYAL'", parameters: [] },
  { key: "rfm_loyal_at_risk", goal: "rfm", query: "rfm_group = 'LOYAL_AT_RISK'", parameters: [] },
  { key: "rfm_about_to_sleep", goal: "rfm", query: "rfm_group = 'ABOUT_TO_SLEEP'", parameters: [] },
  { key: "rfm_sleepers", goal: "rfm", query: "rfm_group = 'SLEEPERS'", parameters: [] },
  { key: "predicted_high", goal: "prediction", query: "predicted_spend_tier = 'HIGH'", parameters: [] },
  { key: "predicted_medium", goal: "prediction", query: "predicted_spend_tier = 'MEDIUM'", parameters: [] },
  { key: "predicted_low", goal: "prediction", query: "predicted_spend_tier = 'LOW'", parameters: [] },
  {
    key: "predicted_leaving",
    goal: "prediction",
    query: "churn_probability >= {{probability}} AND amount_spent >= {{spend}}",
    parameters: [
      { name: "probability", kind: "share", default: "0.7" },
      { name: "spend", kind: "money", default: "100" },
    ],
  },
] as const satisfies readonly (Omit<Strategy, "goal"> & { goal: "rfm" | "prediction" })[];

export type TemplateKey = StrategyKey | (typeof READY)[number]["key"];
