import type { StaffNoticeKind } from "@db/schema/campaigns";
import { candidatesOf, toAccess } from "@/server/tenancy/access";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { approversOf, membersWith } from "./authors";
import type { Notice } from "./notice-text";

export type DueNotice = {
  id: string;
  userId: string;
  kind: StaffNoticeKind;
  campaignId: string | null;
  subjectId: string;
  attempts: number;
  campaign: string;
  unit: string;
};

/** A notice that is still true, with the person it goes to. */
export type Judged = DueNotice & Notice & { email: string; locale: "de" | "en" };

type Facts = Pick<Notice, "cost" | "people" | "by" | "of" | "domain" | "cause">;

/** Sorts out what has become untrue since it was planned, and whom it no longer concerns. */
export async function judgeNotices(
  handle: TenantTrx,
  ctx: ShopContext,
  due: readonly DueNotice[],
): Promise<{ wanted: Judged[]; obsolete: string[] }> {
  const wanted: Judged[] = [];
  const obsolete: string[] = [];
  for (const notice of due) {
    const person = await handle.trx
      .selectFrom("app_user")
      .select(["email", "locale", "disabled_at"])
      .where("id", "=", notice.userId)
      .executeTakeFirst();
    const facts =
      person && person.disabled_at === null && (await reaches(handle, ctx, notice.userId)) ? await factsOf(handle, ctx, notice) : null;
    if (person && facts) wanted.push({ ...notice, ...facts, email: person.email, locale: person.locale });
    else obsolete.push(notice.id);
  }
  return { wanted, obsolete };
}

/** Whether this person still reads campaigns of this shop: a membership or an agency's grant may have ended. */
async function reaches(handle: TenantTrx, ctx: ShopContext, userId: string): Promise<boolean> {
  const [candidate] = await candidatesOf(handle, userId, ctx.orgId);
  if (!candidate || (candidate.shop_ids && !candidate.shop_ids.includes(ctx.shopId))) return false;
  const access = toAccess(candidate);
  // Without the second factor nothing is permitted yet; that somebody waits for them is all the more worth knowing.
  return access.secondFactorMissing || access.permissions.has("campaign.read");
}

async function factsOf(handle: TenantTrx, ctx: ShopContext, { campaignId, ...notice }: DueNotice): Promise<Facts | null> {
  if (campaignId === null)
    return notice.kind === "senderDomainBad" ? domainFacts(handle, ctx, notice.subjectId) : stopFacts(handle, ctx, notice.subjectId);
  const of = { ...notice, campaignId };
  return notice.kind === "approvalWanted" || notice.kind === "approved" || notice.kind === "rejected"
    ? approvalFacts(handle, ctx, of)
    : recallFacts(handle, ctx, of);
}

type OfCampaign = DueNotice & { campaignId: string };

/** Only while it is in force: who let sending go on has seen it. */
async function stopFacts({ trx }: TenantTrx, ctx: ShopContext, stopId: string): Promise<Facts | null> {
  const stop = await trx
    .selectFrom("sending_stop")
    .select(["cause", "sent", "counted"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", stopId)
    .where("resumed_at", "is", null)
    .executeTakeFirst();
  return stop ? { cost: 0n, people: stop.counted, of: stop.sent, cause: stop.cause, by: "" } : null;
}

/** Only while it is bad: who set it right has seen it. */
async function domainFacts({ trx }: TenantTrx, ctx: ShopContext, incident: string): Promise<Facts | null> {
  const row = await trx
    .selectFrom("sender_domain")
    .select("domain")
    .where("shop_id", "=", ctx.shopId)
    .where("incident", "=", incident)
    .executeTakeFirst();
  return row?.domain ? { cost: 0n, people: 0, by: "", domain: row.domain } : null;
}

async function approvalFacts(
  handle: TenantTrx,
  ctx: ShopContext,
  { kind, userId, campaignId, subjectId }: OfCampaign,
): Promise<Facts | null> {
  const approval = await handle.trx
    .selectFrom("campaign_approval")
    .select(["status", "audience", "cost", "submitted_by_label"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", subjectId)
    .executeTakeFirst();
  if (!approval) return null;
  const decisions = await handle.trx
    .selectFrom("campaign_decision")
    .select(["user_id", "label", "decision"])
    .where("shop_id", "=", ctx.shopId)
    .where("approval_id", "=", subjectId)
    .orderBy("at")
    .execute();
  const size = { cost: approval.cost, people: approval.audience };
  if (kind !== "approvalWanted") {
    const by = decisions.filter(({ decision }) => (decision === "approve") === (kind === "approved")).map(({ label }) => label);
    return { ...size, by: by.join(", ") };
  }
  const open = approval.status === "open" && !decisions.some((decision) => decision.user_id === userId);
  return open && (await approversOf(handle, ctx, campaignId)).includes(userId) ? { ...size, by: approval.submitted_by_label } : null;
}

async function recallFacts(handle: TenantTrx, ctx: ShopContext, { kind, userId, subjectId }: OfCampaign): Promise<Facts | null> {
  const recall = await handle.trx
    .selectFrom("campaign_recall")
    .select(["status", "lots", "total", "requested_by", "requested_by_label", "decided_by_label"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", subjectId)
    .executeTakeFirst();
  if (!recall) return null;
  const size = { cost: recall.total, people: recall.lots };
  if (kind !== "recallWanted") return { ...size, by: recall.decided_by_label ?? "" };
  const open = recall.status === "open" && recall.requested_by !== userId;
  return open && (await membersWith(handle, ctx, "campaign.recall")).includes(userId) ? { ...size, by: recall.requested_by_label } : null;
}
