import { createHash } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import { AppError } from "@/server/errors";
import { campaignText } from "@/server/notifications/campaign-text";
import type { Channel } from "@/server/notifications/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone, localDay, localToInstant, startOfLocalDay } from "@/server/time";
import { approvalContent, approvalsNeeded } from "./approval-rule";
import { audienceSql } from "./audience";
import { approversOf } from "./authors";
import { type Campaign, withoutUnused } from "./campaign";
import { problemsOf } from "./checks/launch-checks";
import type { Problem } from "./checks/schema";
import { type ExpiryLaw, expiryLaw } from "./expiry-law";
import { planSql } from "./plan-members";
import { type ActivePolicy, type BudgetState, budgetMonth, readBudgets, readPolicy } from "./policy";
import { readShop, type ShopFacts } from "./read-campaigns";
import { type Schedule, scheduleOf, type Timing } from "./schedule";
import type { Exclusion } from "./schema";

/** What a plan comes to, counted exactly: the arms fall by hash, so they are known before anything is written. */
export type PlanSummary = {
  size: number;
  /** Who could be told by the campaign's channel. */
  reachable: number;
  treated: number;
  control: number;
  /** Sum of what the treated would get, minor units. */
  cost: bigint;
  smallest: bigint;
  largest: bigint;
  exclusions: { reason: Exclusion; count: number }[];
};

/** The most zones one shop's customers are told apart by; there are about 400 in the world. */
const MAX_ZONES = 600;

/** Zones of customers beside the shop's own, in a fixed order; none when everybody goes by the shop's clock. */
export async function customerZones({ trx }: TenantTrx, shopId: string, campaign: Pick<Timing, "zone" | "timeZone">): Promise<string[]> {
  if (campaign.zone === "shop") return [];
  const result = await sql<{ zone: string }>`
    select distinct time_zone as zone from customer where shop_id = ${shopId} and time_zone is not null and erased_at is null
    order by 1 limit ${MAX_ZONES}`.execute(trx);
  return result.rows.map((row) => row.zone).filter((zone) => zone !== campaign.timeZone && isTimeZone(zone));
}

/** The holdout that sits out of every campaign of the year in which a release falls. */
export async function readGlobalHoldout(
  { trx }: TenantTrx,
  shopId: string,
  release: Date,
  timeZone: string,
): Promise<{ salt: string; bps: number } | null> {
  const year = Number(budgetMonth(release, timeZone).slice(0, 4));
  const row = await trx
    .selectFrom("global_holdout")
    .select(["salt", "bps"])
    .where("shop_id", "=", shopId)
    .where("year", "=", year)
    .executeTakeFirst();
  return row ?? null;
}

export type PlanScope = {
  campaign: Campaign;
  query: string;
  shop: ShopFacts;
  release: Date;
  /** Customers' zones beside the shop's, where people are told apart by them. */
  zones?: readonly string[];
};
type Counted = PlanScope & { channel: Channel };

/** Who could be told, by the channel the campaign speaks on. Needs `c` in scope. */
export const REACHABLE: Record<Channel, RawBuilder<unknown>> = {
  email: sql`c.email_consent = 'SUBSCRIBED' and c.email is not null`,
  sms: sql`c.sms_consent = 'SUBSCRIBED' and c.phone is not null`,
  push: sql`exists (select from push_subscription s where s.shop_id = c.shop_id and s.customer_id = c.id and s.gone_at is null)`,
};

/** The plan of a campaign as it would be written now, with the same query as the freeze. */
export const planOf = async (handle: TenantTrx, ctx: ShopContext, { campaign, query, shop, release, zones = [] }: PlanScope) =>
  planSql({
    shopId: ctx.shopId,
    timeZone: campaign.timeZone,
    unit: campaign.unit,
    now: handle.now,
    audience: await audienceSql(handle, ctx.shopId, query, shop),
    offer: campaign.offer,
    amount: campaign.amount,
    salt: campaign.id,
    holdoutBps: campaign.holdoutBps,
    globalHoldout: await readGlobalHoldout(handle, ctx.shopId, release, campaign.timeZone),
    zones: zones.map((timeZone, index) => ({ no: index + 1, timeZone })),
  });

/** Counts a plan: one pass over the audience. */
async function summarize(handle: TenantTrx, ctx: ShopContext, input: Counted): Promise<PlanSummary> {
  const plan = await planOf(handle, ctx, input);
  const { rows } = await sql<{
    reason: Exclusion | null;
    people: bigint;
    treated: bigint;
    reachable: bigint;
    cost: string;
    smallest: bigint | null;
    largest: bigint | null;
  }>`
    select p.reason, count(*) as people, count(*) filter (where not p.held_out) as treated,
      count(*) filter (where ${REACHABLE[input.channel]}) as reachable,
      coalesce(sum(p.amount) filter (where not p.held_out), 0)::text as cost, min(p.amount) as smallest, max(p.amount) as largest
    from (${plan}) p join customer c on c.shop_id = ${ctx.shopId} and c.id = p.customer_id group by p.reason`.execute(handle.trx);
  const kept = rows.find((row) => row.reason === null);
  const size = Number(kept?.people ?? 0n);
  const treated = Number(kept?.treated ?? 0n);
  return {
    size,
    reachable: Number(kept?.reachable ?? 0n),
    treated,
    control: size - treated,
    cost: BigInt(kept?.cost ?? "0"),
    smallest: kept?.smallest ?? 0n,
    largest: kept?.largest ?? 0n,
    exclusions: rows.flatMap((row) => (row.reason === null ? [] : [{ reason: row.reason, count: Number(row.people) }])),
  };
}

