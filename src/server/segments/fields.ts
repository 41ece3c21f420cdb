import {
  type AttributeName,
  type Comparison,
  type CustomType,
  customKey,
  type FunctionName,
  type ValueKind as Kind,
  type ParameterName,
  type StaticAttributeName,
} from "./schema";

/**
 * Every attribute and function of the language in one table: parser checks, completion, visual editor, compiler and evaluator read it.
 * `satisfies Record<…>` makes a name without an entry a compile error. Pure.
 */
export type ValueType =
  | "money" // decimal of the shop's currency
  | "integer"
  | "decimal"
  | "boolean"
  | "date" // an instant; compared with days or seconds of the shop's zone
  | "day" // a day without a time (birth date, last abandoned checkout)
  | "enum"
  | "string"
  | "list" // several texts; compared without case
  | "id"; // identifier of a product, collection, message

export const OPERATORS: Record<ValueType, readonly Operator[]> = {
  money: ["=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IS NULL", "IS NOT NULL"],
  integer: ["=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IS NULL", "IS NOT NULL"],
  decimal: ["=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IS NULL", "IS NOT NULL"],
  boolean: ["=", "!=", "IS NULL", "IS NOT NULL"],
  date: ["=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IS NULL", "IS NOT NULL"],
  day: ["=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IS NULL", "IS NOT NULL"],
  enum: ["=", "!=", "IS NULL", "IS NOT NULL"],
  string: ["=", "!=", "IS NULL", "IS NOT NULL"],
  list: ["CONTAINS", "NOT CONTAINS", "IS NULL", "IS NOT NULL"],
  id: ["=", "IN", "NOT IN"],
};
export type Operator =
  | Comparison
  | "BETWEEN"
  | "IS NULL"
  | "IS NOT NULL"
  | "CONTAINS"
  | "NOT CONTAINS"
  | "IN"
  | "NOT IN"
  | "MATCHES"
  | "NOT MATCHES";

/** Why an attribute of Shopify's language cannot be answered here; key of `segments.unavailable`. */
export type Unavailable = "loyalty" | "subscriptions" | "companies" | "apps" | "locations" | "categories" | "distance";

export type FieldGroup = "orders" | "behaviour" | "customer" | "contact" | "credit" | "prediction" | "custom";

export type Attribute = {
  type: ValueType;
  group: FieldGroup;
  /** Values of an enum. */
  values?: readonly string[];
  /** A value that every customer has is never NULL: no IS NULL. */
  nullable: boolean;
  /** Comes back every year: usable in anniversary(…). */
  yearly?: true;
  unavailable?: Unavailable;
  /** Ours, not Shopify's. */
  own?: true;
};

