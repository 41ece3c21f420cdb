import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { type Viewer, visibleEmail } from "@/server/notifications/visible-email";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type DropProgress, type DropRow, toDrop } from "./campaign";
import { latestDrops, readCampaign } from "./read-campaigns";
import { campaignIdSchema, type Exclusion, listExclusionsSchema } from "./schema";

const MAX_DROPS = 500;

/** Every drop of a campaign, newest first. */
export async function listDrops(ctx: ShopContext, input: unknown): Promise<DropProgress[]> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    await readCampaign(handle, ctx.shopId, id);
    const rows = await handle.trx
      .selectFrom("campaign_drop")
      .selectAll()
      .where("shop_id", "=", ctx.shopId)
      .where("campaign_id", "=", id)
      .orderBy("no", "desc")
      .limit(MAX_DROPS)
      .execute();
    return rows.map(toDrop);
  });
}

/** The drop a page asks for: a named one of this campaign, or the newest. */
export async function dropOf(handle: TenantTrx, shopId: string, campaignId: string, dropId?: string | null): Promise<DropRow | null> {
  if (!dropId) return (await latestDrops(handle, shopId, [campaignId])).get(campaignId) ?? null;
  const row = await handle.trx
    .selectFrom("campaign_drop")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("campaign_id", "=", campaignId)
    .where("id", "=", dropId)
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return row;
}

/** How many of the segment are not members of a drop, by reason. */
export async function countExclusions(ctx: ShopContext, input: unknown): Promise<{ reason: Exclusion; count: number }[]> {
  const { id, dropId } = parseInput(listExclusionsSchema, input);
  return withTenant(ctx, async (handle) => {
    const drop = await dropOf(handle, ctx.shopId, id, dropId);
    if (!drop) return [];
    const rows = await handle.trx
      .selectFrom("drop_exclusion")
      .select(({ fn }) => ["reason", fn.countAll<bigint>().as("count")])
      .where("shop_id", "=", ctx.shopId)
      .where("drop_id", "=", drop.id)
      .groupBy("reason")
      .orderBy("reason")
      .execute();
    return rows.map((row) => ({ reason: row.reason, count: Number(row.count) }));
  });
}

export type ExcludedPerson = { id: string; name: string; email: string | null; reason: Exclusion };

/** The people behind the counts, in a fixed order. */
export async function excludedPeople(
  ctx: ShopContext,
  input: unknown,
  viewer: Viewer,
): Promise<{ items: ExcludedPerson[]; nextCursor: string | null }> {
  const { id, dropId, reason, cursor, limit } = parseInput(listExclusionsSchema, input);
  return withTenant(ctx, async (handle) => {
    const drop = await dropOf(handle, ctx.shopId, id, dropId);
    if (!drop) return { items: [], nextCursor: null };
    let query = handle.trx
      .selectFrom("drop_exclusion as x")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "x.shop_id").onRef("c.id", "=", "x.customer_id"))
      .select(["x.customer_id as id", "x.reason", "c.first_name", "c.last_name", "c.external_id", "c.email"])
      .where("x.shop_id", "=", ctx.shopId)
      .where("x.drop_id", "=", drop.id)
      .orderBy("x.customer_id")
      .limit(limit + 1);
    if (reason) query = query.where("x.reason", "=", reason);
    if (cursor) query = query.where("x.customer_id", ">", cursor);
    const rows = await query.execute();
    const page = rows.slice(0, limit);
    return {
      items: page.map((row) => ({
        id: row.id,
        name: [row.first_name, row.last_name].filter(Boolean).join(" ") || row.external_id,
        email: visibleEmail(row.email, viewer),
        reason: row.reason,
      })),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}
