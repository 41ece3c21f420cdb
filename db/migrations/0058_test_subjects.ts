import { type Kysely, sql } from "kysely";

/** Whose data a test shows, so that erasing the person erases it. Older tests do not say; they end with their thirty days. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    `alter table test_message add customer_id uuid`,
    `alter table test_message add foreign key (shop_id, customer_id) references customer (shop_id, id)`,
    `create index test_message_customer on test_message (shop_id, customer_id) where customer_id is not null`,
  ])
    await sql.raw(part).execute(db);
}
