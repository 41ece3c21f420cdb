import { z } from "zod";
import { acceptInvitation, viewInvitation } from "@/server/tenancy/accept-invitation";
import { acceptInvitationSchema, createApiKeySchema } from "@/server/tenancy/schema";
import { publicProcedure, router, shopProcedure, userProcedure } from "@/server/trpc/init";
import {
  changePassword,
  confirmPassword,
  getAccount,
  listSessions,
  revokeOtherSessions,
  revokeSession,
  updateLocale,
  updateProfile,
} from "./account";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys";
import { resetPassword } from "./reset-password";
import { changePasswordSchema, codeSchema, PASSWORD_MAX, profileSchema, resetPasswordSchema } from "./schema";
import { beginSecondFactor, confirmSecondFactor, removeSecondFactor, renewRecoveryCodes } from "./second-factor";
import { throttle } from "./throttle";

/** The own account, and getting in by invitation. */
export const authRouter = router({
  account: userProcedure.query(({ ctx }) => getAccount(ctx.signedIn)),
  updateProfile: userProcedure.input(profileSchema).mutation(({ ctx, input }) => updateProfile(ctx.signedIn, input)),
  updateLocale: userProcedure
    .input(profileSchema.pick({ locale: true }))
    .mutation(({ ctx, input }) => updateLocale(ctx.signedIn, input.locale)),
  changePassword: userProcedure.input(changePasswordSchema).mutation(({ ctx, input }) => changePassword(ctx.signedIn, input)),
  confirmPassword: userProcedure
    .input(z.object({ password: z.string().max(PASSWORD_MAX) }))
    .mutation(({ ctx, input }) => confirmPassword(ctx.signedIn, input.password)),
  sessions: userProcedure.query(({ ctx }) => listSessions(ctx.signedIn)),
  revokeSession: userProcedure
    .input(z.object({ sessionId: z.uuid() }))
    .mutation(({ ctx, input }) => revokeSession(ctx.signedIn, input.sessionId)),
  revokeOtherSessions: userProcedure.mutation(({ ctx }) => revokeOtherSessions(ctx.signedIn)),
  beginSecondFactor: userProcedure.mutation(({ ctx }) => beginSecondFactor(ctx.signedIn)),
  confirmSecondFactor: userProcedure.input(codeSchema).mutation(({ ctx, input }) => confirmSecondFactor(ctx.signedIn, input.code)),
  renewRecoveryCodes: userProcedure.mutation(({ ctx }) => renewRecoveryCodes(ctx.signedIn)),
  removeSecondFactor: userProcedure.mutation(({ ctx }) => removeSecondFactor(ctx.signedIn)),

  invitation: publicProcedure.input(z.object({ token: z.string().max(100) })).query(async ({ ctx, input }) => {
    await throttle({ key: `invitation:${ctx.ip ?? "-"}`, limit: 60, windowSeconds: 60 });
    return viewInvitation(input.token);
  }),
  acceptInvitation: publicProcedure.input(acceptInvitationSchema).mutation(async ({ ctx, input }) => {
    await throttle({ key: `accept:${ctx.ip ?? "-"}`, limit: 20, windowSeconds: 60 });
    return acceptInvitation(ctx.signedIn, input);
  }),
  /** By the link that an owner made (tenancy.resetMember), or who runs the installation (scripts/reset-password.mjs). */
  resetPassword: publicProcedure.input(resetPasswordSchema).mutation(async ({ ctx, input }) => {
    await throttle({ key: `reset:${ctx.ip ?? "-"}`, limit: 20, windowSeconds: 60 });
    return resetPassword(input);
  }),
});

/** Keys of the REST API, each bound to one shop. */
export const apiKeyRouter = router({
  list: shopProcedure("apikey.read").query(({ ctx }) => listApiKeys(ctx.tenant)),
  create: shopProcedure("apikey.manage", { stepUp: true })
    .input(createApiKeySchema)
    .mutation(({ ctx, input }) => createApiKey(ctx.tenant, input)),
  revoke: shopProcedure("apikey.manage")
    .input(z.object({ keyId: z.uuid() }))
    .mutation(({ ctx, input }) => revokeApiKey(ctx.tenant, input.keyId)),
});
