import { type Kysely, sql } from "kysely";

/**
 * Whether the domain e-mails come from is set up as mailbox providers ask for, as last seen, and the keys they are signed with (DKIM). The
 * secret half is sealed like the secrets of channels and goes when a key is no longer signed with.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table sender_domain (
  org_id uuid not null,
  shop_id uuid not null,
  -- What the shop's provider signs with, as far as somebody has told.
  selectors text[] not null default '{}' check (cardinality(selectors) <= 10),
  -- The last check; the sender may have moved to another domain since.
  domain text check (length(domain) <= 253),
  checked_at timestamptz,
  state text check (state in ('ok', 'warning', 'error', 'unasked')),
  findings jsonb check (octet_length(findings::text) <= 65536),
  -- Mistakes are told once: what is bad since when, by an id of its own.
  bad_since timestamptz,
  incident uuid,
  primary key (shop_id),
  check ((domain is null) = (checked_at is null) and (domain is null) = (state is null) and (domain is null) = (findings is null)),
  check ((bad_since is null) = (incident is null))
);
select make_tenant_table('sender_domain');

create table dkim_key (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  domain text not null check (length(domain) <= 253),
  selector text not null check (length(selector) <= 63),
  -- SubjectPublicKeyInfo in base64, as it is published.
  public_key text not null check (length(public_key) <= 2000),
  private_key bytea,
  state text not null default 'pending' check (state in ('pending', 'active', 'retired')),
  created_at timestamptz not null default app_now(),
  activated_at timestamptz,
  retired_at timestamptz,
  primary key (shop_id, id),
  unique (shop_id, domain, selector),
  check ((state = 'retired') = (private_key is null)),
  check ((state = 'retired') = (retired_at is not null)),
  check (state <> 'active' or activated_at is not null)
);
-- One that is signed with, and one that is to follow it.
create unique index dkim_key_one on dkim_key (shop_id, domain, state) where state in ('pending', 'active');
select make_tenant_table('dkim_key');
`)
    .execute(db);
}
