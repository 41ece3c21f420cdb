import { type Kysely, sql } from "kysely";

/** A launched campaign keeps the version of its template: what was approved is what people get, whatever the template says later. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table campaign_message add column template_version integer`.execute(db);
}
