import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { consentHistory, recordConsent, recordConsentSchema } from "./consent-history";
import {
  addressSchema,
  addSuppression,
  addSuppressionSchema,
  checkRefusal,
  checkSuppression,
  listSuppression,
  listSuppressionSchema,
  removeSuppression,
  removeSuppressionSchema,
} from "./manage-suppression";
import { requestOptIn } from "./opt-in";

const customer = z.object({ customerId: z.uuid() });

export const consentRouter = router({
  // Addresses and browsers are in the evidence: for those who may see customers' data.
  history: shopProcedure("customer.pii")
    .input(customer)
    .query(({ ctx, input }) => consentHistory(ctx.tenant, input)),
  record: shopProcedure("message.write")
    .input(recordConsentSchema)
    .mutation(({ ctx, input }) => recordConsent(ctx.tenant, input)),
  requestOptIn: shopProcedure("message.write")
    .input(customer)
    .mutation(({ ctx, input }) => requestOptIn(ctx.tenant, input.customerId)),
});

export const suppressionRouter = router({
  list: shopProcedure("message.read")
    .input(listSuppressionSchema)
    .query(({ ctx, input }) => listSuppression(ctx.tenant, input)),
  check: shopProcedure("message.read")
    .input(addressSchema)
    .query(({ ctx, input }) => checkSuppression(ctx.tenant, input)),
  refusal: shopProcedure("message.read")
    .input(addressSchema)
    .query(({ ctx, input }) => checkRefusal(ctx.tenant, input)),
  add: shopProcedure("shop.manage")
    .input(addSuppressionSchema)
    .mutation(({ ctx, input }) => addSuppression(ctx.tenant, input)),
  remove: shopProcedure("shop.manage")
    .input(removeSuppressionSchema)
    .mutation(({ ctx, input }) => removeSuppression(ctx.tenant, input)),
});
