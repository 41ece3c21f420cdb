import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { MISSING_DATA, type MissingData } from "./schema";

const eventExists = (shopId: string, kind: string) => sql`exists (select from activity_event where shop_id = ${shopId} and kind = ${kind})`;

/** Kinds of data this shop has none of, so that a template can say so instead of showing an empty audience. */
export async function missingData(ctx: ShopContext): Promise<MissingData[]> {
  const { shopId } = ctx;
  const result = await withTenant(ctx, ({ trx }) =>
    sql<Record<MissingData, boolean>>`
      select exists (select from customer where shop_id = ${shopId} and birth_date is not null) as "birthDates",
             exists (select from shop_order where shop_id = ${shopId} and counts) as "orders",
             exists (select from customer where shop_id = ${shopId} and email_consent = 'SUBSCRIBED') as "consents",
             exists (select from product where shop_id = ${shopId} and cardinality(tags) > 0) as "productTags",
             ${eventExists(shopId, "email.opened")} as "emailOpens",
             ${eventExists(shopId, "email.clicked")} as "emailClicks",
             ${eventExists(shopId, "product.viewed")} as "productViews",
             ${eventExists(shopId, "collection.viewed")} as "collectionViews",
             ${eventExists(shopId, "checkout.started")} as "checkouts",
             exists (select from customer_score where shop_id = ${shopId} and rfm_group is not null) as "rfm",
             exists (select from customer_score where shop_id = ${shopId} and predicted_at is not null) as "predictions"`.execute(trx),
  );
  const has = result.rows[0];
  if (!has) throw new Error("a query without a table gives one row");
  return MISSING_DATA.filter((key) => !has[key]);
}