const CONSENT = ["SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "REDACTED", "INVALID"] as const;

/** The six groups of domain.md 3.5, and the names of Shopify's language for the same scores. Where both have a name, ours is meant. */
export const RFM_GROUPS = ["NEW", "POTENTIAL_LOYAL", "LOYAL", "LOYAL_AT_RISK", "ABOUT_TO_SLEEP", "SLEEPERS"] as const;
export const SHOPIFY_RFM_GROUPS = [
  ...["CHAMPIONS", "ACTIVE", "PROMISING", "NEEDS_ATTENTION", "AT_RISK", "ALMOST_LOST", "PREVIOUSLY_LOYAL", "DORMANT", "PROSPECTS"],
] as const;
export const SPEND_TIERS = ["HIGH", "MEDIUM", "LOW"] as const;

export const ATTRIBUTES = {
  amount_spent: { type: "money", group: "orders", nullable: false },
  average_order_value: { type: "money", group: "orders", nullable: true, own: true },
  number_of_orders: { type: "integer", group: "orders", nullable: false },
  first_order_date: { type: "date", group: "orders", nullable: true },
  last_order_date: { type: "date", group: "orders", nullable: true },
  abandoned_checkout_date: { type: "day", group: "behaviour", nullable: true },
  customer_added_date: { type: "date", group: "customer", nullable: false },
  customer_account_status: { type: "enum", group: "customer", nullable: false, values: ["DECLINED", "DISABLED", "ENABLED", "INVITED"] },
  customer_tags: { type: "list", group: "customer", nullable: true },
  customer_countries: { type: "list", group: "customer", nullable: true },
  customer_regions: { type: "list", group: "customer", nullable: true },
  customer_cities: { type: "list", group: "customer", nullable: true },
  customer_email_domain: { type: "string", group: "contact", nullable: true },
  customer_language: { type: "string", group: "customer", nullable: true },
  email_subscription_status: { type: "enum", group: "contact", nullable: false, values: CONSENT },
  sms_subscription_status: { type: "enum", group: "contact", nullable: false, values: CONSENT },
  "metafields.facts.birth_date": { type: "day", group: "customer", nullable: true, yearly: true },
  rfm_group: { type: "enum", group: "prediction", nullable: true, values: [...RFM_GROUPS, ...SHOPIFY_RFM_GROUPS] },
  rfm_score: { type: "string", group: "prediction", nullable: true, own: true },
  rfm_recency: { type: "integer", group: "prediction", nullable: true, own: true },
  rfm_frequency: { type: "integer", group: "prediction", nullable: true, own: true },
  rfm_monetary: { type: "integer", group: "prediction", nullable: true, own: true },
  predicted_spend_tier: { type: "enum", group: "prediction", nullable: true, values: SPEND_TIERS },
  predicted_orders: { type: "decimal", group: "prediction", nullable: true, own: true },
  predicted_value: { type: "money", group: "prediction", nullable: true, own: true },
  churn_probability: { type: "decimal", group: "prediction", nullable: true, own: true },
  points_balance: { type: "integer", group: "credit", nullable: false, own: true },
  loyalty_tier: { type: "string", group: "credit", nullable: true, unavailable: "loyalty", own: true },
  product_subscription_status: {
    type: "enum",
    group: "orders",
    nullable: false,
    values: ["ACTIVE", "CANCELLED", "EXPIRED", "FAILED", "NEVER_SUBSCRIBED", "PAUSED"],
    unavailable: "subscriptions",
  },
  companies: { type: "list", group: "customer", nullable: true, unavailable: "companies" },
  created_by_app_id: { type: "integer", group: "customer", nullable: true, unavailable: "apps" },
} as const satisfies Record<StaticAttributeName, Attribute>;

const CUSTOM: Record<CustomType, Attribute> = {
  text: { type: "string", group: "custom", nullable: true, own: true },
  number: { type: "decimal", group: "custom", nullable: true, own: true },
  date: { type: "day", group: "custom", nullable: true, yearly: true, own: true },
  boolean: { type: "boolean", group: "custom", nullable: true, own: true },
  list: { type: "list", group: "custom", nullable: true, own: true },
};

/**
 * `row` parameters choose the occurrences that count (an order, a line, an event). `aggregate` parameters then look at all of them
 * together; without an occurrence the aggregate is 0. Without aggregate parameters one occurrence is enough.
 */
export type ParameterRole = "row" | "aggregate";
export type ParameterField = { type: ValueType; role: ParameterRole; needed?: true; unavailable?: Unavailable };
export type SegmentFunction = {
  group: FieldGroup;
  parameters: { readonly [name in ParameterName]?: ParameterField };
  unavailable?: Unavailable;
  /** Ours, not Shopify's. */
  own?: true;
};

const DATE = { type: "date", role: "row" } as const;
const ID = { type: "id", role: "row" } as const;
const COUNT = { type: "integer", role: "aggregate" } as const;
const EMAIL = { group: "behaviour", parameters: { activity_id: ID, date: DATE, count: COUNT } } as const;

export const FUNCTIONS = {
  orders_placed: {
    group: "orders",
    parameters: {
      date: DATE,
      amount: { type: "money", role: "row" },
      count: COUNT,
      sum_amount: { type: "money", role: "aggregate" },
      app_id: { ...ID, unavailable: "apps" },
      location_id: { ...ID, unavailable: "locations" },
    },
  },
  products_purchased: {
    group: "orders",
    parameters: {
      id: ID,
      tag: { type: "string", role: "row" },
      date: DATE,
      quantity: { type: "integer", role: "row" },
      count: COUNT,
      sum_quantity: { type: "integer", role: "aggregate" },
      category: { ...ID, unavailable: "categories" },
    },
  },
  "shopify_email.opened": EMAIL,
  "shopify_email.clicked": EMAIL,
  "shopify_email.delivered": EMAIL,
  "shopify_email.bounced": EMAIL,
  "shopify_email.marked_as_spam": EMAIL,
  "shopify_email.unsubscribed": EMAIL,
  "storefront.product_viewed": {
    group: "behaviour",
    parameters: { id: ID, tag: { type: "string", role: "row" }, date: DATE, count: COUNT },
  },
  "storefront.collection_viewed": { group: "behaviour", parameters: { id: ID, date: DATE, count: COUNT } },
  store_credit_accounts: {
    group: "credit",
    parameters: {
      balance: { type: "money", role: "row" },
      currency: { type: "string", role: "row" },
      next_expiry_date: { type: "date", role: "row" },
      last_credit_date: { type: "date", role: "row" },
    },
  },
  received_campaign: { group: "credit", parameters: { id: ID, date: DATE, count: COUNT }, own: true },
  in_segment: { group: "customer", parameters: { id: { ...ID, needed: true } }, own: true },
  custom_event: { group: "behaviour", parameters: { name: { type: "id", role: "row" }, id: ID, date: DATE, count: COUNT }, own: true },
  customer_within_distance: { group: "customer", parameters: {}, unavailable: "distance" },
} as const satisfies Record<FunctionName, SegmentFunction>;

/** Other spellings that are understood; the printer writes the first name. */
export const ALIASES: Record<string, AttributeName | FunctionName> = {
  "customer.metafields.facts.birth_date": "metafields.facts.birth_date",
  "storefront_event.product_viewed": "storefront.product_viewed",
  "storefront_event.collection_viewed": "storefront.collection_viewed",
  "email.opened": "shopify_email.opened",
  "email.clicked": "shopify_email.clicked",
  "email.delivered": "shopify_email.delivered",
  "email.bounced": "shopify_email.bounced",
  "email.marked_as_spam": "shopify_email.marked_as_spam",
  "email.unsubscribed": "shopify_email.unsubscribed",
};

export const isOwnName = (name: string): name is StaticAttributeName => Object.hasOwn(ATTRIBUTES, name);

export function attribute(name: AttributeName): Attribute {
  if (isOwnName(name)) return ATTRIBUTES[name];
  const custom = customKey(name);
  if (!custom) throw new Error(`no attribute ${name}`);
  return CUSTOM[custom.type];
}
export const segmentFunction = (name: FunctionName): SegmentFunction => FUNCTIONS[name];

export function isAttribute(name: string): name is AttributeName {
  return isOwnName(name) || customKey(name) !== null;
}
export function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

/** The parameter of a function, or undefined when the function does not know it. */
export function parameterOf(name: FunctionName, parameter: string): ParameterField | undefined {
  const parameters: Record<string, ParameterField | undefined> = segmentFunction(name).parameters;
  return Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
}

/** Operators of an attribute: its type's, without the NULL test where a value always exists. */
export function operatorsOf(name: AttributeName): Operator[] {
  const field = attribute(name);
  return OPERATORS[field.type].filter((operator) => field.nullable || !operator.startsWith("IS"));
}

/** Operators of a function's parameter: inside MATCHES there is no NULL test. */
export const parameterOperators = (field: ParameterField): Operator[] =>
  OPERATORS[field.type].filter((operator) => !operator.startsWith("IS"));

export type ValueKind = Kind;

const ATTRIBUTE_VALUES: { readonly [name in StaticAttributeName]?: ValueKind } = {
  customer_tags: "customerTag",
  customer_countries: "country",
  customer_regions: "region",
  customer_cities: "city",
  customer_email_domain: "emailDomain",
  customer_language: "language",
};

const FUNCTION_VALUES: { readonly [name in FunctionName]?: { readonly [name in ParameterName]?: ValueKind } } = {
  products_purchased: { id: "product", tag: "productTag" },
  "storefront.product_viewed": { id: "product", tag: "productTag" },
  "storefront.collection_viewed": { id: "collection" },
  "shopify_email.opened": { activity_id: "message" },
  "shopify_email.clicked": { activity_id: "message" },
  "shopify_email.delivered": { activity_id: "message" },
  "shopify_email.bounced": { activity_id: "message" },
  "shopify_email.marked_as_spam": { activity_id: "message" },
  "shopify_email.unsubscribed": { activity_id: "message" },
  store_credit_accounts: { currency: "unit" },
  received_campaign: { id: "campaign" },
  in_segment: { id: "segment" },
  custom_event: { name: "eventName" },
};

/** Which search offers values for a field; null where values are typed (numbers, dates) or fixed (enums). */
export function valueKindOf(
  subject: { attribute: AttributeName } | { function: FunctionName; parameter: ParameterName },
): ValueKind | null {
  if ("function" in subject) return FUNCTION_VALUES[subject.function]?.[subject.parameter] ?? null;
  const custom = customKey(subject.attribute);
  if (custom) return custom.type === "text" || custom.type === "list" ? "customValue" : null;
  return isOwnName(subject.attribute) ? (ATTRIBUTE_VALUES[subject.attribute] ?? null) : null;
}

/** A name as a message key, which must not contain dots. */
export type LabelKey<Name extends string> = Name extends `${infer Head}.${infer Tail}` ? `${Head}_${LabelKey<Tail>}` : Name;
export const labelKey = <Name extends string>(name: Name) => name.replaceAll(".", "_") as LabelKey<Name>;
