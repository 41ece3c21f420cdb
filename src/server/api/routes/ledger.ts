/** Balance, money and books (DESIGN section 8). */
import { z } from "zod";
import { adjust, apiGrant } from "@/server/ledger/api-grant";
import { spendableCredit } from "@/server/ledger/customer-credit";
import { capture, hold, release } from "@/server/ledger/hold";
import { liability } from "@/server/ledger/liability";
import { listTransfers } from "@/server/ledger/list-transfers";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { ORIGIN_CLASSES, orderRefSchema, reasonSchema, TRANSFER_KINDS, unitSchema } from "@/server/ledger/schema";
import { orderFactsSchema, termsSchema } from "@/server/ledger/terms-schema";
import { listViolations } from "@/server/ledger/violations";
import { withCustomer } from "@/server/ledger/with-customer";
import { defineRoute } from "../route";
import { amountIn, amountOrZeroIn, externalIdIn, instantIn, pageOf, pageQuery, signedAmountIn } from "../wire";

const unit = unitSchema.describe("ISO 4217 code or PTS:<programme>");
const order = orderRefSchema.describe("The shop's order id");
const { lines, discounted, firstOrder } = orderFactsSchema.shape;
/** Where credit is spent: the order's id, or with what the terms of credit look at. */
const spentOn = z.union([
  order,
  z.strictObject({
    id: order,
    total: amountOrZeroIn.describe("Of the order before credit"),
    discounted: discounted.describe("Whether the order carries another discount"),
    firstOrder: firstOrder.describe("Left away: known from the customer's orders"),
    lines: lines.describe("What credit for certain products and collections looks at; ids as in PUT /orders"),
  }),
]);
const spending = (value: z.output<typeof spentOn>) => {
  if (typeof value === "string") return { orderRef: value };
  const { id, ...facts } = value;
  return { orderRef: id, order: facts };
};
const idLists = z.object({ products: z.array(z.string()), collections: z.array(z.string()) });
const lot = z.object({
  id: z.uuid(),
  state: z.enum(["upcoming", "open", "lapsed", "empty"]),
  granted: z.bigint(),
  remaining: z.bigint(),
  held: z.bigint(),
  redeemed: z.bigint(),
  expired: z.bigint(),
  recalled: z.bigint(),
  moved: z.bigint().describe("Went on to a restore lot"),
  availableFrom: z.date(),
  expiresAt: z.date().nullable().describe("Exclusive"),
  createdAt: z.date(),
  origin: z.enum(ORIGIN_CLASSES),
  source: z.object({ type: z.string(), id: z.string() }),
  terms: z
    .object({
      id: z.string(),
      minOrder: z.bigint().nullable().describe("Smallest order total, in minor units"),
      include: idLists.nullable().describe("Only lines of these can be paid"),
      exclude: idLists.nullable(),
      firstOrderOnly: z.boolean(),
      noDiscounts: z.boolean(),
    })
    .nullable()
    .describe("On which orders it can be spent; null: on any"),
});
const balance = z.bigint().describe("Credit after this operation, in minor units, upcoming credit included");

const credit = defineRoute({
  method: "GET",
  path: "/customers/{externalId}/credit",
  scope: "credit:read",
  tag: "Credit",
  summary: "Balances and lots of a customer, in spending order",
  params: z.object({ externalId: externalIdIn }),
  response: z.object({
    customer: z.string(),
    mergedInto: z.string().nullable().describe("Who has this customer's credit since a merge, and whose balances these are"),
    asOf: z.date(),
    balances: z.array(
      z.object({
        unit: z.string(),
        available: z.bigint(),
        held: z.bigint(),
        upcoming: z.bigint(),
        conditional: z.bigint().describe("Part of `available` that not every order can be paid with"),
        debt: z.bigint().describe("Owed by the customer; comes off the next grants"),
        lots: z.array(lot),
      }),
    ),
  }),
  problems: ["NOT_FOUND"],
  handler: (ctx, { params }) =>
    withCustomer(ctx, params.externalId, async (inner, customerId) => ({
      ...(await spendableCredit(inner, customerId)),
      customer: params.externalId,
    })),
});

