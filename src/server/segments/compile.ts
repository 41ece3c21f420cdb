import { type RawBuilder, sql } from "kysely";
import { compileAttribute } from "./compile-attribute";
import { compileFunction, listedBy } from "./compile-function";
import type { Condition } from "./compile-ranges";
import { segmentsNamed } from "./parameters";
import { type Ast, type AttributeName, type Clause, type ClauseOf, clausesOf, type Node } from "./schema";
import { type Scope, segmentNamed, unknownNode } from "./semantics";

/**
 * AST to SQL. Pure and total: whatever it does not know throws `UnknownNode`, nothing falls back to "everyone". Every value is a bound
 * parameter; the only identifiers are those written in the templates of these files.
 */
export function compileNode(node: Node, scope: Scope): Condition {
  switch (node.kind) {
    case "and":
      return node.children.length === 0 ? sql`true` : joined(node.children, scope, sql` and `);
    case "or":
      // Nobody can write an empty OR; an AST that holds one comes from a defect.
      return node.children.length === 0 ? unknownNode("an empty OR") : joined(node.children, scope, sql` or `);
    case "not":
      return sql`(not ${compileNode(node.child, scope)})`;
    case "matches":
      return node.function === "in_segment" ? compileInSegment(node, scope) : compileFunction(node, scope);
    case "compare":
    case "between":
    case "null":
    case "contains":
    case "anniversary":
      return compileAttribute(node, scope);
    default:
      return unknownNode(`the node ${JSON.stringify(node)}`);
  }
}

/** The other segment's own condition, in place: its members are those of this moment. */
function compileInSegment(clause: ClauseOf<"matches">, scope: Scope): Condition {
  const { ids, negated } = segmentsNamed(clause);
  const some: Condition = sql`(${sql.join(
    ids.map((id) => compileNode(segmentNamed(id, scope), scope)),
    sql` or `,
  )})`;
  return negated ? sql`(not ${some})` : some;
}

const joined = (children: Node[], scope: Scope, by: RawBuilder<unknown>): Condition =>
  sql`(${sql.join(
    children.map((child) => compileNode(child, scope)),
    by,
  )})`;

/** Attributes that one narrow row answers; all others need the customer's own row beside it. */
const IN_METRICS: ReadonlySet<string> = new Set([
  "amount_spent",
  "average_order_value",
  "number_of_orders",
  "first_order_date",
  "last_order_date",
  "abandoned_checkout_date",
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
] satisfies AttributeName[]);

const needsCustomer = (clause: Clause, scope: Scope): boolean => {
  // Birthdays are in the narrow row; the date with its year is not.
  if (clause.kind === "anniversary" && clause.attribute === "metafields.facts.birth_date") return false;
  if (clause.kind !== "matches") return !IN_METRICS.has(clause.attribute);
  if (clause.function !== "in_segment") return false;
  return segmentsNamed(clause).ids.some((id) => clausesOf(segmentNamed(id, scope)).some((inner) => needsCustomer(inner, scope)));
};

/**
 * `from … where …` of the members: `m` is customer_metrics; `c` is customer, joined when the query or the caller reads it.
 * Erased people belong to no segment.
 */
export function membersFrom(ast: Ast, scope: Scope, options: { customer?: boolean } = {}): RawBuilder<unknown> {
  const condition = compileNode(ast, scope);
  const customer = options.customer || clausesOf(ast).some((clause) => needsCustomer(clause, scope));
  return customer
    ? sql`from customer_metrics m join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
          where m.shop_id = ${scope.shopId} and not m.erased and ${condition}`
    : sql`from customer_metrics m where m.shop_id = ${scope.shopId} and not m.erased and ${condition}`;
}

/**
 * The same with nothing but `m.customer_id` to read. A query that is one list (who bought this, who viewed that) is answered from the
 * list: a look at each person's row only to learn that they were not erased took longer than everything else.
 */
export function memberIds(ast: Ast, scope: Scope): RawBuilder<unknown> {
  const only = ast.kind === "and" && ast.children.length === 1 ? ast.children[0] : ast;
  const list = only?.kind === "matches" && only.function !== "in_segment" ? listedBy(only, scope) : undefined;
  return list
    ? sql`from (select distinct l.customer_id from (${list}) l(customer_id)) m
          where m.customer_id not in (select c.id from customer c where c.shop_id = ${scope.shopId} and c.erased_at is not null)`
    : membersFrom(ast, scope);
}

/** The members of a segment: one row per customer, no order. */
export const compileSegment = (ast: Ast, scope: Scope): RawBuilder<{ customer_id: string }> =>
  sql<{ customer_id: string }>`select m.customer_id ${memberIds(ast, scope)}`;
