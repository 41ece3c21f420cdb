import { router, shopProcedure } from "@/server/trpc/init";
import { eraseCustomer, previewErase } from "./erase-customer";
import { eraseSchema, personSchema } from "./schema";

/** What people may ask of a shop about themselves (domain.md 4.5). Their file is a route of its own, because it is a download. */
export const privacyRouter = router({
  /** Asked before the download, so that the password dialog can appear. */
  fileAllowed: shopProcedure("customer.export", { stepUp: true }).mutation(() => ({ allowed: true as const })),
  erasePreview: shopProcedure("customer.erase")
    .input(personSchema)
    .query(({ ctx, input }) => previewErase(ctx.tenant, input)),
  /** Cannot be undone, so it always wants the proof. */
  erase: shopProcedure("customer.erase", { stepUp: true })
    .input(eraseSchema)
    .mutation(({ ctx, input }) => eraseCustomer(ctx.tenant, input)),
});
