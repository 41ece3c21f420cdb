import { type Kysely, sql } from "kysely";

/** A confirmation link is about one address and ends with whatever else decides about consent; and consent says which way it came. */
const OPT_IN = `
alter table opt_in_request add column address_hash bytea check (length(address_hash) = 32);
create index opt_in_request_address on opt_in_request (shop_id, address_hash, created_at);

-- Whoever writes the event, a file, the interface or a person: a link that was sent before must not decide after it.
create function opt_in_request_end() returns trigger language plpgsql as $$
begin
  -- Whole milliseconds, as the application reads the clock: it must be over for whoever asks in the same one.
  update opt_in_request set expires_at = date_trunc('milliseconds', app_now())
  where shop_id = new.shop_id and customer_id = new.customer_id and confirmed_at is null and expires_at > app_now();
  return null;
end $$;
create trigger opt_in_request_end after insert on consent_event for each row
  when (new.state in ('granted', 'withdrawn') and new.channel = 'email' and new.purpose = 'marketing'
    or new.state = 'granted' and new.purpose = 'objection')
  execute function opt_in_request_end();
`;

const BASIS = `
alter table customer drop constraint customer_email_consent_basis_check,
  add constraint customer_email_consent_basis_check check (email_consent_basis in ('shop', 'import', 'unproven', 'manual',
    'optInRequested', 'doubleOptIn', 'notConfirmed', 'preferences', 'oneClick', 'mail', 'complaint'));
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [OPT_IN, BASIS]) await sql.raw(part).execute(db);
}
