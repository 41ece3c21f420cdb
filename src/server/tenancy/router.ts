import { z } from "zod";
import { orgProcedure, router, shopProcedure, userProcedure } from "@/server/trpc/init";
import { agencyName, grantAgencyAccess, listAgencyGrants, revokeAgencyAccess } from "./agency-grants";
import { createOrganisation, requireMayFound } from "./create-organisation";
import { createShop } from "./create-shop";
import { getShop } from "./get-shop";
import { invite, revokeInvitation } from "./invitations";
import { listMembers } from "./list-members";
import { changeRole, removeMember } from "./memberships";
import { reachOf } from "./reach";
import { resetMember } from "./reset-member";
import { changeRoleSchema, createOrganisationSchema, grantAgencySchema, inviteSchema, shopInputSchema } from "./schema";
import { secondFactorPolicy, setSecondFactorPolicy } from "./second-factor-policy";
import { updateShop } from "./update-shop";

/** Organisations, shops, members and the access of agencies. */
export const tenancyRouter = router({
  reach: userProcedure.query(({ ctx }) => reachOf(ctx.signedIn.user.id)),
  createOrganisation: userProcedure.input(createOrganisationSchema).mutation(async ({ ctx, input }) => {
    const { id, name } = ctx.signedIn.user;
    await requireMayFound(id);
    return createOrganisation({ userId: id, label: name, requestId: ctx.requestId }, input);
  }),

  shop: shopProcedure("shop.read").query(({ ctx }) => getShop(ctx.tenant)),
  createShop: orgProcedure("org.manage")
    .input(shopInputSchema)
    .mutation(({ ctx, input }) => createShop(ctx.tenant, input)),
  updateShop: shopProcedure("shop.manage")
    .input(shopInputSchema)
    .mutation(({ ctx, input }) => updateShop(ctx.tenant, input)),

  members: orgProcedure("member.read").query(({ ctx }) => listMembers(ctx.tenant)),
  invite: orgProcedure("member.manage", { stepUp: true })
    .input(inviteSchema)
    .mutation(({ ctx, input }) => invite(ctx.tenant, input)),
  revokeInvitation: orgProcedure("member.manage")
    .input(z.object({ invitationId: z.uuid() }))
    .mutation(({ ctx, input }) => revokeInvitation(ctx.tenant, input.invitationId)),
  changeRole: orgProcedure("member.manage", { stepUp: true })
    .input(changeRoleSchema)
    .mutation(({ ctx, input }) => changeRole(ctx.tenant, input)),
  removeMember: orgProcedure("member.manage", { stepUp: true })
    .input(z.object({ membershipId: z.uuid() }))
    .mutation(({ ctx, input }) => removeMember(ctx.tenant, input.membershipId)),
  resetMember: orgProcedure("member.manage", { stepUp: true })
    .input(z.object({ membershipId: z.uuid() }))
    .mutation(({ ctx, input }) => resetMember(ctx.tenant, input.membershipId)),

  secondFactorPolicy: orgProcedure("member.read").query(({ ctx }) => secondFactorPolicy(ctx.tenant)),
  setSecondFactorPolicy: orgProcedure("org.manage", { stepUp: true })
    .input(z.object({ required: z.boolean() }))
    .mutation(({ ctx, input }) => setSecondFactorPolicy(ctx.tenant, input.required)),

  agencyGrants: orgProcedure("agency.manage").query(({ ctx }) => listAgencyGrants(ctx.tenant)),
  agencyName: orgProcedure("agency.manage")
    .input(z.object({ agencyId: z.uuid() }))
    .query(({ ctx, input }) => agencyName(ctx.tenant, input.agencyId)),
  grantAgencyAccess: orgProcedure("agency.manage", { stepUp: true })
    .input(grantAgencySchema)
    .mutation(({ ctx, input }) => grantAgencyAccess(ctx.tenant, input)),
  revokeAgencyAccess: orgProcedure("agency.manage")
    .input(z.object({ grantId: z.uuid() }))
    .mutation(({ ctx, input }) => revokeAgencyAccess(ctx.tenant, input.grantId)),
});
