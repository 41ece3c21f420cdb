import { type Kysely, sql } from "kysely";

/** Tests of templates: they belong to no customer and count nowhere, but must be seen where all messages are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table test_message (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  kind text not null,
  channel text not null check (channel in ('email', 'sms', 'push')),
  locale text not null check (locale in ('de', 'en')),
  recipient text not null check (length(recipient) <= 320),
  -- Rendered, with links that belong to nobody: what was written then stays to be seen when the template changes.
  rendered jsonb not null check (octet_length(rendered::text) <= 1048576),
  status text not null check (status in ('outbox', 'sent', 'failed')),
  detail text check (length(detail) <= 500),
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
select make_tenant_table('test_message');
`)
    .execute(db);
}
