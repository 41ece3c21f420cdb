import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext } from "./context";
import { requireShops } from "./memberships";
import { grantAgencySchema } from "./schema";

/**
 * Lets an agency work for the organisation, at most with the given role. Only the organisation's owner gives and takes this; a new
 * grant replaces the old one. Agencies are named by their id, which they tell their client: there is no directory of agencies.
 */
export async function grantAgencyAccess(ctx: TenantContext, input: z.input<typeof grantAgencySchema>): Promise<{ id: string }> {
  const grant = parseInput(grantAgencySchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const agency = await trx.selectFrom("agency").select(["id", "name"]).where("id", "=", grant.agencyId).forShare().executeTakeFirst();
    if (!agency) throw new AppError("NOT_FOUND");
    if (grant.expiresAt && grant.expiresAt <= now) throw new AppError("VALIDATION", { field: "expiresAt" });
    if (grant.shopIds) await requireShops(handle, ctx.orgId, grant.shopIds);
    await trx
      .updateTable("agency_grant")
      .set({ revoked_at: now })
      .where("org_id", "=", ctx.orgId)
      .where("agency_id", "=", grant.agencyId)
      .where("revoked_at", "is", null)
      .execute();
    const { id } = await trx
      .insertInto("agency_grant")
      .values({
        org_id: ctx.orgId,
        agency_id: grant.agencyId,
        max_role: grant.maxRole,
        shop_ids: grant.shopIds,
        granted_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
        expires_at: grant.expiresAt,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(trx, ctx, {
      action: "agency.granted",
      entity: "agencyGrant",
      entityId: id,
      after: { agencyId: agency.id, agency: agency.name, maxRole: grant.maxRole, shopIds: grant.shopIds, expiresAt: grant.expiresAt },
    });
    return { id };
  });
}

/** Takes the access away at once: the guard reads grants on every request. */
export async function revokeAgencyAccess(ctx: TenantContext, grantId: string): Promise<void> {
  await withTenant(ctx, async ({ trx, now }) => {
    const revoked = await trx
      .updateTable("agency_grant")
      .set({ revoked_at: now })
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", grantId)
      .where("revoked_at", "is", null)
      .returning(["agency_id", "max_role"])
      .executeTakeFirst();
    if (!revoked) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, {
      action: "agency.revoked",
      entity: "agencyGrant",
      entityId: grantId,
      after: { agencyId: revoked.agency_id, maxRole: revoked.max_role },
    });
  });
}

/** The agencies that may work here now. */
export const listAgencyGrants = (ctx: TenantContext) =>
  withTenant(ctx, ({ trx, now }) =>
    trx
      .selectFrom("agency_grant as g")
      .innerJoin("agency as a", "a.id", "g.agency_id")
      .leftJoin("app_user as u", "u.id", "g.granted_by")
      .select([
        "g.id",
        "g.agency_id as agencyId",
        "a.name as agency",
        "g.max_role as maxRole",
        "g.shop_ids as shopIds",
        "g.created_at as createdAt",
        "g.expires_at as expiresAt",
        "u.name as grantedBy",
      ])
      .where("g.org_id", "=", ctx.orgId)
      .where("g.revoked_at", "is", null)
      .where((eb) => eb.or([eb("g.expires_at", "is", null), eb("g.expires_at", ">", now)]))
      .orderBy("g.created_at", "desc")
      .limit(200)
      .execute(),
  );

/** The name behind an agency's id, so that an owner sees whom the grant is for before giving it. */
export const agencyName = (ctx: TenantContext, agencyId: string): Promise<{ name: string }> =>
  withTenant(ctx, async ({ trx }) => {
    const agency = await trx.selectFrom("agency").select("name").where("id", "=", agencyId).executeTakeFirst();
    if (!agency) throw new AppError("NOT_FOUND");
    return agency;
  });
