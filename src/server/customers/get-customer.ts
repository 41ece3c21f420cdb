import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { findCustomerByExternalId } from "./find-customer";
import { maskExternal } from "./list-customers";
import { maskEmail } from "./schema";

const instantOrNull = (at: Date | number): Date | null => (at instanceof Date ? at : null);

/** One customer with the key figures. With `masked`, the address and the phone number are shortened. Throws NOT_FOUND. */
export function getCustomer(ctx: ShopContext, id: string, options: { masked?: boolean } = {}) {
  const { masked } = options;
  return withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("customer as c")
      .innerJoin("customer_metrics as m", (join) => join.onRef("m.shop_id", "=", "c.shop_id").onRef("m.customer_id", "=", "c.id"))
      .selectAll("c")
      .select(["m.orders_count", "m.net_spent", "m.gross_spent", "m.refunded", "m.credit_used", "m.max_order_total"])
      .select(["m.first_order_at", "m.last_order_at", "m.opens_count", "m.clicks_count", "m.product_views"])
      .where("c.shop_id", "=", ctx.shopId)
      .where("c.id", "=", id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    return {
      id: row.id,
      externalId: masked ? maskExternal(row.external_id) : row.external_id,
      email: row.email && masked ? maskEmail(row.email) : row.email,
      firstName: row.first_name,
      lastName: row.last_name,
      phone: row.phone && masked ? `…${row.phone.slice(-3)}` : row.phone,
      country: row.country,
      region: row.region,
      city: row.city,
      locale: row.locale,
      timeZone: row.time_zone,
      birthDate: masked ? null : row.birth_date,
      tags: row.tags,
      accountStatus: row.account_status,
      emailConsent: row.email_consent,
      emailConsentAt: row.email_consent_at,
      emailConsentBasis: row.email_consent_basis,
      smsConsent: row.sms_consent,
      addedAt: row.added_at,
      updatedAt: row.updated_at,
      erasedAt: row.erased_at,
      ordersCount: row.orders_count,
      netSpent: row.net_spent,
      grossSpent: row.gross_spent,
      refunded: row.refunded,
      creditUsed: row.credit_used,
      maxOrderTotal: row.max_order_total,
      firstOrderAt: instantOrNull(row.first_order_at),
      lastOrderAt: instantOrNull(row.last_order_at),
      opensCount: row.opens_count,
      clicksCount: row.clicks_count,
      productViews: row.product_views,
    };
  });
}

/** The same by the shop's own id. */
export function getCustomerByExternalId(ctx: ShopContext, externalId: string): Promise<CustomerDetail> {
  return withTenant(ctx, async (handle) => {
    const id = await findCustomerByExternalId(handle.trx, ctx.shopId, externalId);
    if (!id) throw new AppError("NOT_FOUND");
    return getCustomer({ ...ctx, trx: handle }, id);
  });
}

export type CustomerDetail = Awaited<ReturnType<typeof getCustomer>>;

/** One thing that happened, newest first. `amount` is null for events; `label` is an order number, a refund number or what was seen. */
export type TimelineItem = {
  key: string;
  type: "order" | "refund" | "event";
  kind: string;
  at: Date;
  label: string | null;
  amount: bigint | null;
  currency: string | null;
  lines: number | null;
};

/** Orders, refunds and activity of a customer, `cursor` being the last item seen. */
export async function customerTimeline(ctx: ShopContext, input: { id: string; cursor?: string | null; limit: number }) {
  // PostgreSQL's own text of the instant, because a Date would cut the microseconds.
  const cursor = /^(\d{4}-\d{2}-\d{2} [\d:.]+\+00)\|(.+)$/.exec(input.cursor ?? "");
  if (input.cursor && !cursor) throw new AppError("VALIDATION", { fields: "cursor" });
  const [, at, key] = cursor ?? [];
  return withTenant(ctx, async ({ trx }) => {
    const shop = ctx.shopId;
    const limit = input.limit + 1;
    const bound = (column: string) => (at ? sql`and ${sql.ref(column)} <= ${at}::timestamptz` : sql``);
    const result = await sql<TimelineItem & { exact: string }>`
      select *, at::text as exact from (
        (select 'o' || id as key, 'order' as type, status as kind, placed_at as at, external_id as label, total as amount, currency, lines
         from shop_order where shop_id = ${shop} and customer_id = ${input.id} ${bound("placed_at")} order by placed_at desc limit ${limit + 50})
        union all
        (select 'r' || id, 'refund', 'refund', refunded_at, coalesce(order_external_id, external_id), amount, currency, null
         from order_refund where shop_id = ${shop} and customer_id = ${input.id} ${bound("refunded_at")} order by refunded_at desc limit ${limit + 50})
        union all
        (select 'e' || e.id, 'event', e.kind, e.occurred_at, coalesce(p.title, e.ref_id), null, null, null
         from activity_event e left join product p on e.kind = 'product.viewed' and p.shop_id = e.shop_id and p.external_id = e.ref_id
         where e.shop_id = ${shop} and e.customer_id = ${input.id} ${bound("e.occurred_at")} order by e.occurred_at desc limit ${limit + 50})
      ) t ${at ? sql`where (at, key) < (${at}::timestamptz, ${key})` : sql``}
      order by at desc, key desc limit ${limit}`.execute(trx);
    const page = result.rows.slice(0, input.limit);
    const last = page.at(-1);
    const items: TimelineItem[] = page.map(({ exact: _exact, ...item }) => item);
    return { items, next: result.rows.length > input.limit && last ? `${last.exact}|${last.key}` : null };
  });
}
