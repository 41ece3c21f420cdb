import { sql } from "kysely";
import { type Permission, ROLE_PERMISSIONS, ROLES } from "@/server/auth/permissions";
import type { Actor, ShopContext, TenantTrx } from "@/server/tenancy/context";

/** The person behind an actor: an API key stands for the one who made it, a background function for nobody. */
export async function personOf({ trx }: TenantTrx, ctx: ShopContext, actor: Actor = ctx.actor): Promise<string | null> {
  if (actor.type === "user") return actor.userId;
  if (actor.type === "system") return null;
  const key = await trx
    .selectFrom("api_key")
    .select("created_by")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", actor.keyId)
    .executeTakeFirst();
  return key?.created_by ?? null;
}

/** Remembers that this person wrote a part of the campaign. */
export async function recordAuthor(handle: TenantTrx, ctx: ShopContext, campaignId: string): Promise<void> {
  const userId = await personOf(handle, ctx);
  if (userId === null) return;
  await handle.trx
    .insertInto("campaign_author")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      campaign_id: campaignId,
      user_id: userId,
      agency_id: ctx.actor.type === "user" ? (ctx.actor.agencyId ?? null) : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Everyone who wrote a part of a campaign. */
export async function authorsOf({ trx }: TenantTrx, shopId: string, campaignIds: readonly string[]): Promise<Map<string, Set<string>>> {
  const authors = new Map<string, Set<string>>(campaignIds.map((id) => [id, new Set<string>()]));
  if (campaignIds.length === 0) return authors;
  const rows = await trx
    .selectFrom("campaign_author")
    .select(["campaign_id", "user_id"])
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", [...campaignIds])
    .execute();
  for (const row of rows) authors.get(row.campaign_id)?.add(row.user_id);
  return authors;
}

/** Of these people, who works for an agency that one of the authors works for or wrote through. Members of an agency count as one. */
export async function colleaguesOf(
  { trx }: TenantTrx,
  shopId: string,
  campaignId: string,
  people: readonly string[],
): Promise<Set<string>> {
  if (people.length === 0) return new Set();
  const result = await sql<{ user_id: string }>`
    with author as (select user_id, agency_id from campaign_author where shop_id = ${shopId} and campaign_id = ${campaignId}),
    agency as (select agency_id from author where agency_id is not null
      union select m.agency_id from agency_member m join author a on a.user_id = m.user_id)
    select distinct m.user_id from agency_member m join agency using (agency_id) where m.user_id = any(${[...people]}::uuid[])`.execute(
    trx,
  );
  return new Set(result.rows.map((row) => row.user_id));
}

const rolesWith = (permission: Permission) => ROLES.filter((role) => ROLE_PERMISSIONS[role].has(permission));

/** Members of the organisation with a permission in this shop. Agencies never approve, so their people are not among them. */
export async function membersWith({ trx }: TenantTrx, ctx: ShopContext, permission: Permission): Promise<string[]> {
  const rows = await trx
    .selectFrom("membership as m")
    .innerJoin("app_user as u", "u.id", "m.user_id")
    .select("m.user_id")
    .where("m.org_id", "=", ctx.orgId)
    .where("m.role", "in", rolesWith(permission))
    .where("u.disabled_at", "is", null)
    .where((eb) => eb.or([eb("m.shop_ids", "is", null), sql<boolean>`${ctx.shopId}::uuid = any(m.shop_ids)`]))
    .execute();
  return rows.map((row) => row.user_id);
}

/** Who could approve this campaign: the permission, and no part in writing it. */
export async function approversOf(handle: TenantTrx, ctx: ShopContext, campaignId: string): Promise<string[]> {
  const people = await membersWith(handle, ctx, "campaign.approve");
  const authors = (await authorsOf(handle, ctx.shopId, [campaignId])).get(campaignId) ?? new Set<string>();
  const others = people.filter((id) => !authors.has(id));
  const colleagues = await colleaguesOf(handle, ctx.shopId, campaignId, others);
  return others.filter((id) => !colleagues.has(id));
}
