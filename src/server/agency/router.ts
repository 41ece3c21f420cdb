import { z } from "zod";
import { createAgency, getAgency, inviteToAgency, removeAgencyMember, revokeAgencyInvitation } from "@/server/tenancy/agencies";
import { createOrganisationSchema } from "@/server/tenancy/schema";
import { router, userProcedure } from "@/server/trpc/init";
import { agencyBoard } from "./agency-board";

const agencyId = z.object({ agencyId: z.uuid() });

/** Agencies: the verbs themselves check that the person belongs to the agency, because an agency is no tenant. */
export const agencyRouter = router({
  create: userProcedure.input(createOrganisationSchema).mutation(({ ctx, input }) => createAgency(ctx.signedIn.user.id, input)),
  get: userProcedure.input(agencyId).query(({ ctx, input }) => getAgency(ctx.signedIn.user.id, input.agencyId)),
  board: userProcedure.input(agencyId).query(({ ctx, input }) => agencyBoard(ctx.signedIn.user, input.agencyId, ctx.requestId)),
  invite: userProcedure
    .input(agencyId.extend({ email: z.string().max(320), role: z.enum(["admin", "member"]) }))
    .mutation(({ ctx, input }) => inviteToAgency(ctx.signedIn.user.id, input)),
  revokeInvitation: userProcedure
    .input(agencyId.extend({ invitationId: z.uuid() }))
    .mutation(({ ctx, input }) => revokeAgencyInvitation(ctx.signedIn.user.id, input)),
  removeMember: userProcedure
    .input(agencyId.extend({ userId: z.uuid() }))
    .mutation(({ ctx, input }) => removeAgencyMember(ctx.signedIn.user.id, input)),
});
