import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { keepTemplateVersion } from "@/server/notifications/campaign-text";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import type { Problem } from "./checks/schema";
import { claimDrops, soon } from "./claim-due-drops";
import { type Prepared, prepareLaunch } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import type { Schedule } from "./schedule";
import { isAllowed, launchCampaignSchema } from "./schema";

/** The code a person understands best; several problems at once are a VALIDATION that lists them. */
export function refuse(problems: readonly Problem[]): never {
  const params = { problems: problems.join(",") };
  const only = problems.length === 1 ? problems[0] : null;
  if (only === "audienceEmpty") throw new AppError("EMPTY_AUDIENCE", params);
  if (only === "timePast") throw new AppError("SCHEDULE_IN_PAST", params);
  if (only === "expiryLawEarned") throw new AppError("EXPIRY_LAW", params);
  throw new AppError("VALIDATION", params);
}

/**
 * Schedules a campaign: freezes the segment's text, turns the wall time into instants, and puts a drop into the schedule. A drop that is
 * due within the next minutes gets its start event at once, so that it begins on its minute and not on the next beat of the clock. What
 * costs more than the shop's threshold needs its approvals first: APPROVAL_REQUIRED.
 */
export async function launchCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, version } = parseInput(launchCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("launch", campaign.status, campaign.drop)) throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    if (version !== undefined && campaign.version !== version) throw new AppError("CONFLICT", { version: campaign.version });
    const prepared = await prepareLaunch(handle, ctx, campaign);
    if (prepared.problems.length > 0) refuse(prepared.problems);
    requireApproval(campaign, prepared);
    return schedule(handle, ctx, campaign, prepared);
  });
}

/** What was approved is what is launched; without an approval, only what needs none. */
function requireApproval(campaign: Campaign, { required, cost, hash }: Prepared): void {
  if (campaign.status === "approved") {
    if (campaign.approval?.hash !== hash) throw new AppError("APPROVAL_VOID");
    return;
  }
  if (required > 0) throw new AppError("APPROVAL_REQUIRED", { required, cost: cost.toString(), unit: campaign.unit });
}

/** Puts a checked campaign into the schedule, in the caller's transaction. */
export async function schedule(handle: TenantTrx, ctx: ShopContext, campaign: Campaign, prepared: Prepared): Promise<Campaign> {
  const { query, summary, schedule, endsAt, cost } = prepared;
  if (query === null || schedule === null || summary === null) refuse(prepared.problems);
  await writeSchedule(handle, ctx, campaign, { query, audience: summary.size, cost, schedule, endsAt });
  await recordAudit(handle.trx, ctx, {
    action: "campaign.launched",
    entity: "campaign",
    entityId: campaign.id,
    after: {
      runAt: schedule.runAt.toISOString(),
      expiresAt: schedule.expiresAt?.toISOString() ?? null,
      amount: campaign.amount.toString(),
      offer: campaign.offer.type,
      unit: campaign.unit,
      cost: summary.cost.toString(),
      holdoutBps: campaign.holdoutBps,
      audience: summary.size,
      repeat: campaign.repeat.type,
      query,
      approval: campaign.status === "approved" ? (campaign.approval?.id ?? null) : null,
    },
  });
  if (campaign.repeat.type !== "entry" && soon(schedule.runAt, handle.now)) await claimDrops(handle, ctx);
  return readCampaign(handle, ctx.shopId, campaign.id);
}

type Launch = { query: string; audience: number; cost: bigint; schedule: Schedule; endsAt: Date | null };

async function writeSchedule(
  handle: TenantTrx,
  ctx: ShopContext,
  campaign: Campaign,
  { query, audience, cost, schedule, endsAt }: Launch,
): Promise<void> {
  const { trx, now } = handle;
  const byEntry = campaign.repeat.type === "entry";
  const updated = await trx
    .updateTable("campaign")
    .set({
      status: "scheduled",
      status_reason: null,
      status_params: "{}",
      segment_query: query,
      run_at: schedule.runAt,
      expires_at: schedule.expiresAt,
      window_ends_at: schedule.windowEndsAt,
      ends_at: endsAt,
      next_run_at: byEntry ? schedule.runAt : null,
      audience_at_launch: audience,
      cost_at_launch: cost,
      launched_at: now,
      updated_at: now,
      version: campaign.version + 1,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaign.id)
    .where("status", "=", campaign.status)
    .executeTakeFirst();
  if (updated.numUpdatedRows !== 1n) throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
  await keepTemplateVersion(handle, ctx, campaign.id);
  if (!byEntry) await insertDrop(handle, ctx, campaign, schedule.runAt);
}

/** The next drop of a campaign. Every drop of a campaign draws with the same salt: who is held out once is held out always. */
export async function insertDrop(
  { trx }: TenantTrx,
  ctx: ShopContext,
  campaign: Pick<Campaign, "id" | "unit" | "amount" | "offer" | "holdoutBps">,
  runAt: Date,
): Promise<{ id: string; no: number }> {
  const last = await trx
    .selectFrom("campaign_drop")
    .select(({ fn }) => fn.max("no").as("no"))
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaign.id)
    .executeTakeFirst();
  const no = (last?.no ?? 0) + 1;
  const { id } = await trx
    .insertInto("campaign_drop")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      campaign_id: campaign.id,
      no,
      run_at: runAt,
      unit: campaign.unit,
      amount: campaign.offer.type === "fixed" ? campaign.amount : 0n,
      holdout_bps: campaign.holdoutBps,
      salt: campaign.id,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id, no };
}
