import { type Kysely, sql } from "kysely";

/**
 * What never changes about a drop once its members and their history are frozen is kept with it: a campaign's report counted all members
 * anew each time. And the way to credit given by hand: the report looked for it at every held-out person.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
-- Sums per arm and amount; null until the history is frozen, or frozen by an older version.
alter table drop_measure add column assigned jsonb;
-- None of these columns ever changes, so spending stays a HOT update; a drop's lots are not in it.
create index lot_by_hand on ledger.lot (shop_id, created_at) include (customer_id) where source_type in ('manual', 'api');
`)
    .execute(db);
}
