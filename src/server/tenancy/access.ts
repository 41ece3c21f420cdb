import { sql } from "kysely";
import type { Permission, Role } from "@/server/auth/permissions";
import { permissionsOf } from "@/server/auth/permissions";
import { withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import type { Actor, TenantTrx } from "./context";

/** What one person may do in one organisation, and in which of its shops. */
export type Access = {
  orgId: string;
  role: Role;
  /** Set when access comes from an agency's grant and not from a membership. */
  agencyId: string | null;
  /** null = all shops of the organisation. */
  shopIds: readonly string[] | null;
  permissions: ReadonlySet<Permission>;
  /** The organisation wants a second factor of who holds this role, and the person has none: nothing is permitted until then. */
  secondFactorMissing: boolean;
};

/** Roles that can move money or let others in (domain.md 5.4). */
const NEEDS_SECOND_FACTOR: ReadonlySet<Role> = new Set(["owner", "admin", "finance"]);

type Candidate = { org_id: string; role: Role; shop_ids: string[] | null; agency_id: string | null; factor_missing: boolean };

/** Whether the organisation `o` of a query wants a second factor that the person does not have. */
export const factorMissing = (userId: string) =>
  sql<boolean>`(o.second_factor_required and not exists (
    select from auth_factor f where f.user_id = ${userId} and f.confirmed_at is not null))`;

/** Every organisation a person reaches, once each: a membership wins over an agency's grant, an older grant over a newer one. */
export async function candidatesOf({ trx }: TenantTrx, userId: string, orgId: string | null): Promise<Candidate[]> {
  const found = await sql<Candidate>`
    select distinct on (org_id) org_id, role, shop_ids, agency_id, ${factorMissing(userId)} as factor_missing from (
      select org_id, role, shop_ids, null::uuid as agency_id, 0 as rank, created_at from membership where user_id = ${userId}
      union all
      select g.org_id, g.max_role, g.shop_ids, g.agency_id, 1, g.created_at
      from agency_grant g join agency_member m using (agency_id)
      where m.user_id = ${userId} and g.revoked_at is null and coalesce(g.expires_at, 'infinity') > app_now()) reach
    join organisation o on o.id = reach.org_id
    where org_id = coalesce(${orgId}::uuid, org_id)
    order by org_id, rank, reach.created_at`.execute(trx);
  return found.rows;
}

export function toAccess(candidate: Candidate): Access {
  const secondFactorMissing = candidate.factor_missing && NEEDS_SECOND_FACTOR.has(candidate.role);
  return {
    orgId: candidate.org_id,
    role: candidate.role,
    agencyId: candidate.agency_id,
    shopIds: candidate.shop_ids,
    permissions: secondFactorMissing ? new Set() : permissionsOf(candidate.role, candidate.agency_id !== null, candidate.shop_ids === null),
    secondFactorMissing,
  };
}

/**
 * The access of a person to an organisation. Without membership or grant: NOT_FOUND, because whether the organisation exists is
 * nobody's business.
 */
export async function accessToOrganisation(userId: string, orgId: string): Promise<Access> {
  const [candidate] = await withUser(userId, (handle) => candidatesOf(handle, userId, orgId));
  if (!candidate) throw new AppError("NOT_FOUND");
  return toAccess(candidate);
}

/** The access of a person to one shop; NOT_FOUND when the shop does not exist, is archived or is not among the person's shops. */
export async function accessToShop(userId: string, shopId: string): Promise<Access> {
  const candidate = await withUser(userId, async (handle) => {
    const shop = await handle.trx
      .selectFrom("shop")
      .select("org_id")
      .where("id", "=", shopId)
      .where("archived_at", "is", null)
      .executeTakeFirst();
    return shop ? (await candidatesOf(handle, userId, shop.org_id))[0] : undefined;
  });
  if (!candidate || (candidate.shop_ids && !candidate.shop_ids.includes(shopId))) throw new AppError("NOT_FOUND");
  return toAccess(candidate);
}

/** The audited actor of a signed-in person. */
export const userActor = (user: { id: string; name: string }, access: Access): Actor => ({
  type: "user",
  userId: user.id,
  label: user.name,
  ...(access.agencyId ? { agencyId: access.agencyId } : {}),
});
