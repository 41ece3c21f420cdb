import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { addPicture } from "../pictures";
import { addPictureSchema, channelSchema, messageKindSchema } from "../schema";
import {
  archiveTemplate,
  createTemplate,
  getTemplate,
  getTemplateSchema,
  getVersion,
  listTemplates,
  restoreTemplate,
  saveTemplate,
  setDefaultTemplate,
} from "./manage-templates";
import { createTemplateSchema, lintInputSchema, previewTemplateSchema, saveTemplateSchema, testSendSchema } from "./schema";
import { getTest, listTests, testSend } from "./test-send";
import { lintContent, previewTemplate, templateVariables, templateVariablesSchema } from "./try-template";

const byId = z.object({ id: z.uuid() });

export const templatesRouter = router({
  list: shopProcedure("message.read")
    .input(z.object({ channel: channelSchema.nullish(), kind: messageKindSchema.nullish() }))
    .query(({ ctx, input }) => listTemplates(ctx.tenant, input)),
  get: shopProcedure("message.read")
    .input(getTemplateSchema)
    .query(({ ctx, input }) => getTemplate(ctx.tenant, input)),
  version: shopProcedure("message.read")
    .input(byId.extend({ version: z.int().min(1) }))
    .query(({ ctx, input }) => getVersion(ctx.tenant, input)),
  variables: shopProcedure("message.read")
    .input(templateVariablesSchema)
    .query(({ ctx, input }) => templateVariables(ctx.tenant, input)),
  lint: shopProcedure("message.read")
    .input(lintInputSchema)
    .query(({ ctx, input }) => lintContent(ctx.tenant, input)),
  preview: shopProcedure("message.read")
    .input(previewTemplateSchema)
    .query(({ ctx, input }) => previewTemplate(ctx.tenant, input)),
  create: shopProcedure("message.write")
    .input(createTemplateSchema)
    .mutation(({ ctx, input }) => createTemplate(ctx.tenant, input)),
  save: shopProcedure("message.write")
    .input(saveTemplateSchema)
    .mutation(({ ctx, input }) => saveTemplate(ctx.tenant, input)),
  restore: shopProcedure("message.write")
    .input(byId.extend({ version: z.int().min(1) }))
    .mutation(({ ctx, input }) => restoreTemplate(ctx.tenant, input)),
  setDefault: shopProcedure("message.write")
    .input(byId.extend({ isDefault: z.boolean() }))
    .mutation(({ ctx, input }) => setDefaultTemplate(ctx.tenant, input)),
  archive: shopProcedure("message.write")
    .input(byId)
    .mutation(({ ctx, input }) => archiveTemplate(ctx.tenant, input)),
  addPicture: shopProcedure("message.write")
    .input(addPictureSchema)
    .mutation(({ ctx, input }) => addPicture(ctx.tenant, input)),
  testSend: shopProcedure("message.write")
    .input(testSendSchema)
    .mutation(({ ctx, input }) => testSend(ctx.tenant, input)),
  tests: shopProcedure("message.read").query(({ ctx }) => listTests(ctx.tenant)),
  test: shopProcedure("message.read")
    .input(byId)
    .query(({ ctx, input }) => getTest(ctx.tenant, input)),
});
