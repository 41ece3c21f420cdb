import { type Kysely, sql } from "kysely";

/**
 * Marketing e-mail stands still when too many complain, until a person lets it go on; the shop's people are told of that as of an approval.
 * And e-mails to them whose run was lost are found again.
 */
const STOP = `
create table sending_stop (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  stopped_at timestamptz not null default app_now(),
  -- What was counted when the line was reached: complaints about marketing e-mail sent since then.
  since timestamptz not null,
  sent integer not null check (sent > 0),
  complained integer not null check (complained > 0),
  resumed_at timestamptz,
  resumed_by_label text,
  resume_reason text check (length(resume_reason) between 10 and 500),
  primary key (shop_id, id),
  check ((resumed_at is null) = (resume_reason is null) and (resumed_at is null) = (resumed_by_label is null))
);
-- Two who record a complaint at once stop once.
create unique index sending_stop_open on sending_stop (shop_id) where resumed_at is null;
select make_tenant_table('sending_stop');

-- What a crash left in the dark is found at once, however much was sent.
create index message_unknown on message (shop_id, claimed_at) where status = 'unknown';
create index message_complained on message (shop_id, sent_at) where complained_at is not null;
-- What still goes out during a stop is found without reading past all that waits; a drop's messages by e-mail are not in it.
create index message_queued_besides on message (shop_id, send_after) where status = 'queued' and (category = 'transactional' or channel <> 'email');
`;

const NOTICES = `
alter table staff_notice
  alter column campaign_id drop not null,
  drop constraint staff_notice_kind_check,
  add constraint staff_notice_kind_check
    check (kind in ('approvalWanted', 'recallWanted', 'approved', 'rejected', 'recallApproved', 'recallRejected', 'sendingStopped')),
  add constraint staff_notice_about check ((campaign_id is null) = (kind = 'sendingStopped'));

create policy system_read on staff_notice for select to guthaben_system using (true);
grant select (org_id, shop_id, status, send_after, claimed_at) on staff_notice to guthaben_system;

-- Where e-mails to the team are overdue: nobody has asked for them any more, or their sender died.
create function system_due_notices(max_rows integer) returns table (org_id uuid, shop_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select s.org_id, s.id from shop s
  where exists (select 1 from staff_notice n where n.shop_id = s.id
    and (n.status = 'waiting' and n.send_after < app_now() - interval '5 minutes'
      or n.status = 'sending' and n.claimed_at < app_now() - interval '10 minutes'))
  limit least(max_rows, 1000)
$$;
grant create on schema public to guthaben_system;
alter function system_due_notices(integer) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_due_notices(integer) from public;
grant execute on function system_due_notices(integer) to guthaben_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [STOP, NOTICES]) await sql.raw(part).execute(db);
}
