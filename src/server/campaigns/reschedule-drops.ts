import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import type { DropRow } from "./campaign";
import { lockDrop } from "./drop-state";
import { customerZones } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { monthlyLocal, scheduleOf } from "./schedule";

/** Drops nearer than this may be claimed already. */
const AHEAD_MS = 3_600_000;
const MAX_DROPS = 2_000;

/**
 * Computes the instants of drops that lie ahead anew from wall time and zone: a new version of the time zone data, or customers in new
 * zones, may have moved them (domain.md B11). Returns how many moved.
 */
export async function rescheduleDrops(label = "reschedule-drops"): Promise<{ moved: number }> {
  const shops = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from system_shops()`.execute(trx);
    return result.rows;
  });
  let moved = 0;
  for (const { org_id, shop_id } of shops) {
    const ctx = systemContext(org_id, shop_id, label);
    const ids = await withTenant(ctx, ({ trx, now }) =>
      trx
        .selectFrom("campaign_drop")
        .select("id")
        .where("shop_id", "=", shop_id)
        .where("status", "=", "scheduled")
        .where("run_at", ">", new Date(now.getTime() + AHEAD_MS))
        .orderBy("run_at")
        .limit(MAX_DROPS)
        .execute(),
    );
    for (const { id } of ids) moved += await withTenant(ctx, (handle) => reschedule(handle, ctx, id));
  }
  return { moved };
}

async function reschedule(handle: TenantTrx, ctx: ShopContext, dropId: string): Promise<number> {
  const drop = await lockDrop(handle, ctx.shopId, dropId);
  if (drop.status !== "scheduled") return 0;
  const schedule = await plannedTimes(handle, ctx, drop);
  if (schedule === null || schedule.runAt.getTime() === drop.run_at.getTime()) return 0;
  const own = handle.trx.updateTable("campaign_drop").set({ run_at: schedule.runAt });
  await own.where("shop_id", "=", ctx.shopId).where("id", "=", dropId).execute();
  if (drop.no === 1) {
    await handle.trx
      .updateTable("campaign")
      .set({ run_at: schedule.runAt, expires_at: schedule.expiresAt, window_ends_at: schedule.windowEndsAt })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", drop.campaign_id)
      .where("status", "=", "scheduled")
      .execute();
  }
  await recordAudit(handle.trx, ctx, {
    action: "campaign.rescheduled",
    entity: "campaign",
    entityId: drop.campaign_id,
    after: { from: drop.run_at.toISOString(), to: schedule.runAt.toISOString() },
  });
  return 1;
}

const DAY_MS = 86_400_000;

/** The run of the campaign that this drop stands for: the one nearest to the instant it has. */
async function plannedTimes(handle: TenantTrx, ctx: ShopContext, drop: DropRow) {
  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  if (campaign.availableLocal === null) return null;
  const zones = await customerZones(handle, ctx.shopId, campaign);
  const timing = { ...campaign, availableLocal: campaign.availableLocal };
  if (campaign.repeat.type !== "monthly") return scheduleOf(timing, zones);
  for (let k = 0; k * campaign.repeat.every <= 1_200; k++) {
    const run = scheduleOf({ ...timing, availableLocal: monthlyLocal(timing.availableLocal, campaign.repeat.every, k) }, zones);
    if (Math.abs(run.runAt.getTime() - drop.run_at.getTime()) < 2 * DAY_MS) return run;
  }
  return null;
}
