import { type Kysely, sql } from "kysely";

/**
 * Refunds are written like orders, by statements that are bound to one shop and take their customers from that shop's own rows; customers
 * and shops are never deleted. Looking both up again for every row was more than half of the time of writing refunds.
 */
const REFUNDS = `
alter table order_refund drop constraint order_refund_shop_id_customer_id_fkey;
alter table order_refund drop constraint order_refund_org_id_shop_id_fkey;
`;

/** Rows of items are read whole: what fits into a page stays in one piece, instead of lying in rows and index entries of their own. */
const ITEMS = "alter table order_items set (toast_tuple_target = 8160)";

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [REFUNDS, ITEMS]) await sql.raw(part).execute(db);
}
