import { z } from "zod";

/**
 * The segment language as data: what a parsed query is, and the bounds of a query. Pure; shared by server and browser.
 * Meaning of every node: `compile.ts` (SQL) and `evaluate.ts` (in memory), which must agree always.
 */
export const LIMITS = {
  /** Characters of a query. */
  text: 20_000,
  /** Nesting of groups. */
  depth: 20,
  /** Conditions in a query (Shopify: 10). */
  clauses: 100,
  /** Values of one IN list (Shopify: 500). */
  listValues: 500,
  /** Characters of one text value. */
  string: 500,
  /** Errors reported for one query; a person fixes the first ones first. */
  issues: 20,
} as const;

export const ATTRIBUTE_NAMES = [
  "amount_spent",
  "average_order_value",
  "number_of_orders",
  "first_order_date",
  "last_order_date",
  "abandoned_checkout_date",
  "customer_added_date",
  "customer_account_status",
  "customer_tags",
  "customer_countries",
  "customer_regions",
  "customer_cities",
  "customer_email_domain",
  "customer_language",
  "email_subscription_status",
  "sms_subscription_status",
  "metafields.facts.birth_date",
  "rfm_group",
  "rfm_score",
  "rfm_recency",
  "rfm_frequency",
  "rfm_monetary",
  "predicted_spend_tier",
  "predicted_orders",
  "predicted_value",
  "churn_probability",
  "points_balance",
  "loyalty_tier",
  "product_subscription_status",
  "companies",
  "created_by_app_id",
] as const;
export type StaticAttributeName = (typeof ATTRIBUTE_NAMES)[number];

/** Attributes a shop defines itself over `customer.custom`. The type stands in the name, so that a query means something without its shop. */
export const CUSTOM_TYPES = ["text", "number", "date", "boolean", "list"] as const;
export type CustomType = (typeof CUSTOM_TYPES)[number];
export type CustomName = `custom.${CustomType}.${string}`;
/** Lower case, optionally with a namespace: `shoe_size`, `loyalty.level`. */
export const CUSTOM_KEY = /^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,59})?$/;

/** The parts of a custom attribute's name, or null when the name is one of the language's own. */
export function customKey(name: string): { type: CustomType; key: string } | null {
  const match = /^custom\.([a-z]+)\.(.+)$/.exec(name);
  const type = CUSTOM_TYPES.find((candidate) => candidate === match?.[1]);
  const key = match?.[2];
  return type && key && CUSTOM_KEY.test(key) ? { type, key } : null;
}
const isCustomName = (name: unknown): name is CustomName => typeof name === "string" && customKey(name) !== null;

export type AttributeName = StaticAttributeName | CustomName;

export const FUNCTION_NAMES = [
  "orders_placed",
  "products_purchased",
  "shopify_email.opened",
  "shopify_email.clicked",
  "shopify_email.delivered",
  "shopify_email.bounced",
  "shopify_email.marked_as_spam",
  "shopify_email.unsubscribed",
  "storefront.product_viewed",
  "storefront.collection_viewed",
  "store_credit_accounts",
  "received_campaign",
  "in_segment",
  "custom_event",
  "customer_within_distance",
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export const PARAMETER_NAMES = [
  "name",
  "id",
  "activity_id",
  "tag",
  "date",
  "count",
  "amount",
  "sum_amount",
  "quantity",
  "sum_quantity",
  "balance",
  "currency",
  "next_expiry_date",
  "last_credit_date",
  "app_id",
  "location_id",
  "category",
] as const;
export type ParameterName = (typeof PARAMETER_NAMES)[number];

export const COMPARISONS = ["=", "!=", ">", ">=", "<", "<="] as const;
export type Comparison = (typeof COMPARISONS)[number];

const wellFormed = (text: string) => text.isWellFormed() && !text.includes("\0");

/** A hundred years in each unit of a relative date: far enough, and always within the calendar. */
export const MAX_OFFSET = { d: 36_500, w: 5_200, m: 1_200, y: 100 } as const;

/** A decimal number as canonical text (no leading zeros, no trailing zeros of the fraction): exact, never a float. */
export const NUMBER_TEXT = /^(0|-?[1-9]\d{0,17}|-?(0|[1-9]\d{0,14})\.\d{0,5}[1-9])$/;

export const textValueSchema = z.object({
  type: z.literal("text"),
  value: z.string().max(LIMITS.string).refine(wellFormed),
});
export const numberValueSchema = z.object({ type: z.literal("number"), text: z.string().regex(NUMBER_TEXT) });
export const dateValueSchema = z.discriminatedUnion("type", [
  /** A whole day in the shop's zone. */
  z.object({ type: z.literal("day"), day: z.iso.date().regex(/^[1-8]/) }),
  /** One second of local time in the shop's zone, `YYYY-MM-DDTHH:mm:ss`. */
  z.object({ type: z.literal("second"), at: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/) }),
  /** A whole day relative to today: -7d, -2w, -3m, -1y, +30d. */
  z
    .object({ type: z.literal("offset"), amount: z.int(), unit: z.enum(["d", "w", "m", "y"]) })
    .refine((offset) => Math.abs(offset.amount) <= MAX_OFFSET[offset.unit]),
  z.object({ type: z.literal("named"), name: z.enum(["today", "yesterday"]) }),
]);
export const booleanValueSchema = z.object({ type: z.literal("boolean"), value: z.boolean() });
export const valueSchema = z.union([textValueSchema, numberValueSchema, booleanValueSchema, dateValueSchema]);
const attributeNameSchema = z.union([z.enum(ATTRIBUTE_NAMES), z.custom<CustomName>(isCustomName)]);

