import { type Kysely, sql } from "kysely";

/** A notice that somebody left is stored by its id: told again after they agreed anew, it must not end that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table delivery_event drop constraint delivery_event_kind_check,
    add constraint delivery_event_kind_check check (kind in ('delivered', 'softBounce', 'hardBounce', 'complaint', 'failed', 'optOut'))`.execute(
    db,
  );
}