/** Countries of the audience. Looked up only for credit that the law may keep alive: what is a gift is free everywhere. */
async function lawOf(
  handle: TenantTrx,
  ctx: ShopContext,
  input: PlanScope | null,
  campaign: Campaign,
  shop: ShopFacts,
): Promise<ExpiryLaw> {
  const { origin } = campaign;
  if (input === null || origin === "unpaid") return expiryLaw({ origin, shopCountry: shop.country, audience: [] });
  const { rows } = await sql<{ country: string | null; people: bigint }>`
    select c.country, count(*) as people from (${await planOf(handle, ctx, input)}) p
    join customer c on c.shop_id = ${ctx.shopId} and c.id = p.customer_id where p.reason is null group by c.country`.execute(handle.trx);
  const audience = rows.map((row) => ({ country: row.country, people: Number(row.people) }));
  return expiryLaw({ origin, shopCountry: shop.country, audience });
}

export type Prepared = {
  shop: ShopFacts;
  policy: ActivePolicy;
  problems: Problem[];
  /** Null without a usable segment. */
  query: string | null;
  summary: PlanSummary | null;
  schedule: Schedule | null;
  endsAt: Date | null;
  law: ExpiryLaw;
  /** What approvals are about: everything a repeated campaign may ever grant, else what this drop would. */
  cost: bigint;
  required: 0 | 1 | 2;
  approvers: number;
  hash: string | null;
  /** What `hash` was taken of, as JSON. */
  content: string | null;
  budgets: BudgetState[];
  /** By which channel people would be told. */
  channel: Channel;
  ownWords: boolean;
};

async function segmentQuery({ trx }: TenantTrx, shopId: string, segmentId: string | null): Promise<string | null> {
  if (!segmentId) return null;
  const row = await trx.selectFrom("segment").select("query").where("shop_id", "=", shopId).where("id", "=", segmentId).executeTakeFirst();
  return row?.query ?? null;
}

/** A segment that no longer parses is a problem to show beside the field, not an error page. */
async function usable(
  handle: TenantTrx,
  ctx: ShopContext,
  input: Omit<Counted, "query"> & { query: string | null },
): Promise<{ summary: PlanSummary | null; invalid: boolean }> {
  const { query } = input;
  if (query === null) return { summary: null, invalid: false };
  try {
    return { summary: await summarize(handle, ctx, { ...input, query }), invalid: false };
  } catch (error) {
    if (error instanceof AppError && error.code === "SEGMENT_SYNTAX") return { summary: null, invalid: true };
    throw error;
  }
}

/** Everything that must be known before a campaign is submitted, launched or simulated; reads only. */
export async function prepareLaunch(handle: TenantTrx, ctx: ShopContext, draft: Campaign): Promise<Prepared> {
  const { now } = handle;
  const campaign = withoutUnused(draft);
  const shop = await readShop(handle, ctx.shopId);
  const policy = await readPolicy(handle, ctx, campaign.unit);
  const query = campaign.segmentQuery ?? (await segmentQuery(handle, ctx.shopId, campaign.segment?.id ?? null));
  const zones = await customerZones(handle, ctx.shopId, campaign);
  const schedule = campaign.availableLocal === null ? null : scheduleOf({ ...campaign, availableLocal: campaign.availableLocal }, zones);
  const endsAt = campaign.endsLocal === null ? null : localToInstant(campaign.endsLocal, campaign.timeZone);
  const release = schedule && schedule.runAt > now ? schedule.runAt : now;
  const message = await campaignText(handle, ctx, campaign.id);
  const { summary, invalid } = await usable(handle, ctx, { campaign, query, shop, release, channel: message.channel });
  const budgets = await readBudgets(handle, ctx, {
    campaignId: campaign.id,
    campaignBudget: campaign.budget,
    unit: campaign.unit,
    month: budgetMonth(release, campaign.timeZone),
    policy,
  });
  const cost = campaign.repeat.type === "none" ? (summary?.cost ?? 0n) : (campaign.budget ?? 0n);
  const approvers = (await approversOf(handle, ctx, campaign.id)).length;
  const content = query === null ? null : approvalContent(campaign, query, message);
  const law = await lawOf(handle, ctx, summary && query !== null ? { campaign, query, shop, release } : null, campaign, shop);
  const known = { summary, invalid, shop, law, budgets, schedule, endsAt, message, now };
  const problems = problemsOf(campaign, known);
  return {
    ...{
      shop,
      policy,
      problems,
      query,
      summary,
      schedule,
      endsAt,
      law,
      cost,
      approvers,
      budgets,
      channel: message.channel,
      ownWords: message.ownWords,
    },
    required: approvalsNeeded(cost, policy, approvers),
    content,
    hash: content === null ? null : createHash("sha256").update(content).digest("hex"),
  };
}

/** Beginning of the shop's day; caps per customer count from a whole day on. */
export const daysBefore = (now: Date, days: number, timeZone: string): Date => startOfLocalDay(localDay(now, timeZone) - days, timeZone);