export type DateValue = z.infer<typeof dateValueSchema>;
export type NumberValue = z.infer<typeof numberValueSchema>;
export type TextValue = z.infer<typeof textValueSchema>;
export type BooleanValue = z.infer<typeof booleanValueSchema>;
export type Value = z.infer<typeof valueSchema>;

export const parameterSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("compare"), name: z.enum(PARAMETER_NAMES), op: z.enum(COMPARISONS), value: valueSchema }),
  z.object({ kind: z.literal("between"), name: z.enum(PARAMETER_NAMES), from: valueSchema, to: valueSchema }),
  z.object({
    kind: z.literal("in"),
    name: z.enum(PARAMETER_NAMES),
    negated: z.boolean(),
    values: z.array(textValueSchema).min(1).max(LIMITS.listValues),
  }),
]);
export type Parameter = z.infer<typeof parameterSchema>;

export const clauseSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("compare"), attribute: attributeNameSchema, op: z.enum(COMPARISONS), value: valueSchema }),
  z.object({ kind: z.literal("between"), attribute: attributeNameSchema, from: valueSchema, to: valueSchema }),
  z.object({ kind: z.literal("null"), attribute: attributeNameSchema, negated: z.boolean() }),
  z.object({ kind: z.literal("contains"), attribute: attributeNameSchema, negated: z.boolean(), value: textValueSchema }),
  /** The yearly return of a date: on one day (`to` null) or within a span of days. */
  z.object({ kind: z.literal("anniversary"), attribute: attributeNameSchema, from: dateValueSchema, to: dateValueSchema.nullable() }),
  z.object({
    kind: z.literal("matches"),
    function: z.enum(FUNCTION_NAMES),
    negated: z.boolean(),
    parameters: z.array(parameterSchema).max(PARAMETER_NAMES.length),
  }),
]);
export type Clause = z.infer<typeof clauseSchema>;
export type ClauseOf<K extends Clause["kind"]> = Extract<Clause, { kind: K }>;

export type Group = { kind: "and" | "or"; children: Node[] };
export type Negation = { kind: "not"; child: Node };
export type Node = Group | Negation | Clause;

/** `{kind: "and", children: []}` at the root is the empty query: every customer. Nowhere else may a group be empty. */
export type Ast = Node;

export const nodeSchema: z.ZodType<Node> = z.lazy(() =>
  z.union([
    z.object({ kind: z.enum(["and", "or"]), children: z.array(nodeSchema).max(LIMITS.clauses) }),
    z.object({ kind: z.literal("not"), child: nodeSchema }),
    clauseSchema,
  ]),
);

export const EVERYONE: Ast = { kind: "and", children: [] };

export function isClause(node: Node): node is Clause {
  return node.kind !== "and" && node.kind !== "or" && node.kind !== "not";
}

export const isEveryone = (node: Node): boolean => node.kind === "and" && node.children.length === 0;

/** All conditions of a query in reading order. */
export function clausesOf(node: Node): Clause[] {
  if (isClause(node)) return [node];
  return node.kind === "not" ? clausesOf(node.child) : node.children.flatMap(clausesOf);
}

