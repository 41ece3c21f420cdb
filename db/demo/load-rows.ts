import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { withTenantSession } from "@/server/db";
import { env } from "@/server/env";
import type { ShopContext } from "@/server/tenancy/context";
import { localDay } from "@/server/time";
import type { DemoProduct } from "./catalogue";
import type { DemoCustomer, DemoEvent, DemoOrder } from "./simulate";

type Value = string | number | boolean | null | readonly string[];

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const escaped = (text: string): string => text.replace(/[\\\n\r\t]/g, (char) => ESCAPES[char] ?? char);
const cell = (value: Value): string => {
  if (value === null) return "\\N";
  if (typeof value !== "object") return escaped(String(value));
  return escaped(`{${value.map((item) => `"${item.replaceAll('"', '\\"')}"`).join(",")}}`);
};

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** COPY refuses tables under row-level security, so the rows go through a temporary table, as every import does. */
async function copyInto(client: pg.PoolClient, table: string, columns: readonly string[], rows: Iterable<readonly Value[]>): Promise<void> {
  const list = columns.join(", ");
  await client.query(`create temp table staged on commit drop as select ${list} from ${table} limit 0`);
  const lines = function* () {
    let chunk = "";
    for (const row of rows) {
      chunk += `${row.map(cell).join("\t")}\n`;
      if (chunk.length > 262_144) {
        yield chunk;
        chunk = "";
      }
    }
    yield chunk;
  };
  await pipeline(Readable.from(lines()), client.query(copyFrom(`copy staged (${list}) from stdin`)));
  await client.query(`insert into ${table} (${list}) select ${list} from staged`);
  await client.query("drop table staged");
}

const CUSTOMER = [
  "org_id",
  "shop_id",
  "id",
  "external_id",
  "email",
  "email_key",
  "first_name",
  "last_name",
  "phone",
  "country",
  "region",
  "city",
  "locale",
  "birth_date",
  "tags",
  "account_status",
  "email_consent",
  "email_consent_at",
  "email_consent_basis",
  "sms_consent",
  "added_at",
  "updated_at",
] as const;

export type DemoRows = { customers: readonly DemoCustomer[]; orders: readonly DemoOrder[]; events: readonly DemoEvent[] };

/** Writes customers, orders (with lines and refunds) and events of a shop in one transaction. */
export async function loadRows(ctx: ShopContext, timeZone: string, currency: string, rows: DemoRows): Promise<void> {
  const tenant = [ctx.orgId, ctx.shopId] as const;
  await withTenantSession(ctx, async ({ client }) => {
    await copyInto(
      client,
      "customer",
      CUSTOMER,
      rows.customers.map((c) => [
        ...tenant,
        c.id,
        c.externalId,
        c.email,
        c.email,
        c.firstName,
        c.lastName,
        c.phone,
        c.country,
        c.region,
        c.city,
        c.locale,
        c.birthDate,
        c.tags,
        c.accountStatus,
        c.emailConsent,
        iso(c.consentAt),
        c.consentAt === null ? null : "shop",
        c.smsConsent,
        iso(c.addedAt),
        iso(c.addedAt),
      ]),
    );
    await loadOrders(client, tenant, timeZone, currency, rows.orders);
    await copyInto(
      client,
      "activity_event",
      ["org_id", "shop_id", "id", "customer_id", "kind", "occurred_at", "ref_id", "data", "received_at"],
      rows.events.map((e) => [...tenant, e.id, e.customerId, e.kind, iso(e.at), e.refId, e.data, iso(e.at)]),
    );
  });
}

async function loadOrders(
  client: pg.PoolClient,
  tenant: readonly [string, string],
  timeZone: string,
  currency: string,
  orders: readonly DemoOrder[],
): Promise<void> {
  const counts = (order: DemoOrder) => order.status === "paid" || order.status === "refunded";
  await copyInto(
    client,
    "shop_order",
    [
      ...["org_id", "shop_id", "id", "external_id", "customer_id", "placed_at", "currency", "total", "tax", "shipping", "refunded"],
      ...["credit_used", "status", "counts", "lines", "source", "updated_at"],
    ],
    orders.map((o) => [
      ...tenant,
      ...[o.id, o.externalId, o.customer.id, iso(o.placedAt), currency, o.total, o.tax, o.shipping, o.refund?.amount ?? 0, o.creditUsed],
      ...[o.status, counts(o), o.lines.length, "demo", iso(o.refund?.at ?? o.placedAt)],
    ]),
  );
  await copyInto(
    client,
    "order_items",
    [
      ...["org_id", "shop_id", "order_id", "customer_id", "placed_day", "counts"],
      ...["product_ids", "quantities", "unit_prices", "totals", "line_counts"],
    ],
    orders.map((o) => [
      ...tenant,
      ...[o.id, o.customer.id, localDay(new Date(o.placedAt), timeZone), counts(o)],
      o.lines.map((line) => line.product.id),
      o.lines.map((line) => String(line.quantity)),
      o.lines.map((line) => String(line.unitPrice)),
      o.lines.map((line) => String(line.unitPrice * line.quantity)),
      o.lines.map(() => "true"),
    ]),
  );
  const refunds = orders.flatMap((order) => (order.refund ? [{ order, ...order.refund }] : []));
  await copyInto(
    client,
    "order_refund",
    [
      ...["org_id", "shop_id", "external_id", "order_external_id", "order_id", "customer_id", "currency", "amount", "refunded_at"],
      ...["source", "updated_at"],
    ],
    refunds.map(({ order, amount, at }) => [
      ...tenant,
      ...[`R-${order.externalId}`, order.externalId, order.id, order.customer.id, currency, amount, iso(at), "demo", iso(at)],
    ]),
  );
}

/** One drawing for each kind of product; mail programs show no SVG. */
const picture = ({ collections }: DemoProduct): string => `${env().APP_URL}/samples/products/${collections[0] ?? ""}.png`;

/** Writes the assortment. */
export async function loadProducts(ctx: ShopContext, products: readonly DemoProduct[], createdAt: number): Promise<void> {
  await withTenantSession(ctx, ({ client }) =>
    copyInto(
      client,
      "product",
      ["org_id", "shop_id", "id", "external_id", "title", "tags", "collections", "price", "image_url", "updated_at"],
      products.map((p) => [ctx.orgId, ctx.shopId, p.id, p.externalId, p.title, p.tags, p.collections, p.price, picture(p), iso(createdAt)]),
    ),
  );
}
