import { type Kysely, sql } from "kysely";

/** What a recommendation in an e-mail shows and where it leads. Nobody reads these but messages: no index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `alter table product
        add column image_url text check (length(image_url) <= 2000),
        add column url text check (length(url) <= 2000)`,
    )
    .execute(db);
}