/** What is wrong at which characters. `code` and `expected` are keys of `segments.issues` and `segments.expected`. */
export const ISSUE_CODES = [
  "tooLong",
  "tooDeep",
  "tooManyClauses",
  "tooManyValues",
  "badCharacter",
  "unterminatedString",
  "doubleQuotes",
  "expected",
  "unexpectedEnd",
  "unknownAttribute",
  "unknownFunction",
  "unknownParameter",
  "functionNeedsMatches",
  "attributeHasNoMatches",
  "operatorNotAllowed",
  "parameterRepeated",
  "parameterNeeded",
  "wrongValue",
  "notInEnum",
  "badDate",
  "timeNotAllowed",
  "badNumber",
  "integerNeeded",
  "badText",
  "unavailable",
  "anniversaryNotAllowed",
  "segmentUnknown",
  "segmentCycle",
  "segmentsTooDeep",
] as const;
export type IssueCode = (typeof ISSUE_CODES)[number];

export const EXPECTED = [
  "condition",
  "attribute",
  "function",
  "operator",
  "comparison",
  "matches",
  "contains",
  "is",
  "null",
  "between",
  "and",
  "or",
  "not",
  "openParen",
  "closeParen",
  "comma",
  "parameter",
  "date",
  "number",
  "integer",
  "boolean",
  "text",
  "enum",
  "id",
  "list",
  "end",
] as const;
export type Expected = (typeof EXPECTED)[number];

export type Issue = {
  code: IssueCode;
  /** Character offsets (UTF-16), `to` exclusive. */
  from: number;
  to: number;
  params: Record<string, string | number>;
  expected: Expected[];
};

export const VALUE_KINDS = [
  ...(["product", "productTag", "collection", "customerTag", "country", "region", "city", "emailDomain", "language"] as const),
  ...(["campaign", "segment", "message", "eventName", "customAttribute", "customValue", "unit"] as const),
] as const;
/** What the values of a field are, for the search that offers those of this shop. */
export type ValueKind = (typeof VALUE_KINDS)[number];

// Outputs of the verbs.

export type Segment = {
  id: string;
  name: string;
  description: string;
  tags: string[];
  query: string;
  ast: Ast;
  /** sha256 of the canonical query: what an approval binds to. */
  hash: string;
  version: number;
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
  archivedAt: Date | null;
};

/** How much of a person the asker may see: analysts nobody, marketers a masked address. */
export type Sight = "nobody" | "masked" | "full";

export type SegmentListItem = Omit<Segment, "ast"> & {
  /** Campaigns that are or were started with this segment, drafts included. */
  usedBy: number;
  /** As the last night counted them. */
  members: { count: number; day: string } | null;
};

export type SamplePerson = {
  id: string;
  externalId: string;
  name: string;
  email: string | null;
  orders: number;
  /** Net amount spent, minor units of the shop's currency. */
  spent: bigint;
  lastOrderAt: Date | null;
};

export type Preview = {
  count: number;
  /** Customers of the shop. */
  total: number;
  /** count / total, 0 when the shop is empty. */
  share: number;
  sample: SamplePerson[];
};

/** Members with marketing consent on the channel and an address for it; for push a browser that is still subscribed. */
export type Reach = { email: number; sms: number; push: number };

/** Why a clause is true or false for one person: the actual value as data; the browser words it. */
export type Actual =
  | { type: "missing" }
  | { type: "money"; minor: bigint }
  | { type: "number"; value: number }
  | { type: "boolean"; value: boolean }
  | { type: "instant"; at: Date }
  | { type: "day"; day: string }
  | { type: "text"; value: string }
  | { type: "list"; values: string[] }
  | { type: "occurrences"; count: number; lastAt: Date | null; sum: bigint | null };

export type Explanation =
  | { kind: "and" | "or"; result: boolean; children: Explanation[] }
  | { kind: "not"; result: boolean; child: Explanation }
  | { kind: "clause"; result: boolean; clause: Clause; actual: Actual };

/** What a query needs that this shop does not have (yet). */
export const MISSING_DATA = [
  "orders",
  "consents",
  "birthDates",
  "productTags",
  "emailOpens",
  "emailClicks",
  "productViews",
  "collectionViews",
  "checkouts",
  "rfm",
  "predictions",
] as const;
export type MissingData = (typeof MISSING_DATA)[number];
