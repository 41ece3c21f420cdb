import { type Kysely, sql } from "kysely";

/** Who answers STOP to an SMS, or leaves at the provider, has left here, too. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table suppression drop constraint suppression_reason_check,
    add constraint suppression_reason_check check (reason in ('hardBounce', 'softBounce', 'complaint', 'manual', 'optedOut'))`.execute(db);
  // Not valid: what is there fits the narrower rule of before, and a large table need not be read under its lock.
  await sql`alter table customer drop constraint customer_email_consent_basis_check,
    add constraint customer_email_consent_basis_check check (email_consent_basis in ('shop', 'import', 'unproven', 'manual',
      'optInRequested', 'doubleOptIn', 'notConfirmed', 'preferences', 'oneClick', 'mail', 'complaint', 'provider')) not valid`.execute(db);
}
