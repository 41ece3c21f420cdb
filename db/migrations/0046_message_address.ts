import { type Kysely, sql } from "kysely";

/**
 * Who answers a message that only its id names answers from the address it went to, which may not be the customer's any more. Kept as the hash
 * that lists of addresses know. Messages of before say nothing about it, and no check reads a large table under the migration's lock.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table message add column address_hash bytea`.execute(db);
}
