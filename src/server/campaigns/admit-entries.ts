import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { audienceSql } from "./audience";
import type { Campaign } from "./campaign";
import { lockDrop } from "./drop-state";
import { release } from "./freeze-drop";
import { insertDrop } from "./launch-campaign";
import { isHalted } from "./policy";
import { readCampaign, readShop } from "./read-campaigns";
import type { Repeat } from "./schema";

/** How often it is looked for people who have entered a segment. */
const EVERY_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

export type Admitted = { status: "admitted"; dropId: string; members: number } | { status: "nobody" | "over" | "stopped" };

/**
 * Gives the credit to everyone who has entered the segment since the last look: who is in it now and was not before. Who left and comes
 * back gets it again only as the campaign's rule says. Members, drop and the memory of who is in are written together, so a replay finds
 * nobody new.
 */
export async function admitEntries(ctx: ShopContext, campaignId: string): Promise<Admitted> {
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const campaign = await readCampaign(handle, ctx.shopId, campaignId, { lock: true });
    if (campaign.repeat.type !== "entry" || !["scheduled", "running"].includes(campaign.status)) return { status: "stopped" };
    if (await isHalted(handle, ctx.shopId)) return { status: "stopped" };
    const over = campaign.endsAt !== null && now >= campaign.endsAt;
    await trx
      .updateTable("campaign")
      .set({ next_run_at: over ? null : new Date(now.getTime() + EVERY_MS) })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", campaignId)
      .execute();
    if (over) return { status: "over" };
    const first = await noteWhoIsIn(handle, ctx, campaign);
    if (first && !campaign.repeat.includeExisting) {
      await start(handle, ctx, campaign);
      return { status: "nobody" };
    }
    return admit(handle, ctx, campaign, campaign.repeat);
  });
}

/** Updates who is in the segment; newcomers carry this instant. Returns whether it was the first look. */
async function noteWhoIsIn(handle: TenantTrx, ctx: ShopContext, campaign: Campaign): Promise<boolean> {
  const { trx, now } = handle;
  if (campaign.segmentQuery === null) throw new Error(`campaign ${campaign.id} was launched without a query`);
  const audience = await audienceSql(handle, ctx.shopId, campaign.segmentQuery, await readShop(handle, ctx.shopId));
  await sql`
    with current as materialized (${audience}), gone as (
      update campaign_presence p set present = false, since = ${now}
      where p.shop_id = ${ctx.shopId} and p.campaign_id = ${campaign.id} and p.present
        and not exists (select from current c where c.customer_id = p.customer_id)
    )
    insert into campaign_presence (org_id, shop_id, campaign_id, customer_id, present, since)
    select ${ctx.orgId}, ${ctx.shopId}, ${campaign.id}, customer_id, true, ${now} from current
    on conflict (shop_id, campaign_id, customer_id) do update set present = true, since = excluded.since
    where not campaign_presence.present`.execute(trx);
  return campaign.releasedAt === null;
}

async function start({ trx, now }: TenantTrx, ctx: ShopContext, campaign: Campaign): Promise<void> {
  await trx
    .updateTable("campaign")
    .set({ status: "running", released_at: campaign.releasedAt ?? now, updated_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaign.id)
    .where("status", "=", "scheduled")
    .execute();
}

async function admit(
  handle: TenantTrx,
  ctx: ShopContext,
  campaign: Campaign,
  { reentryDays }: Extract<Repeat, { type: "entry" }>,
): Promise<Admitted> {
  const { trx, now } = handle;
  const own = sql`p.shop_id = ${ctx.shopId} and p.campaign_id = ${campaign.id}`;
  const since = reentryDays === null ? null : new Date(now.getTime() - reentryDays * DAY_MS);
  const tooSoon = since === null ? sql`p.had_at is not null` : sql`p.had_at > ${since}`;
  const candidates = await sql<{ found: boolean }>`select exists (
    select from campaign_presence p where ${own} and p.present and p.since = ${now} and (${tooSoon}) is not true) as found`.execute(trx);
  if (!candidates.rows[0]?.found) {
    await start(handle, ctx, campaign);
    return { status: "nobody" };
  }
  const { id } = await insertDrop(handle, ctx, campaign, now);
  const drop = await lockDrop(handle, ctx.shopId, id);
  const { counts } = await release(handle, ctx, {
    campaign,
    drop,
    audience: sql<{ customer_id: string }>`select p.customer_id from campaign_presence p where ${own} and p.present and p.since = ${now}`,
    had: sql<{ customer_id: string }>`select p.customer_id from campaign_presence p where ${own} and ${tooSoon}`,
  });
  await sql`
    update campaign_presence p set had_at = ${now} from drop_member m
    where ${own} and m.shop_id = p.shop_id and m.drop_id = ${id} and m.customer_id = p.customer_id`.execute(trx);
  await enqueue(trx, { name: "campaign/drop.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, dropId: id } });
  return { status: "admitted", dropId: id, members: counts.members };
}

/** Asks for a look at every campaign that waits for people and whose time it is. A look that comes twice finds nobody new. */
export async function claimDueEntries(label = "claim-due-entries"): Promise<{ asked: number }> {
  const due = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string; campaign_id: string }>`select * from system_due_entries(500)`.execute(trx);
    return result.rows;
  });
  for (const { org_id, shop_id, campaign_id } of due) {
    const ctx = systemContext(org_id, shop_id, label);
    await withTenant(ctx, async ({ trx, now }) => {
      // Moved on at once, so that the next beat of the clock does not ask again while this look is still to come.
      const moved = await trx
        .updateTable("campaign")
        .set({ next_run_at: new Date(now.getTime() + EVERY_MS) })
        .where("shop_id", "=", shop_id)
        .where("id", "=", campaign_id)
        .where("next_run_at", "<=", now)
        .executeTakeFirst();
      if (moved.numUpdatedRows === 1n)
        await enqueue(trx, { name: "campaign/entries.due", data: { orgId: org_id, shopId: shop_id, campaignId: campaign_id } });
    });
  }
  return { asked: due.length };
}

/** Business refusals (a query that no longer compiles, a lapsed last day) stop the campaign in words; everything else is retried. */
export async function admitOrStop(ctx: ShopContext, campaignId: string): Promise<Admitted> {
  try {
    return await admitEntries(ctx, campaignId);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "NOT_FOUND") throw error;
    const { code, params } = error;
    await withTenant(ctx, ({ trx, now }) =>
      trx
        .updateTable("campaign")
        .set({ status: "failed", status_reason: code, status_params: JSON.stringify(params), updated_at: now })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", campaignId)
        .where("status", "in", ["scheduled", "running"])
        .execute(),
    );
    return { status: "stopped" };
  }
}
