import { type Kysely, sql } from "kysely";

/**
 * E-mails to the shop's own people: a campaign waits for their decision, or theirs was decided. Beside `message`, because that table is
 * about customers, their consent and their caps, and a colleague has none of these. Holds no customer's data.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table staff_notice (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  user_id uuid not null references app_user (id) on delete cascade,
  kind text not null check (kind in ('approvalWanted', 'recallWanted', 'approved', 'rejected', 'recallApproved', 'recallRejected')),
  campaign_id uuid not null,
  -- The approval or the recall it is about: each is told to a person once.
  subject_id uuid not null,
  status text not null default 'waiting' check (status in ('waiting', 'sending', 'sent', 'obsolete', 'failed', 'unknown')),
  created_at timestamptz not null default app_now(),
  send_after timestamptz not null default app_now(),
  attempts smallint not null default 0,
  -- Notices of one claim went out as one e-mail. Written before the provider is called.
  claim uuid,
  claimed_at timestamptz,
  sent_at timestamptz,
  -- False: there was no way out, and the e-mail can be read in the app only.
  delivered boolean,
  error text check (length(error) <= 500),
  -- As it was sent.
  subject text check (length(subject) <= 400),
  body text check (length(body) <= 20000),
  primary key (shop_id, id),
  unique (shop_id, user_id, kind, subject_id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);
create index staff_notice_due on staff_notice (shop_id, send_after) where status in ('waiting', 'sending');
select make_tenant_table('staff_notice');
`)
    .execute(db);
}
