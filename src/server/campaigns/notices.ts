import type { StaffNoticeKind } from "@db/schema/campaigns";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { approversOf, authorsOf, membersWith, personOf } from "./authors";

/** What an e-mail to people of the shop is about: a campaign's approval or its recall. */
export type NoticeSubject = { campaignId: string; subjectId: string };
/** Or what concerns the shop's sending as a whole. */
type AnySubject = { campaignId: string | null; subjectId: string };

/** Plans the e-mails in the caller's transaction; each person is told of each approval or recall once. */
async function queueNotices(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  kind: StaffNoticeKind,
  { campaignId, subjectId }: AnySubject,
  people: Iterable<string>,
): Promise<void> {
  const rows = [...new Set(people)].map((userId) => ({
    ...{ org_id: ctx.orgId, shop_id: ctx.shopId, user_id: userId, kind },
    ...{ campaign_id: campaignId, subject_id: subjectId, send_after: now },
  }));
  if (rows.length === 0) return;
  const planned = await trx
    .insertInto("staff_notice")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .execute();
  if (planned.length > 0) await askForNotices({ trx, now }, ctx);
}

export const askForNotices = ({ trx }: TenantTrx, ctx: ShopContext, runAt?: Date): Promise<void> =>
  enqueue(trx, { name: "campaign/notices.due", data: { orgId: ctx.orgId, shopId: ctx.shopId }, ...(runAt ? { runAt } : {}) });

/** A campaign waits for approval: whoever may give it, so nobody who wrote a part of it or works with somebody who did. */
export const tellApprovers = async (handle: TenantTrx, ctx: ShopContext, subject: NoticeSubject): Promise<void> =>
  queueNotices(handle, ctx, "approvalWanted", subject, await approversOf(handle, ctx, subject.campaignId));

/** It was decided: everyone who wrote a part of it, except the one who decided. */
export async function tellAuthors(
  handle: TenantTrx,
  ctx: ShopContext,
  kind: "approved" | "rejected",
  subject: NoticeSubject,
): Promise<void> {
  const authors = (await authorsOf(handle, ctx.shopId, [subject.campaignId])).get(subject.campaignId) ?? new Set<string>();
  const self = await personOf(handle, ctx);
  await queueNotices(
    handle,
    ctx,
    kind,
    subject,
    [...authors].filter((id) => id !== self),
  );
}

/** Credit is to be taken back, above the threshold: everyone who may decide that and did not ask for it. */
export async function tellRecallers(handle: TenantTrx, ctx: ShopContext, subject: NoticeSubject): Promise<void> {
  const self = await personOf(handle, ctx);
  const others = (await membersWith(handle, ctx, "campaign.recall")).filter((id) => id !== self);
  await queueNotices(handle, ctx, "recallWanted", subject, others);
}

/** Complaints or dead addresses stopped the shop's marketing e-mail: everyone who may let it go on. */
export const tellManagers = async (handle: TenantTrx, ctx: ShopContext, stopId: string): Promise<void> =>
  queueNotices(handle, ctx, "sendingStopped", { campaignId: null, subjectId: stopId }, await membersWith(handle, ctx, "shop.manage"));

/** The sender's domain was in order and no longer is: everyone who may set it right. */
export const tellOfDomain = async (handle: TenantTrx, ctx: ShopContext, incident: string): Promise<void> =>
  queueNotices(handle, ctx, "senderDomainBad", { campaignId: null, subjectId: incident }, await membersWith(handle, ctx, "shop.manage"));

/** A recall was decided by somebody else than who asked for it. */
export const tellRequester = (
  handle: TenantTrx,
  ctx: ShopContext,
  kind: "recallApproved" | "recallRejected",
  subject: NoticeSubject & { requestedBy: string | null },
): Promise<void> => queueNotices(handle, ctx, kind, subject, subject.requestedBy === null ? [] : [subject.requestedBy]);
