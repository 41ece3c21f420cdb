import type { Permission, Role } from "@/server/auth/permissions";
import { permissionsOf } from "@/server/auth/permissions";
import { withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import type { Actor } from "./context";

/** What one person may do in one organisation, and in which of its shops. */
export type Access = {
  orgId: string;
  role: Role;
  /** Set when access comes from an agency's grant and not from a membership. */
  agencyId: string | null;
  /** null = all shops of the organisation. */
  shopIds: readonly string[] | null;
  permissions: ReadonlySet<Permission>;
};

type Candidate = { role: Role; shop_ids: string[] | null; agency_id: string | null };

/**
 * The access of a person to an organisation. A membership wins over an agency's grant; without either: NOT_FOUND, because whether
 * the organisation exists is nobody's business.
 */
export async function accessToOrganisation(userId: string, orgId: string): Promise<Access> {
  const candidate = await withUser(userId, async ({ trx, now }): Promise<Candidate | undefined> => {
    const membership = await trx
      .selectFrom("membership")
      .select(["role", "shop_ids"])
      .where("user_id", "=", userId)
      .where("org_id", "=", orgId)
      .executeTakeFirst();
    if (membership) return { ...membership, agency_id: null };
    const grant = await trx
      .selectFrom("agency_grant as g")
      .innerJoin("agency_member as m", "m.agency_id", "g.agency_id")
      .select(["g.max_role as role", "g.shop_ids", "g.agency_id"])
      .where("m.user_id", "=", userId)
      .where("g.org_id", "=", orgId)
      .where("g.revoked_at", "is", null)
      .where((eb) => eb.or([eb("g.expires_at", "is", null), eb("g.expires_at", ">", now)]))
      .orderBy("g.created_at")
      .executeTakeFirst();
    return grant;
  });
  if (!candidate) throw new AppError("NOT_FOUND");
  return {
    orgId,
    role: candidate.role,
    agencyId: candidate.agency_id,
    shopIds: candidate.shop_ids,
    permissions: permissionsOf(candidate.role, candidate.agency_id !== null),
  };
}

/** The access of a person to one shop; NOT_FOUND when the shop does not exist, is archived or is not among the person's shops. */
export async function accessToShop(userId: string, shopId: string): Promise<Access> {
  const shop = await withUser(userId, ({ trx }) =>
    trx.selectFrom("shop").select("org_id").where("id", "=", shopId).where("archived_at", "is", null).executeTakeFirst(),
  );
  if (!shop) throw new AppError("NOT_FOUND");
  const access = await accessToOrganisation(userId, shop.org_id);
  if (access.shopIds && !access.shopIds.includes(shopId)) throw new AppError("NOT_FOUND");
  return access;
}

/** The audited actor of a signed-in person. */
export const userActor = (user: { id: string; name: string }, access: Access): Actor => ({
  type: "user",
  userId: user.id,
  label: user.name,
  ...(access.agencyId ? { agencyId: access.agencyId } : {}),
});
