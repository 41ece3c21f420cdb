import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { countAudience } from "./audience";
import { claimDrops, soon } from "./claim-due-drops";
import { problemsOf } from "./launch-checks";
import { type Campaign, readCampaign, readShop } from "./read-campaigns";
import { scheduleOf } from "./schedule";
import { isAllowed, launchCampaignSchema, type Problem } from "./schema";

/** The code a person understands best; several problems at once are a VALIDATION that lists them. */
function refuse(problems: Problem[]): never {
  const params = { problems: problems.join(",") };
  if (problems.length === 1 && problems[0] === "audienceEmpty") throw new AppError("EMPTY_AUDIENCE", params);
  if (problems.length === 1 && problems[0] === "timePast") throw new AppError("SCHEDULE_IN_PAST", params);
  throw new AppError("VALIDATION", params);
}

async function segmentQuery({ trx }: TenantTrx, shopId: string, segmentId: string | null): Promise<string | null> {
  if (!segmentId) return null;
  const row = await trx.selectFrom("segment").select("query").where("shop_id", "=", shopId).where("id", "=", segmentId).executeTakeFirst();
  return row?.query ?? null;
}

/**
 * Schedules a draft: freezes the segment's text, turns the wall time into instants, and puts a drop into the schedule. A drop that is due
 * within the next minutes gets its start event at once, so that it begins on its minute and not on the next beat of the clock.
 */
export async function launchCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, version } = parseInput(launchCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const draft = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("launch", draft.status, draft.drop)) throw new AppError("CAMPAIGN_STATE", { status: draft.status });
    if (version !== undefined && draft.version !== version) throw new AppError("CONFLICT", { version: draft.version });
    const shop = await readShop(handle, ctx.shopId);
    const query = await segmentQuery(handle, ctx.shopId, draft.segment?.id ?? null);
    const audience = query === null ? null : await countAudience(handle, { query, shopId: ctx.shopId, shop });
    const problems = problemsOf({ ...draft, segmentId: draft.segment?.id ?? null }, audience, shop, handle.now);
    if (problems.length > 0 || query === null || draft.availableLocal === null || audience === null) refuse(problems);
    const schedule = scheduleOf({ ...draft, availableLocal: draft.availableLocal });
    await putOnSchedule(handle, ctx, { draft, query, audience: audience.size, schedule });
    await recordAudit(handle.trx, ctx, {
      action: "campaign.launched",
      entity: "campaign",
      entityId: id,
      after: {
        runAt: schedule.runAt.toISOString(),
        expiresAt: schedule.expiresAt?.toISOString() ?? null,
        amount: draft.amount.toString(),
        unit: draft.unit,
        holdoutBps: draft.holdoutBps,
        audience: audience.size,
        query,
      },
    });
    if (soon(schedule.runAt, handle.now)) await claimDrops(handle, ctx);
    return readCampaign(handle, ctx.shopId, id);
  });
}

type Launch = { draft: Campaign; query: string; audience: number; schedule: ReturnType<typeof scheduleOf> };

async function putOnSchedule({ trx, now }: TenantTrx, ctx: ShopContext, { draft, query, audience, schedule }: Launch): Promise<void> {
  const updated = await trx
    .updateTable("campaign")
    .set({
      status: "scheduled",
      status_reason: null,
      segment_query: query,
      run_at: schedule.runAt,
      expires_at: schedule.expiresAt,
      window_ends_at: schedule.windowEndsAt,
      audience_at_launch: audience,
      launched_at: now,
      updated_at: now,
      version: draft.version + 1,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", draft.id)
    .where("status", "=", "draft")
    .executeTakeFirst();
  if (updated.numUpdatedRows !== 1n) throw new AppError("CAMPAIGN_STATE", { status: draft.status });
  const last = await trx
    .selectFrom("campaign_drop")
    .select(({ fn }) => fn.max("no").as("no"))
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", draft.id)
    .executeTakeFirst();
  await trx
    .insertInto("campaign_drop")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      campaign_id: draft.id,
      no: (last?.no ?? 0) + 1,
      run_at: schedule.runAt,
      unit: draft.unit,
      amount: draft.amount,
      holdout_bps: draft.holdoutBps,
      // Never reused: a campaign keeps its salt, and only one of its drops ever freezes members.
      salt: draft.id,
    })
    .execute();
}
