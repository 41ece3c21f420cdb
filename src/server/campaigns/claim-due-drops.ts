import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { isHalted } from "./policy";

/** Claimed this long before its time, so that the start event waits for the minute instead of the minute waiting for the clock. */
const HORIZON_MS = 120_000;
/** A drop in work gives a sign after every chunk (about a second). Silent for this long, it is started again; replays change nothing. */
const STALLED_MS = 180_000;
const MAX_CLAIMS = 500;

/** Whether the next beat of the claiming cron could come too late for this instant. */
export const soon = (runAt: Date, now: Date): boolean => runAt.getTime() < now.getTime() + HORIZON_MS;

/**
 * Claims this shop's due drops and enqueues the start of each, in the caller's transaction. Rows that another worker is claiming are
 * skipped, not waited for. A halted shop claims nothing. Returns how many.
 */
export async function claimDrops(handle: TenantTrx, ctx: ShopContext): Promise<number> {
  const { trx, now } = handle;
  if (await isHalted(handle, ctx.shopId)) return 0;
  const due = await trx
    .updateTable("campaign_drop")
    .set({
      status: sql`case when status = 'scheduled' then 'claimed' else status end`,
      claimed_at: now,
      heartbeat_at: sql`greatest(run_at, ${now}::timestamptz)`,
      attempts: sql`attempts + 1`,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "in", (select) =>
      select
        .selectFrom("campaign_drop")
        .select("id")
        .where("shop_id", "=", ctx.shopId)
        .where((eb) =>
          eb.or([
            eb.and([eb("status", "=", "scheduled"), eb("run_at", "<", new Date(now.getTime() + HORIZON_MS))]),
            eb.and([eb("status", "in", ["claimed", "granting"]), eb("heartbeat_at", "<", new Date(now.getTime() - STALLED_MS))]),
          ]),
        )
        .orderBy("run_at")
        .limit(MAX_CLAIMS)
        .forUpdate()
        .skipLocked(),
    )
    .returning(["id", "run_at"])
    .execute();
  for (const drop of due) {
    await enqueue(trx, {
      name: "campaign/drop.due",
      data: { orgId: ctx.orgId, shopId: ctx.shopId, dropId: drop.id },
      ...(drop.run_at > now ? { runAt: drop.run_at } : {}),
    });
  }
  return due.length;
}

/** Claims due drops of all shops: the beat of the one-minute cron. Each shop in its own transaction; one that fails stops no other. */
export async function claimDueDrops(label = "claim-due-drops"): Promise<{ claimed: number }> {
  const shops = await withoutTenant(async ({ trx, now }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`
      select distinct org_id, shop_id from system_due_drops(
        ${new Date(now.getTime() + HORIZON_MS)}, ${new Date(now.getTime() - STALLED_MS)}, ${MAX_CLAIMS})`.execute(trx);
    return result.rows;
  });
  let claimed = 0;
  const failures: unknown[] = [];
  for (const { org_id, shop_id } of shops) {
    const ctx = systemContext(org_id, shop_id, label);
    try {
      claimed += await withTenant(ctx, (handle) => claimDrops(handle, ctx));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `claiming failed for ${failures.length} of ${shops.length} shops`);
  return { claimed };
}
