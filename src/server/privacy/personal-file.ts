import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { membershipsOf } from "@/server/campaigns/memberships";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { customerCredit } from "@/server/ledger/customer-credit";
import { consentHistory } from "@/server/notifications/consent/consent-history";
import { customerScores } from "@/server/scoring/read-scores";
import type { ShopContext } from "@/server/tenancy/context";
import { personSchema } from "./schema";

/** Of each kind the newest; nobody has more in a shop. */
const MOST = 10_000;

/**
 * Everything that is kept about one person, for the answer to their request (Art. 15 and 20 GDPR): what the shop told, what they did, their
 * credit with every movement, their consents, the messages and what became of them, the campaigns they were drawn for, and what was worked
 * out about them. Asking is in the audit log.
 */
export const personalFile = (ctx: ShopContext, customerId: string) =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const inner = { ...ctx, trx: handle };
    const of = (table: string, columns: string, order: string) =>
      sql<Record<string, unknown>>`select ${sql.raw(columns)} from ${sql.table(table)}
        where shop_id = ${ctx.shopId} and customer_id = ${customerId} order by ${sql.ref(order)} desc limit ${MOST}`
        .execute(trx)
        .then(({ rows }) => rows);
    const profile = await trx
      .selectFrom("customer")
      .select(["id", "external_id", "email", "first_name", "last_name", "phone", "country", "region", "city", "locale", "time_zone"])
      .select(["birth_date", "tags", "custom", "account_status", "email_consent", "email_consent_at", "email_consent_basis", "sms_consent"])
      .select(["added_at", "updated_at", "erased_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .executeTakeFirst();
    if (!profile) throw new AppError("NOT_FOUND", { entity: "customer" });
    const lines = await sql<Record<string, unknown>>`
      select o.external_id as "order", coalesce(p.external_id, '') as product, p.title, l.quantity, l.unit_price, l.total
      from order_line l join shop_order o on o.shop_id = l.shop_id and o.id = l.order_id
      left join product p on p.shop_id = l.shop_id and p.id = l.product_id
      where l.shop_id = ${ctx.shopId} and l.customer_id = ${customerId} order by o.placed_at desc, l.line_no limit ${MOST}`.execute(trx);
    const transfers = await sql<Record<string, unknown>>`
      select t.id, t.at, t.kind, t.unit, m.amount, m.from_bucket, m.to_bucket, t.order_ref, t.reason
      from ledger.lot l join ledger.lot_move m on m.shop_id = l.shop_id and m.lot_id = l.id
      join ledger.transfer t on t.shop_id = m.shop_id and t.id = m.transfer_id
      where l.shop_id = ${ctx.shopId} and l.customer_id = ${customerId} order by t.id desc limit ${MOST}`.execute(trx);
    const campaigns = await sql<Record<string, unknown>>`
      select k.name as campaign, d.created_at as drawn_at, d.unit, m.arm, m.amount, m.status, m.reason
      from (${membershipsOf(ctx.shopId, customerId)}) m join campaign_drop d on d.shop_id = m.shop_id and d.id = m.drop_id
      join campaign k on k.shop_id = d.shop_id and k.id = d.campaign_id
      order by d.created_at desc limit ${MOST}`.execute(trx);
    const leftOut = await sql<Record<string, unknown>>`
      select k.name as campaign, d.created_at as drawn_at, x.reason
      from campaign_drop d join campaign k on k.shop_id = d.shop_id and k.id = d.campaign_id
      join drop_exclusion x on x.shop_id = d.shop_id and x.drop_id = d.id and x.customer_id = ${customerId}
      where d.shop_id = ${ctx.shopId} order by d.created_at desc limit ${MOST}`.execute(trx);
    const file = {
      asOf: now,
      amounts: "minor units",
      profile,
      orders: await of("shop_order", "external_id, placed_at, status, currency, total, tax, shipping, refunded, credit_used", "placed_at"),
      orderLines: lines.rows,
      refunds: await of("order_refund", "external_id, order_external_id, currency, amount, refunded_at", "refunded_at"),
      credit: (await customerCredit(inner, customerId)).balances,
      creditMovements: transfers.rows,
      consents: await consentHistory(inner, { customerId }),
      messages: await of("message", "kind, channel, status, reason, params, created_at, sent_at, opened_at, clicked_at", "created_at"),
      tests: await of("test_message", "kind, channel, recipient, rendered, created_at", "created_at"),
      deliveries: await of("delivery_event", "channel, kind, code, detail, at", "at"),
      confirmations: await of(
        "opt_in_request",
        "channel, text_version, source_url, ip, user_agent, created_at, expires_at, confirmed_at",
        "created_at",
      ),
      // Without the keys that let others write to the browser.
      browsers: await of("push_subscription", "endpoint, user_agent, created_at, gone_at", "created_at"),
      campaigns: campaigns.rows,
      campaignsLeftOut: leftOut.rows,
      activity: await of("activity_event", "kind, occurred_at, ref_id, data", "occurred_at"),
      scores: await customerScores(inner, customerId),
    };
    await recordAudit(trx, ctx, { action: "customer.disclosed", entity: "customer", entityId: customerId });
    return file;
  });

/** As a file that people and programs can read: amounts as decimal strings of minor units, times ISO 8601 UTC. Throws NOT_FOUND. */
export async function personalFileParts(ctx: ShopContext, input: unknown): Promise<AsyncGenerator<string>> {
  const parsed = personSchema.safeParse(input);
  if (!parsed.success) throw new AppError("NOT_FOUND", { entity: "customer" });
  const file = await personalFile(ctx, parsed.data.customerId);
  return (async function* () {
    yield JSON.stringify(file, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
  })();
}
