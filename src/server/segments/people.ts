import { sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import type { CustomValue, Person, Product } from "./person";

/** Everything the language can ask about some customers, for the evaluator. Bounded per person: explaining needs no more. */
const MAX_PER_PERSON = 20_000;

type Trx = TenantTrx["trx"];

export async function loadPeople(trx: Trx, shopId: string, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return [];
  const [rows, orders, lines, events, lots, campaigns] = [
    await loadCustomers(trx, shopId, ids),
    await loadOrders(trx, shopId, ids),
    await loadLines(trx, shopId, ids),
    await loadEvents(trx, shopId, ids),
    await loadLots(trx, shopId, ids),
    await loadCampaigns(trx, shopId, ids),
  ];
  const [ordersOf, linesOf, eventsOf, lotsOf] = [byCustomer(orders), byCustomer(lines), byCustomer(events), byCustomer(lots)];
  const campaignsOf = byCustomer(campaigns);
  return rows.map((row) => ({
    ...toPerson(row),
    orders: (ordersOf.get(row.id) ?? []).map((o) => ({ at: o.placed_at, total: o.total, currency: o.currency })),
    lines: (linesOf.get(row.id) ?? []).map((l) => ({ orderId: l.order_id, at: l.placed_at, quantity: l.quantity, product: toProduct(l) })),
    events: (eventsOf.get(row.id) ?? []).map((e) => ({ kind: e.kind, at: e.occurred_at, ref: e.ref_id, product: toProduct(e) })),
    campaigns: (campaignsOf.get(row.id) ?? []).map((g) => ({ campaignId: g.campaign_id, at: g.created_at })),
    lots: (lotsOf.get(row.id) ?? []).map((k) => ({
      unit: k.unit,
      remaining: k.remaining,
      availableFrom: k.available_from,
      expiresAt: k.expires_at,
      createdAt: k.created_at,
    })),
  }));
}

function byCustomer<T extends { customer_id: string | null }>(rows: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    if (row.customer_id === null) continue;
    const group = groups.get(row.customer_id);
    if (group) group.push(row);
    else groups.set(row.customer_id, [row]);
  }
  return groups;
}

const toProduct = (row: { external_id: string | null; tags: string[] | null }): Product | null =>
  row.external_id === null ? null : { externalId: row.external_id, tags: row.tags ?? [] };

/** `-infinity` (a number in pg) stands for none. */
const instantOrNull = (at: Date | number): Date | null => (at instanceof Date ? at : null);

const loadCustomers = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("customer as c")
    .innerJoin("customer_metrics as m", (join) => join.onRef("m.shop_id", "=", "c.shop_id").onRef("m.customer_id", "=", "c.id"))
    .select(["c.id", "c.erased_at", "c.email_key", "c.country", "c.region", "c.city", "c.locale", "c.time_zone", "c.birth_date", "c.tags"])
    .select(["c.account_status", "c.email_consent", "c.sms_consent", "c.added_at"])
    .leftJoin("customer_score as s", (join) => join.onRef("s.shop_id", "=", "c.shop_id").onRef("s.customer_id", "=", "c.id"))
    .select(["s.customer_id as scored", "s.rfm_recency", "s.rfm_frequency", "s.rfm_monetary", "s.rfm_group", "s.rfm_shopify_group"])
    .select(["s.predicted_spend_tier", "s.predicted_value"])
    .select([
      sql<string | null>`s.predicted_orders::numeric::text`.as("predicted_orders"),
      sql<string | null>`s.churn_probability::numeric::text`.as("churn"),
      sql<Record<string, CustomValue>>`(
        select coalesce(jsonb_object_agg(key, jsonb_build_object('type', jsonb_typeof(value), 'text', value #>> '{}', 'texts',
          case when jsonb_typeof(value) = 'array' then (select coalesce(jsonb_agg(t), '[]') from jsonb_array_elements_text(value) t) else '[]' end)), '{}')
        from jsonb_each(c.custom))`.as("custom"),
    ])
    .select(["m.orders_count", "m.net_spent", "m.gross_spent", "m.first_order_at", "m.last_order_at", "m.abandoned_checkout_day"])
    .where("c.shop_id", "=", shopId)
    .where("c.id", "in", [...ids])
    .execute();

