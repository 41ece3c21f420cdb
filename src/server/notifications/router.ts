import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { getMessage, previewMessage } from "./get-message";
import { countMessages, listMessages } from "./list-messages";
import { listMessagesSchema, previewMessageSchema } from "./schema";

const viewer = (permissions: ReadonlySet<string>) => ({ pii: permissions.has("customer.pii") });

export const messageRouter = router({
  list: shopProcedure("message.read")
    .input(listMessagesSchema)
    .query(({ ctx, input }) => listMessages(ctx.tenant, input, viewer(ctx.access.permissions))),
  counts: shopProcedure("message.read")
    .input(z.object({ campaignId: z.uuid().nullish() }))
    .query(({ ctx, input }) => countMessages(ctx.tenant, input)),
  get: shopProcedure("message.read")
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input }) => getMessage(ctx.tenant, input, viewer(ctx.access.permissions))),
  preview: shopProcedure("campaign.read")
    .input(previewMessageSchema)
    .query(({ ctx, input }) => previewMessage(ctx.tenant, input)),
});
