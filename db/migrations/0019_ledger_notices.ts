import { type Kysely, sql } from "kysely";

/** Messages about what the ledger books by itself: how far it was read, and the way to credit that begins later than it was granted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
alter table message_settings add column notices_at timestamptz;
-- Neither column ever changes, so spending stays a HOT update; a drop's lots begin when they are granted and are not in it.
create index lot_upcoming on ledger.lot (shop_id, available_from) where available_from > created_at;
`)
    .execute(db);
}
