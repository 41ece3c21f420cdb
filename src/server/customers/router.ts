import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { customerTimeline, getCustomer } from "./get-customer";
import { findOne, listCustomers } from "./list-customers";
import { listCustomersInput, timelineInput } from "./schema";

export const customersRouter = router({
  list: shopProcedure("customer.list")
    .input(listCustomersInput)
    .query(({ ctx, input }) => listCustomers(ctx.tenant, input, { masked: !ctx.access.permissions.has("customer.pii") })),
  /** Support finds one person by the whole address or id and never browses (domain.md 5.1). */
  find: shopProcedure("customer.read")
    .input(z.object({ term: z.string().trim().min(3).max(320) }))
    .query(({ ctx, input }) => findOne(ctx.tenant, input.term)),
  get: shopProcedure("customer.read")
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input }) => getCustomer(ctx.tenant, input.id, { masked: !ctx.access.permissions.has("customer.pii") })),
  timeline: shopProcedure("customer.read")
    .input(timelineInput)
    .query(({ ctx, input }) => customerTimeline(ctx.tenant, input)),
  /** Asked before the download, so that the password dialog can appear. */
  exportAllowed: shopProcedure("customer.export", { stepUp: true }).mutation(() => ({ allowed: true as const })),
});
