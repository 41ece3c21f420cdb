import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { audienceSql } from "./audience";
import { type DropRow, failDrop, lockDrop } from "./drop-state";
import { readCampaign, readShop } from "./read-campaigns";
import { releaseOf, windowOf } from "./schedule";

/** Members per grant transaction: measured best between 5,000 and 10,000. */
export const CHUNK_SIZE = 5_000;

export type Frozen = { status: "granting"; chunks: number } | { status: "stopped"; reason: string } | { status: "early"; runAt: string };

/**
 * Writes down who gets the credit, once: everyone the frozen query means at this moment, each with an arm from the hash. A replay finds
 * the members written and returns the same answer. Nothing is granted here.
 */
export async function freezeDrop(ctx: ShopContext, dropId: string): Promise<Frozen> {
  try {
    return await withTenant(ctx, (handle) => freeze(handle, ctx, dropId));
  } catch (error) {
    // A query that no longer compiles will not compile on a retry either: say so instead of trying for minutes.
    if (!(error instanceof AppError) || error.code === "NOT_FOUND") throw error;
    await failDrop(ctx, dropId, error.code);
    return { status: "stopped", reason: "failed" };
  }
}

async function freeze(handle: TenantTrx, ctx: ShopContext, dropId: string): Promise<Frozen> {
  const { trx, now } = handle;
  const drop = await lockDrop(handle, ctx.shopId, dropId);
  if (drop.status === "granting") return { status: "granting", chunks: drop.chunks };
  if (drop.status !== "scheduled" && drop.status !== "claimed") return { status: "stopped", reason: drop.status };
  if (now < drop.run_at) return { status: "early", runAt: drop.run_at.toISOString() };
  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  if (campaign.segmentQuery === null) throw new Error(`campaign ${campaign.id} was launched without a query`);
  const shop = await readShop(handle, ctx.shopId);
  const counts = await writeMembers(handle, ctx, drop, audienceSql(campaign.segmentQuery, ctx.shopId, shop, now));
  if (counts.treated === 0) throw new AppError("EMPTY_AUDIENCE");
  const chunks = await writeChunks(handle, ctx, drop, counts.treated);
  const release = releaseOf(drop.run_at, now);
  const window = windowOf({ release, expiryDays: campaign.expiryDays, timeZone: campaign.timeZone });
  await trx
    .updateTable("campaign_drop")
    .set({
      status: "granting",
      ...counts,
      chunks,
      cap: drop.amount * BigInt(counts.treated),
      frozen_at: now,
      released_at: release,
      expires_at: window.expiresAt,
      heartbeat_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", dropId)
    .execute();
  await trx
    .updateTable("campaign")
    .set({ status: "running", released_at: release, expires_at: window.expiresAt, window_ends_at: window.windowEndsAt, updated_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", drop.campaign_id)
    .where("status", "=", "scheduled")
    .execute();
  await recordAudit(trx, ctx, {
    action: "campaign.released",
    entity: "campaign",
    entityId: drop.campaign_id,
    after: { ...counts, releasedAt: release.toISOString() },
  });
  return { status: "granting", chunks };
}

type Counts = { members: number; treated: number; control: number; excluded: number };

/** One statement decides and writes all members. Treated people get the low numbers, in customer order: the ledger's lock order. */
async function writeMembers(
  { trx }: TenantTrx,
  ctx: ShopContext,
  drop: DropRow,
  audience: ReturnType<typeof audienceSql>,
): Promise<Counts> {
  const result = await sql<Record<keyof Counts, bigint>>`
    with audience as materialized (
      select a.customer_id, c.erased_at is not null as erased, assignment_bucket(${drop.salt}, a.customer_id::text) < ${drop.holdout_bps} as held_out
      from (${audience}) a join customer c on c.shop_id = ${ctx.shopId} and c.id = a.customer_id
    ), excluded as (
      insert into drop_exclusion (org_id, shop_id, drop_id, customer_id, reason)
      select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, customer_id, 'erased' from audience where erased
    ), member as (
      insert into drop_member (org_id, shop_id, drop_id, seq, customer_id, arm, amount)
      select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, row_number() over (order by held_out, customer_id), customer_id,
             case when held_out then 'control' else 'treated' end, case when held_out then 0 else ${drop.amount}::bigint end
      from audience where not erased
    )
    select count(*) filter (where not erased) as members, count(*) filter (where not erased and not held_out) as treated,
           count(*) filter (where not erased and held_out) as control, count(*) filter (where erased) as excluded
    from audience`.execute(trx);
  const row = result.rows[0];
  if (!row) throw new Error("counting the members gave no row");
  return { members: Number(row.members), treated: Number(row.treated), control: Number(row.control), excluded: Number(row.excluded) };
}

async function writeChunks({ trx }: TenantTrx, ctx: ShopContext, drop: DropRow, treated: number): Promise<number> {
  const chunks = Math.ceil(treated / CHUNK_SIZE);
  await sql`
    insert into drop_chunk (org_id, shop_id, drop_id, no, first_seq, last_seq)
    select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, no, no * ${CHUNK_SIZE}::int + 1, least((no + 1) * ${CHUNK_SIZE}::int, ${treated}::int)
    from generate_series(0, ${chunks - 1}::int) no`.execute(trx);
  return chunks;
}
