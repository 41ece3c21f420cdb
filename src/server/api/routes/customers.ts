/** Customers: upsert, read, list (DESIGN section 8). */
import { z } from "zod";
import { getCustomerByExternalId } from "@/server/customers/get-customer";
import { listCustomers } from "@/server/customers/list-customers";
import { ACCOUNT_STATUSES, CONSENTS, CUSTOMER_SORTS, customerInput } from "@/server/customers/schema";
import { upsertParsedCustomer } from "@/server/customers/upsert-customer";
import { withCustomer } from "@/server/ledger/with-customer";
import { OPT_IN_REFUSALS, requestOptIn } from "@/server/notifications/consent/opt-in";
import { eraseCustomer } from "@/server/privacy/erase-customer";
import { defineRoute } from "../route";
import { externalIdIn, pageOf, pageQuery } from "../wire";

const params = z.object({ externalId: externalIdIn });
const outcome = z
  .enum(["created", "updated", "unchanged", "stale"])
  .describe("stale: a newer state is known, or the person was erased; nothing was written");

const customer = z.object({
  id: z.uuid(),
  externalId: z.string(),
  email: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  phone: z.string().nullable(),
  country: z.string().nullable(),
  region: z.string().nullable(),
  city: z.string().nullable(),
  locale: z.string().nullable(),
  birthDate: z.string().nullable(),
  tags: z.array(z.string()),
  accountStatus: z.enum(ACCOUNT_STATUSES),
  emailConsent: z.enum(CONSENTS),
  smsConsent: z.enum(CONSENTS),
  erasedAt: z.date().nullable(),
  addedAt: z.date(),
  updatedAt: z.date(),
  ordersCount: z.int(),
  netSpent: z.bigint().describe("After refunds, minor units of the shop's currency"),
  firstOrderAt: z.date().nullable(),
  lastOrderAt: z.date().nullable(),
});

const upsert = defineRoute({
  method: "PUT",
  path: "/customers/{externalId}",
  scope: "customers:write",
  summary: "Create or update a customer",
  tag: "Customers",
  params,
  body: customerInput.omit({ externalId: true }),
  response: z.object({ id: z.uuid(), outcome }),
  handler: (ctx, input) => upsertParsedCustomer(ctx, { ...input.body, externalId: input.params.externalId }),
});

const read = defineRoute({
  method: "GET",
  path: "/customers/{externalId}",
  scope: "customers:read",
  summary: "Read a customer",
  tag: "Customers",
  params,
  response: customer,
  handler: (ctx, input) => getCustomerByExternalId(ctx, input.params.externalId),
});

const optIn = defineRoute({
  method: "POST",
  path: "/customers/{externalId}/opt-in",
  scope: "customers:write",
  summary: "Ask a customer by e-mail to confirm that they want e-mail (double opt-in)",
  tag: "Customers",
  params,
  body: z
    .strictObject({
      sourceUrl: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .nullish()
        .describe("The page with the form"),
      ip: z.string().max(64).nullish().describe("Of the person who filled it in; kept as evidence"),
      userAgent: z.string().max(500).nullish(),
    })
    .prefault({}),
  response: z.object({
    asked: z.boolean().describe("Whether a message goes out"),
    reason: z.enum(OPT_IN_REFUSALS).optional().describe("Why not; askedAlready: less than ten minutes ago, or three times in a day"),
  }),
  problems: ["NOT_FOUND"],
  handler: (ctx, { params: { externalId }, body }) =>
    withCustomer(ctx, externalId, (inner, customerId) =>
      requestOptIn(inner, customerId, { sourceUrl: body.sourceUrl ?? null, ip: body.ip ?? null, userAgent: body.userAgent ?? null }),
    ),
});

const erase = defineRoute({
  method: "POST",
  path: "/customers/{externalId}/erase",
  scope: "customers:erase",
  summary:
    "Delete what says who a customer is; orders and bookings stay under the id. Cannot be undone; a second call changes nothing. An id that contains @ is replaced, and not found any more (404)",
  tag: "Customers",
  params,
  body: z
    .strictObject({
      keepCredit: z
        .boolean()
        .default(false)
        .describe("Credit that is left stays spendable under the id; without this it stops the erasure"),
    })
    .prefault({}),
  response: z.object({ erasedAt: z.date() }),
  problems: ["NOT_FOUND", "CREDIT_LEFT"],
  handler: (ctx, { params: { externalId }, body }) =>
    withCustomer(ctx, externalId, (inner, customerId) => eraseCustomer(inner, { customerId, ...body })),
});

const list = defineRoute({
  method: "GET",
  path: "/customers",
  scope: "customers:read",
  summary: "List or search customers",
  tag: "Customers",
  query: z.strictObject({
    ...pageQuery,
    cursor: z.string().min(1).max(500).optional(),
    search: z.string().max(200).default("").describe("Beginnings of names, address or id"),
    sort: z.enum(CUSTOMER_SORTS).default("newest"),
  }),
  response: pageOf(
    customer.pick({
      ...{ id: true, externalId: true, email: true, firstName: true, lastName: true, country: true, emailConsent: true, addedAt: true },
      ...{ ordersCount: true, netSpent: true, lastOrderAt: true },
    }),
  ),
  handler: async (ctx, input) => {
    const page = await listCustomers(ctx, input.query);
    return { items: page.rows, nextCursor: page.nextCursor };
  },
});

export const customerRoutes = [upsert, read, optIn, erase, list];
