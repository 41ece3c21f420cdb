import { router, shopProcedure } from "@/server/trpc/init";
import { feedbackUrls, listFeedback, removeFeedback, saveFeedback } from "./manage-feedback";
import { removeFeedbackSchema, saveFeedbackSchema } from "./schema";

export const feedbackRouter = router({
  list: shopProcedure("message.read").query(({ ctx }) => listFeedback(ctx.tenant)),
  urls: shopProcedure("shop.manage").query(({ ctx }) => feedbackUrls(ctx.tenant)),
  save: shopProcedure("shop.manage")
    .input(saveFeedbackSchema)
    .mutation(({ ctx, input }) => saveFeedback(ctx.tenant, input)),
  remove: shopProcedure("shop.manage")
    .input(removeFeedbackSchema)
    .mutation(({ ctx, input }) => removeFeedback(ctx.tenant, input)),
});
