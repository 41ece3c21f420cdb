import { type Kysely, sql } from "kysely";

/** Pictures stand in any e-mail now, not only in the brand's: photographs across the whole width need more room than a logo. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    `alter table brand_picture rename to message_picture`,
    `alter table message_picture drop constraint brand_picture_bytes_check`,
    `alter table message_picture add constraint message_picture_bytes_check check (length(bytes) between 1 and 512000)`,
  ])
    await sql.raw(part).execute(db);
}
