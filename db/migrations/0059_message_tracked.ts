import { type Kysely, sql } from "kysely";

/** Whether a message could tell of openings and clicks when it was sent. Null for those of before: then today's consent stands for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table message add tracked boolean`).execute(db);
}
