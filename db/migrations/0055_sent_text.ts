import { type Kysely, sql } from "kysely";

/**
 * What messages were written with: words, brand, and the shop's name and hours. Named by its content, so that a batch stores it once and
 * every message only points at it; without a foreign key, which would be checked for each of them.
 */
const TEXT = `
create table message_text (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null,
  -- Null for the built-in words and for a campaign's own.
  template_id uuid,
  template_version integer,
  content jsonb not null,
  brand jsonb not null,
  shop_name text not null,
  time_zone text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create trigger message_text_append_only before update or delete or truncate on message_text
  for each statement execute function refuse_change();
select make_tenant_table('message_text', false);
grant insert on message_text to guthaben_app;
alter table message add column text_id uuid;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TEXT).execute(db);
}