const grants = defineRoute({
  method: "POST",
  path: "/credit/grants",
  scope: "credit:write",
  tag: "Credit",
  summary: "Grant credit to a customer",
  idempotent: true,
  status: 201,
  body: z.strictObject({
    customer: externalIdIn,
    unit,
    amount: amountIn,
    origin: z.enum(ORIGIN_CLASSES).default("unpaid").describe("Decides expiry law and accounting; can never be changed"),
    availableFrom: instantIn.nullable().default(null),
    expiresAt: instantIn.nullable().default(null),
    reason: reasonSchema,
    terms: termsSchema.optional().describe("Conditions of spending; never changed later"),
  }),
  response: z.object({ transferId: z.uuid().nullable(), lotId: z.uuid().nullable(), amount: z.bigint(), unit: z.string() }),
  problems: ["NOT_FOUND", "IDEMPOTENCY_CONFLICT", "EXPIRES_IN_PAST", "UNKNOWN_UNIT"],
  handler: async (ctx, { body, idempotencyKey }) => {
    const { transferId, lotId, total } = await apiGrant(ctx, { ...body, originClass: body.origin, key: idempotencyKey });
    return { transferId, lotId, amount: total, unit: body.unit };
  },
});

const holds = defineRoute({
  method: "POST",
  path: "/credit/holds",
  scope: "credit:write",
  tag: "Credit",
  summary: "Reserve credit for a checkout",
  idempotent: true,
  status: 201,
  body: z.strictObject({
    customer: externalIdIn,
    unit,
    amount: amountIn,
    order: spentOn,
    ttlSeconds: z.int().min(1).max(604_800).optional().describe("15 minutes unless given"),
  }),
  response: z.object({ holdId: z.uuid(), transferId: z.uuid(), amount: z.bigint(), unit: z.string(), balance, expiresAt: z.date() }),
  problems: ["NOT_FOUND", "INSUFFICIENT_CREDIT", "CREDIT_TERMS_UNMET", "HOLD_EXISTS", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body, idempotencyKey }) =>
    withCustomer(ctx, body.customer, (inner, customerId) =>
      hold(inner, {
        key: idempotencyKey,
        customerId,
        unit: body.unit,
        amount: body.amount,
        ...spending(body.order),
        ttlSeconds: body.ttlSeconds,
      }),
    ),
});

const closedHold = z.object({
  holdId: z.uuid(),
  transferId: z.uuid(),
  captured: z.bigint(),
  released: z.bigint(),
  unit: z.string(),
  balance,
});
const holdParams = z.object({ id: z.uuid() });

const captures = defineRoute({
  method: "POST",
  path: "/credit/holds/{id}/capture",
  scope: "credit:write",
  tag: "Credit",
  summary: "Give a hold, or part of it, to its order; the rest returns to the customer",
  idempotent: true,
  params: holdParams,
  body: z.strictObject({ amount: amountIn.optional().describe("All of the hold unless given") }).optional(),
  response: closedHold,
  problems: ["NOT_FOUND", "NO_OPEN_HOLD", "CAPTURE_EXCEEDS_HOLD", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { params, body, idempotencyKey }) => capture(ctx, { key: idempotencyKey, holdId: params.id, amount: body?.amount }),
});

const releases = defineRoute({
  method: "POST",
  path: "/credit/holds/{id}/release",
  scope: "credit:write",
  tag: "Credit",
  summary: "End a hold without a purchase",
  idempotent: true,
  params: holdParams,
  body: z.strictObject({ reason: reasonSchema.optional() }).optional(),
  response: closedHold,
  problems: ["NOT_FOUND", "NO_OPEN_HOLD", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { params, body, idempotencyKey }) => release(ctx, { key: idempotencyKey, holdId: params.id, reason: body?.reason }),
});

const redemptions = defineRoute({
  method: "POST",
  path: "/credit/redemptions",
  scope: "credit:write",
  tag: "Credit",
  summary: "Spend credit for an order at once",
  idempotent: true,
  status: 201,
  body: z.strictObject({ customer: externalIdIn, unit, amount: amountIn, order: spentOn, reason: reasonSchema.optional() }),
  response: z.object({ transferId: z.uuid(), amount: z.bigint(), unit: z.string(), balance }),
  problems: ["NOT_FOUND", "INSUFFICIENT_CREDIT", "CREDIT_TERMS_UNMET", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body, idempotencyKey }) =>
    withCustomer(ctx, body.customer, (inner, customerId) =>
      redeem(inner, {
        key: idempotencyKey,
        customerId,
        unit: body.unit,
        amount: body.amount,
        ...spending(body.order),
        reason: body.reason,
      }),
    ),
});

