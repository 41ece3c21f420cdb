import { type Kysely, sql } from "kysely";

/** What a campaign would cost at most was counted when it was launched; pages that plan ahead say that number, not one of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table campaign add column cost_at_launch bigint`.execute(db);
}
