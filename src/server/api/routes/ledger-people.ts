/** Credit of people who merge, return what they were rewarded for, or turn points into credit; and the budgets grants count against. */
import { z } from "zod";
import { listBudgets } from "@/server/ledger/budget";
import { clawback } from "@/server/ledger/clawback";
import { convert } from "@/server/ledger/convert";
import { mergeCustomerCredit } from "@/server/ledger/merge-customers";
import { budgetSchema, reasonSchema, unitSchema } from "@/server/ledger/schema";
import { changeBudget } from "@/server/ledger/set-budget";
import { withCustomer } from "@/server/ledger/with-customer";
import { defineRoute } from "../route";
import { amountIn, amountOrZeroIn, externalIdIn, instantIn } from "../wire";

const unit = unitSchema.describe("ISO 4217 code or PTS:<programme>");

const merges = defineRoute({
  method: "POST",
  path: "/credit/merges",
  scope: "credit:write",
  tag: "Credit",
  summary: "Move all credit, holds and debt of one customer to another; cannot be undone",
  idempotent: true,
  status: 201,
  body: z.strictObject({ from: externalIdIn, into: externalIdIn, reason: reasonSchema }),
  response: z.object({
    units: z.array(
      z.object({
        unit: z.string(),
        moved: z.bigint(),
        held: z.bigint().describe("Open holds that went along"),
        recalled: z.bigint().describe("Taken back, because one drop had given to both"),
        debt: z.bigint(),
      }),
    ),
  }),
  problems: ["NOT_FOUND", "CONFLICT", "VALIDATION", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body, idempotencyKey }) =>
    withCustomer(ctx, body.from, (inner, fromCustomerId) =>
      withCustomer(inner, body.into, (both, intoCustomerId) =>
        mergeCustomerCredit(both, { key: idempotencyKey, fromCustomerId, intoCustomerId, reason: body.reason }),
      ),
    ),
});

const clawbacks = defineRoute({
  method: "POST",
  path: "/credit/clawbacks",
  scope: "credit:write",
  tag: "Credit",
  summary: "Take earned credit back; what is spent already becomes debt, which the next grants pay off",
  idempotent: true,
  status: 201,
  body: z.strictObject({
    customer: externalIdIn,
    unit,
    amount: amountIn,
    source: z.uuid().optional().describe("Source of the grant; its lots are taken from first"),
    reason: reasonSchema,
  }),
  response: z.object({
    transferId: z.uuid(),
    amount: z.bigint(),
    unit: z.string(),
    taken: z.bigint(),
    debt: z.bigint().describe("All the customer owes in this unit now"),
    balance: z.bigint(),
  }),
  problems: ["NOT_FOUND", "UNKNOWN_UNIT", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body: { customer, source, ...rest }, idempotencyKey }) =>
    withCustomer(ctx, customer, (inner, customerId) =>
      clawback(inner, { ...rest, customerId, key: idempotencyKey, ...(source ? { sourceId: source } : {}) }),
    ),
});

const conversions = defineRoute({
  method: "POST",
  path: "/credit/conversions",
  scope: "credit:write",
  tag: "Credit",
  summary: "Turn an amount of one unit, such as points, into credit of another; both or neither is booked",
  idempotent: true,
  status: 201,
  body: z.strictObject({
    customer: externalIdIn,
    from: z.strictObject({ unit, amount: amountIn }),
    to: z.strictObject({ unit, amount: amountIn }),
    expiresAt: instantIn.nullable().default(null),
    reason: reasonSchema,
  }),
  response: z.object({
    linkId: z.uuid().describe("Both transfers carry it"),
    transferIds: z.array(z.uuid()),
    lotId: z.uuid(),
    points: z.bigint(),
    amount: z.bigint(),
    netted: z.bigint().describe("Of the new credit, what went against debt at once"),
    left: z.bigint().describe("Balance that is left of the first unit"),
  }),
  problems: ["NOT_FOUND", "INSUFFICIENT_CREDIT", "EXPIRES_IN_PAST", "UNKNOWN_UNIT", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body: { customer, ...rest }, idempotencyKey }) =>
    withCustomer(ctx, customer, (inner, customerId) => convert(inner, { ...rest, customerId, key: idempotencyKey })),
});

const budget = z.object({
  scope: z.enum(["shop", "organisation"]),
  key: z.string(),
  unit: z.string(),
  cap: z.bigint().describe("900000000000000000 where nobody has set one: it only counts"),
  granted: z.bigint(),
  left: z.bigint(),
});
const withLeft = <B extends { cap: bigint; granted: bigint }>(row: B) => ({
  ...row,
  left: row.cap > row.granted ? row.cap - row.granted : 0n,
});

const budgets = defineRoute({
  method: "GET",
  path: "/ledger/budgets",
  scope: "ledger:read",
  tag: "Books",
  summary: "Budgets of the shop and of its organisation, with what is used of them",
  response: z.object({ budgets: z.array(budget) }),
  handler: async (ctx) => ({ budgets: (await listBudgets(ctx)).map(withLeft) }),
});

const setBudget = defineRoute({
  method: "PUT",
  path: "/ledger/budgets/{key}",
  scope: "budgets:write",
  tag: "Books",
  summary: "Open a budget of the shop or change its cap; what was granted stays",
  params: z.object({ key: budgetSchema.shape.key }),
  body: z.strictObject({ unit, cap: amountOrZeroIn }),
  response: budget,
  problems: ["UNKNOWN_UNIT"],
  // A key works for one shop: what all shops share is set by a person.
  handler: async (ctx, { params, body }) => withLeft(await changeBudget(ctx, { scope: "shop", ...params, ...body }, { allShops: false })),
});

export const ledgerPeopleRoutes = [merges, clawbacks, conversions, budgets, setBudget];
