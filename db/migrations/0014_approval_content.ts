import { type Kysely, sql } from "kysely";

/**
 * What an approval was asked for, kept in words beside its hash: the hash proves that nothing has changed, this shows the next approver
 * what has. Null for requests from before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table campaign_approval add column content jsonb`).execute(db);
}
