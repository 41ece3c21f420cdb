import { withTenant } from "@/server/db";
import type { TenantContext } from "./context";

/** The people of an organisation and the invitations that wait for an answer, with the shops they are limited to. */
export const listMembers = (ctx: TenantContext) =>
  withTenant(ctx, async ({ trx, now }) => {
    const members = await trx
      .selectFrom("membership as m")
      .innerJoin("app_user as u", "u.id", "m.user_id")
      .select(["m.id", "m.user_id as userId", "u.name", "u.email", "m.role", "m.shop_ids as shopIds", "m.created_at as since"])
      .where("m.org_id", "=", ctx.orgId)
      .orderBy("u.name")
      .orderBy("m.id")
      .limit(1000)
      .execute();
    const invitations = await trx
      .selectFrom("invitation as i")
      .leftJoin("app_user as u", "u.id", "i.invited_by")
      .select(["i.id", "i.email", "i.role", "i.shop_ids as shopIds", "i.expires_at as expiresAt", "u.name as invitedBy"])
      .where("i.org_id", "=", ctx.orgId)
      .where("i.accepted_at", "is", null)
      .where("i.revoked_at", "is", null)
      .where("i.expires_at", ">", now)
      .orderBy("i.created_at", "desc")
      .limit(1000)
      .execute();
    const shops = await trx
      .selectFrom("shop")
      .select(["id", "name"])
      .where("org_id", "=", ctx.orgId)
      .where("archived_at", "is", null)
      .orderBy("name")
      .limit(1000)
      .execute();
    return { members, invitations, shops };
  });