const refunds = defineRoute({
  method: "POST",
  path: "/credit/refunds",
  scope: "credit:write",
  tag: "Credit",
  summary: "Return credit of an order: an amount, or the proportional share of the order's cumulative refund",
  idempotent: true,
  status: 201,
  body: z.union([
    z.strictObject({ order, amount: amountIn, reason: reasonSchema.optional() }),
    z.strictObject({
      order,
      refundTotal: amountOrZeroIn.describe("All refunds of the order so far, this one included"),
      orderTotal: amountIn.describe("Total of the order"),
      reason: reasonSchema.optional(),
    }),
  ]),
  response: z.object({
    transferId: z.uuid().nullable(),
    amount: z.bigint(),
    unit: z.string(),
    refundable: z.bigint().describe("What the order could still get back"),
    balance: balance.optional(),
    recalled: z.bigint().optional().describe("Came back to recalled credit and left again"),
    lapsed: z.bigint().optional(),
    restoredLots: z.array(z.uuid()).optional(),
  }),
  problems: ["NOT_FOUND", "REFUND_EXCEEDS_CAPTURE", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body: { order: orderRef, ...rest }, idempotencyKey }) => refund(ctx, { key: idempotencyKey, orderRef, ...rest }),
});

const adjustments = defineRoute({
  method: "POST",
  path: "/credit/adjustments",
  scope: "credit:write",
  tag: "Credit",
  summary: "Correct a customer's credit by a signed amount, with a reason",
  idempotent: true,
  status: 201,
  body: z.strictObject({
    customer: externalIdIn,
    unit,
    amount: signedAmountIn,
    reason: reasonSchema,
    expiresAt: instantIn.nullable().default(null).describe("Only for positive amounts"),
  }),
  response: z.object({ transferId: z.uuid().nullable() }),
  problems: ["NOT_FOUND", "INSUFFICIENT_CREDIT", "IDEMPOTENCY_CONFLICT"],
  handler: (ctx, { body, idempotencyKey }) => adjust(ctx, { ...body, key: idempotencyKey }),
});

const liabilities = defineRoute({
  method: "GET",
  path: "/ledger/liability",
  scope: "ledger:read",
  tag: "Books",
  summary: "What the shop owes: outstanding, held, upcoming, by expiry month and origin",
  response: z.object({
    units: z.array(
      z.object({
        unit: z.string(),
        outstanding: z.bigint(),
        available: z.bigint(),
        held: z.bigint(),
        upcoming: z.bigint(),
        unbooked: z.bigint().describe("Lapsed, to be booked by the next sweep"),
        customers: z.int(),
        noExpiry: z.bigint(),
        byExpiryMonth: z.array(z.object({ month: z.string(), amount: z.bigint(), lots: z.int() })),
        byOrigin: z.array(z.object({ origin: z.enum(ORIGIN_CLASSES), amount: z.bigint() })),
        lapsing: z.array(z.object({ days: z.int(), amount: z.bigint(), customers: z.int() })),
      }),
    ),
  }),
  handler: async (ctx) => ({ units: await liability(ctx) }),
});

const transfers = defineRoute({
  method: "GET",
  path: "/ledger/transfers",
  scope: "ledger:read",
  tag: "Books",
  summary: "Transfers, newest first",
  query: z.strictObject({
    customer: externalIdIn.optional().describe("What touched this customer's credit, collective entries included"),
    kind: z.enum(TRANSFER_KINDS).optional(),
    order: orderRefSchema.optional(),
    source: z.uuid().optional(),
    from: instantIn.optional(),
    to: instantIn.optional(),
    ...pageQuery,
    cursor: z.uuid().optional(),
  }),
  response: pageOf(
    z.object({
      id: z.uuid(),
      kind: z.enum(TRANSFER_KINDS),
      unit: z.string(),
      amount: z.bigint(),
      entries: z.int(),
      at: z.date(),
      customerId: z.uuid().nullable(),
      sourceType: z.string().nullable(),
      sourceId: z.uuid().nullable(),
      orderRef: z.string().nullable(),
      holdId: z.uuid().nullable(),
      reason: z.string().nullable(),
      actorType: z.enum(["user", "apiKey", "system"]),
      actorLabel: z.string(),
    }),
  ),
  problems: ["NOT_FOUND"],
  handler: (ctx, { query: { customer, kind, order: orderRef, source: sourceId, ...rest } }) => {
    const filter = { ...rest, orderRef, sourceId, ...(kind ? { kinds: [kind] } : {}) };
    if (customer === undefined) return listTransfers(ctx, filter);
    return withCustomer(ctx, customer, (inner, customerId) => listTransfers(inner, { ...filter, customerId }));
  },
});

const violations = defineRoute({
  method: "GET",
  path: "/ledger/violations",
  scope: "ledger:read",
  tag: "Books",
  summary: "Breaches of the ledger's invariants; always empty",
  response: z.object({
    checkedAt: z.date(),
    violations: z.array(z.object({ invariant: z.string(), subject: z.string(), detail: z.unknown() })),
  }),
  handler: (ctx) => listViolations(ctx),
});

export const ledgerRoutes = [
  credit,
  grants,
  holds,
  captures,
  releases,
  redemptions,
  refunds,
  adjustments,
  liabilities,
  transfers,
  violations,
];
