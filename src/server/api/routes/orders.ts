/** Orders with lines, refunds and the credit they used; refunds that come on their own (DESIGN section 8). */
import { z } from "zod";
import { recordParsedRefund } from "@/server/orders/record-refund";
import { orderInput, refundInput } from "@/server/orders/schema";
import { upsertParsedOrder } from "@/server/orders/upsert-order";
import { defineRoute } from "../route";
import { externalIdIn } from "../wire";

const params = z.object({ externalId: externalIdIn });

const upsert = defineRoute({
  method: "PUT",
  path: "/orders/{externalId}",
  scope: "orders:write",
  summary: "Create or update an order with its lines and refunds",
  tag: "Orders",
  params,
  body: orderInput.omit({ externalId: true }),
  response: z.object({ id: z.uuid(), outcome: z.enum(["created", "updated", "unchanged", "stale"]) }),
  handler: (ctx, input) => upsertParsedOrder(ctx, { ...input.body, externalId: input.params.externalId }),
});

const refund = defineRoute({
  method: "PUT",
  path: "/refunds/{externalId}",
  scope: "orders:write",
  summary: "Record a refund, also before its order is known",
  tag: "Orders",
  params,
  body: refundInput.omit({ externalId: true }),
  response: z.object({ waiting: z.boolean().describe("True until the order arrives") }),
  handler: (ctx, input) => recordParsedRefund(ctx, { ...input.body, externalId: input.params.externalId }),
});

export const orderRoutes = [upsert, refund];
