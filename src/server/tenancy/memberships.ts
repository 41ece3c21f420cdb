import { recordAudit } from "@/server/audit/record-audit";
import type { Role } from "@/server/auth/permissions";
import { endResetLink } from "@/server/auth/reset-password";
import { revokeSessionsOf } from "@/server/auth/session";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext, TenantTrx } from "./context";
import { changeRoleSchema } from "./schema";

/** Gives an existing account a role; for the first start and for accepted invitations. Throws CONFLICT when the person is a member already. */
export function createMembership(
  ctx: TenantContext,
  input: { userId: string; role: Role; shopIds: string[] | null },
): Promise<{ id: string }> {
  return withTenant(ctx, async ({ trx }) => {
    if (input.shopIds) await requireShops({ trx }, ctx.orgId, input.shopIds);
    const created = await trx
      .insertInto("membership")
      .values({ org_id: ctx.orgId, user_id: input.userId, role: input.role, shop_ids: input.shopIds })
      .onConflict((conflict) => conflict.columns(["org_id", "user_id"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!created) throw new AppError("CONFLICT");
    await recordAudit(trx, ctx, {
      action: "member.added",
      entity: "membership",
      entityId: created.id,
      after: { userId: input.userId, role: input.role, shopIds: input.shopIds },
    });
    return created;
  });
}

/** Arrays have no foreign keys, so that every id is checked against the organisation's own shops. */
export async function requireShops({ trx }: Pick<TenantTrx, "trx">, orgId: string, shopIds: readonly string[]): Promise<void> {
  const unique = [...new Set(shopIds)];
  const found = await trx.selectFrom("shop").select("id").where("org_id", "=", orgId).where("id", "in", unique).execute();
  if (found.length !== unique.length) throw new AppError("NOT_FOUND");
}

/** The membership to change, with all owners of the organisation locked: two owners cannot remove each other at the same moment. */
async function lockMembership({ trx }: TenantTrx, orgId: string, membershipId: string) {
  const owners = await trx
    .selectFrom("membership")
    .select("id")
    .where("org_id", "=", orgId)
    .where("role", "=", "owner")
    .orderBy("id")
    .forUpdate()
    .execute();
  const member = await trx
    .selectFrom("membership")
    .select(["id", "user_id", "role", "shop_ids"])
    .where("org_id", "=", orgId)
    .where("id", "=", membershipId)
    .forUpdate()
    .executeTakeFirst();
  if (!member) throw new AppError("NOT_FOUND");
  return { member, isLastOwner: member.role === "owner" && owners.length === 1 };
}

/** Changes role and shops of a member and signs the person out everywhere, so that no old session outlives its rights. */
export async function changeRole(ctx: TenantContext, input: { membershipId: string; role: Role; shopIds: string[] | null }): Promise<void> {
  const { membershipId, role, shopIds } = parseInput(changeRoleSchema, input);
  await withTenant(ctx, async (handle) => {
    const { member, isLastOwner } = await lockMembership(handle, ctx.orgId, membershipId);
    if (isLastOwner && role !== "owner") throw new AppError("LAST_OWNER");
    if (shopIds) await requireShops(handle, ctx.orgId, shopIds);
    await handle.trx
      .updateTable("membership")
      .set({ role, shop_ids: shopIds })
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", membershipId)
      .execute();
    await revokeSessionsOf(handle, member.user_id);
    await recordAudit(handle.trx, ctx, {
      action: "member.roleChanged",
      entity: "membership",
      entityId: membershipId,
      before: { role: member.role, shopIds: member.shop_ids },
      after: { userId: member.user_id, from: member.role, role, shopIds },
    });
  });
}

/** Takes a person out of the organisation. The account stays: it may belong to other organisations. */
export async function removeMember(ctx: TenantContext, membershipId: string): Promise<void> {
  await withTenant(ctx, async (handle) => {
    const { member, isLastOwner } = await lockMembership(handle, ctx.orgId, membershipId);
    if (isLastOwner) throw new AppError("LAST_OWNER");
    await handle.trx.deleteFrom("membership").where("org_id", "=", ctx.orgId).where("id", "=", membershipId).execute();
    await revokeSessionsOf(handle, member.user_id);
    await endResetLink(handle, member.user_id);
    await recordAudit(handle.trx, ctx, {
      action: "member.removed",
      entity: "membership",
      entityId: membershipId,
      before: { role: member.role, shopIds: member.shop_ids },
      after: { userId: member.user_id, role: member.role },
    });
  });
}
