import { type Kysely, sql } from "kysely";

/** Customers with one telephone number, however it is written: one reader under the caps. Found by the last digits. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`create index customer_number on customer (shop_id, right(regexp_replace(phone, '\\D', '', 'g'), 6)) where phone is not null`)
    .execute(db);
}
