import { type Kysely, sql } from "kysely";

/**
 * Providers of e-mail that report to a shop in their own form. One row each, because who changes providers still hears from the old one. The
 * row is also the permission: the address alone proves nothing, others know it, too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    `create table feedback_source (
      org_id uuid not null,
      shop_id uuid not null,
      provider text not null check (provider in ('ses', 'postmark', 'mailgun', 'sendgrid', 'brevo')),
      -- AES-256-GCM; the plain text never leaves the server again.
      secret bytea,
      -- Who may speak, where the provider signs for all of its customers with one key.
      account text check (length(account) <= 100),
      heard_at timestamptz,
      refused_at timestamptz,
      refusal text check (refusal in ('signature', 'late', 'password', 'account', 'certificate', 'subscription', 'unreadable')),
      updated_at timestamptz not null default app_now(),
      primary key (shop_id, provider))`,
    `select make_tenant_table('feedback_source')`,
  ])
    await sql.raw(part).execute(db);
}
