import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { createInboundSecret, createPushKeys, inboundUrls, listChannels, pauseChannel, saveChannel, testChannel } from "./manage-channels";
import { pauseChannelSchema, saveChannelSchema, testChannelSchema } from "./schema";

export const channelsRouter = router({
  list: shopProcedure("message.read").query(({ ctx }) => listChannels(ctx.tenant)),
  inboundUrls: shopProcedure("shop.manage").query(({ ctx }) => inboundUrls(ctx.tenant)),
  save: shopProcedure("shop.manage")
    .input(saveChannelSchema)
    .mutation(({ ctx, input }) => saveChannel(ctx.tenant, input)),
  setPaused: shopProcedure("shop.manage")
    .input(pauseChannelSchema)
    .mutation(({ ctx, input }) => pauseChannel(ctx.tenant, input)),
  test: shopProcedure("shop.manage")
    .input(testChannelSchema)
    .mutation(({ ctx, input }) => testChannel(ctx.tenant, input)),
  createPushKeys: shopProcedure("shop.manage")
    .input(z.object({ subject: z.string().max(300) }))
    .mutation(({ ctx, input }) => createPushKeys(ctx.tenant, input)),
  createInboundSecret: shopProcedure("shop.manage")
    .input(z.object({ address: z.email().max(254).nullish() }))
    .mutation(({ ctx, input }) => createInboundSecret(ctx.tenant, input)),
});