function toPerson(
  row: Awaited<ReturnType<typeof loadCustomers>>[number],
): Omit<Person, "orders" | "lines" | "events" | "campaigns" | "lots"> {
  return {
    id: row.id,
    erased: row.erased_at !== null,
    emailKey: row.email_key,
    country: row.country,
    region: row.region,
    city: row.city,
    locale: row.locale,
    timeZone: row.time_zone,
    birthDate: row.birth_date,
    tags: row.tags,
    accountStatus: row.account_status,
    emailConsent: row.email_consent,
    smsConsent: row.sms_consent,
    addedAt: row.added_at,
    metrics: {
      orders: row.orders_count,
      netSpent: row.net_spent,
      grossSpent: row.gross_spent,
      firstOrderAt: instantOrNull(row.first_order_at),
      lastOrderAt: instantOrNull(row.last_order_at),
      abandonedCheckoutDay: row.abandoned_checkout_day < 0 ? null : row.abandoned_checkout_day,
    },
    score: row.scored === null ? null : toScore(row),
    custom: row.custom,
  };
}

const toScore = (row: Awaited<ReturnType<typeof loadCustomers>>[number]): Person["score"] => ({
  recency: row.rfm_recency,
  frequency: row.rfm_frequency,
  monetary: row.rfm_monetary,
  group: row.rfm_group,
  shopifyGroup: row.rfm_shopify_group,
  tier: row.predicted_spend_tier,
  orders: row.predicted_orders,
  churn: row.churn,
  value: row.predicted_value,
});

const loadOrders = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("shop_order")
    .select(["customer_id", "placed_at", "total", "currency"])
    .where("shop_id", "=", shopId)
    .where("customer_id", "in", [...ids])
    .where("counts", "=", true)
    .orderBy("placed_at", "desc")
    .limit(MAX_PER_PERSON * ids.length)
    .execute();

const loadLines = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("order_line as l")
    .innerJoin("shop_order as o", (join) => join.onRef("o.shop_id", "=", "l.shop_id").onRef("o.id", "=", "l.order_id"))
    .leftJoin("product as p", (join) => join.onRef("p.shop_id", "=", "l.shop_id").onRef("p.id", "=", "l.product_id"))
    .select(["l.customer_id", "l.order_id", "o.placed_at", "l.quantity", "p.external_id", "p.tags"])
    .where("o.shop_id", "=", shopId)
    // By the order's index: lines have none by customer.
    .where("o.customer_id", "in", [...ids])
    .where("l.customer_id", "is not", null)
    .where("l.counts", "=", true)
    .orderBy("o.placed_at", "desc")
    .limit(MAX_PER_PERSON * ids.length)
    .execute();

const loadEvents = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("activity_event as e")
    .leftJoin("product as p", (join) =>
      join.onRef("p.shop_id", "=", "e.shop_id").onRef("p.external_id", "=", "e.ref_id").on("e.kind", "=", "product.viewed"),
    )
    .select(["e.customer_id", "e.kind", "e.occurred_at", "e.ref_id", "p.external_id", "p.tags"])
    .where("e.shop_id", "=", shopId)
    .where("e.customer_id", "in", [...ids])
    .orderBy("e.occurred_at", "desc")
    .limit(MAX_PER_PERSON * ids.length)
    .execute();

const loadLots = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("ledger.lot")
    .select(["customer_id", "unit", "remaining", "available_from", "expires_at", "created_at"])
    .where("shop_id", "=", shopId)
    .where("customer_id", "in", [...ids])
    .orderBy("created_at", "desc")
    .limit(MAX_PER_PERSON * ids.length)
    .execute();

const loadCampaigns = (trx: Trx, shopId: string, ids: readonly string[]) =>
  trx
    .selectFrom("ledger.lot as k")
    .innerJoin("campaign_drop as d", (join) => join.onRef("d.shop_id", "=", "k.shop_id").onRef("d.id", "=", "k.source_id"))
    .select(["k.customer_id", "d.campaign_id", "k.created_at"])
    .where("k.shop_id", "=", shopId)
    .where("k.customer_id", "in", [...ids])
    .where("k.source_type", "=", "drop")
    .orderBy("k.created_at", "desc")
    .limit(MAX_PER_PERSON * ids.length)
    .execute();
