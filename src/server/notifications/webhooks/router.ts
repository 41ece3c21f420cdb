import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import {
  createWebhook,
  listWebhookDeliveries,
  listWebhooks,
  pingWebhook,
  removeWebhook,
  replayDelivery,
  updateWebhook,
} from "./manage-webhooks";
import { createWebhookSchema, listDeliveriesSchema, updateWebhookSchema } from "./schema";

const byId = z.object({ id: z.uuid() });

export const webhooksRouter = router({
  list: shopProcedure("shop.manage").query(({ ctx }) => listWebhooks(ctx.tenant)),
  deliveries: shopProcedure("shop.manage")
    .input(listDeliveriesSchema)
    .query(({ ctx, input }) => listWebhookDeliveries(ctx.tenant, input)),
  create: shopProcedure("shop.manage")
    .input(createWebhookSchema)
    .mutation(({ ctx, input }) => createWebhook(ctx.tenant, input)),
  update: shopProcedure("shop.manage")
    .input(updateWebhookSchema)
    .mutation(({ ctx, input }) => updateWebhook(ctx.tenant, input)),
  remove: shopProcedure("shop.manage")
    .input(byId)
    .mutation(({ ctx, input }) => removeWebhook(ctx.tenant, input)),
  replay: shopProcedure("shop.manage")
    .input(z.object({ deliveryId: z.uuid() }))
    .mutation(({ ctx, input }) => replayDelivery(ctx.tenant, input)),
  ping: shopProcedure("shop.manage")
    .input(byId)
    .mutation(({ ctx, input }) => pingWebhook(ctx.tenant, input)),
});
