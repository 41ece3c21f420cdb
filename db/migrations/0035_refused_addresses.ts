import { type Kysely, sql } from "kysely";

/**
 * Who objected to advertising or left a list did so as the reader of an address: it holds for every customer a sync makes of it later, and
 * after the first one was erased. Kept like the suppression list, by hash; apart from it, because what belongs to a contract still goes out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table refused_address (
        org_id uuid not null,
        shop_id uuid not null,
        channel text not null check (channel in ('email', 'sms')),
        address_hash bytea not null check (length(address_hash) = 32),
        -- Both are ended for one customer only by consent of theirs that is newer.
        objected_at timestamptz,
        left_at timestamptz,
        primary key (shop_id, channel, address_hash),
        check (objected_at is not null or left_at is not null)
      );
      select make_tenant_table('refused_address');`,
    )
    .execute(db);
}
