import { router, shopProcedure } from "@/server/trpc/init";
import { checkSenderDomain } from "./check-sender-domain";
import { activateKey, createKey, discardKey, saveSelectors, stopSigning } from "./manage-signing";
import { keySchema, selectorsSchema } from "./schema";
import { viewSenderDomain } from "./view-sender-domain";

export const senderDomainRouter = router({
  get: shopProcedure("message.read").query(({ ctx }) => viewSenderDomain(ctx.tenant)),
  check: shopProcedure("shop.manage").mutation(({ ctx }) => checkSenderDomain(ctx.tenant)),
  saveSelectors: shopProcedure("shop.manage")
    .input(selectorsSchema)
    .mutation(({ ctx, input }) => saveSelectors(ctx.tenant, input)),
  createKey: shopProcedure("shop.manage").mutation(({ ctx }) => createKey(ctx.tenant)),
  activateKey: shopProcedure("shop.manage")
    .input(keySchema)
    .mutation(({ ctx, input }) => activateKey(ctx.tenant, input)),
  stopSigning: shopProcedure("shop.manage")
    .input(keySchema)
    .mutation(({ ctx, input }) => stopSigning(ctx.tenant, input)),
  discardKey: shopProcedure("shop.manage")
    .input(keySchema)
    .mutation(({ ctx, input }) => discardKey(ctx.tenant, input)),
});
