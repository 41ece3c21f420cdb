import { type Kysely, sql } from "kysely";

/** The shop's people are told when the sender's domain, which was in order, no longer is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
alter table staff_notice
  drop constraint staff_notice_kind_check,
  add constraint staff_notice_kind_check check (kind in ('approvalWanted', 'recallWanted', 'approved', 'rejected', 'recallApproved',
    'recallRejected', 'sendingStopped', 'senderDomainBad')),
  drop constraint staff_notice_about,
  add constraint staff_notice_about check ((campaign_id is null) = (kind in ('sendingStopped', 'senderDomainBad')));
`)
    .execute(db);
}
