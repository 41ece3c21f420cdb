import { sql } from "kysely";
import pg from "pg";
import { compactMetrics } from "@/server/customers/compact-metrics";
import { refreshMetrics } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { systemContext } from "@/server/tenancy/context";

/** A shop for measurements: 5 orders, 15 lines and 20 events per customer over three years, made by PostgreSQL itself. */
export const BENCH_ORG = "00000000-0000-7000-8000-00000000b001";
export const BENCH_SHOP = "00000000-0000-7000-8000-00000000b002";
export const PRODUCTS = 5_000;
/** Carried by every hundredth product. */
export const BENCH_TAG = "Sports wear";
export const COLLECTIONS = 40;
const ORDERS_EACH = 5;
const EVENTS_EACH = 20;
const DAYS = 1_095;
const METRICS_CHUNK = 20_000;

const TABLES = ["customer", "product", "shop_order", "order_items", "activity_event", "product_buyer", "customer_score"] as const;

/** Ids in the order of their numbers, as time-ordered ids are. */
const FUNCTIONS = `
create function pg_temp.id_of(kind text, n bigint) returns uuid language sql immutable as $$
  select (kind || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-000000000000')::uuid $$;`;

const PEOPLE = `
insert into organisation (id, name) values ($1, 'Bench');
insert into shop (org_id, id, name, currency, time_zone, country) values ($1, $2, 'Bench', 'EUR', 'Europe/Berlin', 'DE');
insert into product (org_id, shop_id, id, external_id, title, tags, collections)
  select $1, $2, pg_temp.id_of('b', n), n::text, 'Produkt ' || n,
    array['t' || n % 97] || case when n % 100 = 0 then array['${BENCH_TAG}'] else '{}' end, array[(n % ${COLLECTIONS})::text]
  from generate_series(1, ${PRODUCTS}) n;
insert into customer (org_id, shop_id, id, external_id, email, email_key, first_name, last_name, country, region, city, locale, birth_date, tags,
    account_status, email_consent, sms_consent, added_at)
  select $1, $2, pg_temp.id_of('c', n), 'k' || n, 'k' || n || '@example.de', 'k' || n || '@example.de', 'Vor' || n % 400, 'Nach' || n % 3001,
    (array['DE', 'DE', 'DE', 'AT', 'CH'])[1 + n % 5], 'BE', 'Berlin', 'de-DE',
    case when n % 5 < 3 then date '1950-01-01' + (n * 7919 % 20000)::integer end, case when n % 31 = 0 then array['VIP'] else '{}' end,
    case when n % 3 = 0 then 'ENABLED' else 'DISABLED' end, case when n % 2 = 0 then 'SUBSCRIBED' else 'NOT_SUBSCRIBED' end,
    case when n % 7 = 0 then 'SUBSCRIBED' else 'NOT_SUBSCRIBED' end, app_now() - make_interval(days => (n % ${DAYS})::integer)
  from generate_series(1, $3::bigint) n;`;

// A quarter never orders; of the others some order far more often. Orders and lines lie on disk in the order of their time.
const ORDERS = `
insert into shop_order (org_id, shop_id, id, external_id, customer_id, placed_at, currency, total, status, counts, lines, source)
  select $1, $2, pg_temp.id_of('d', n), 'o' || n, pg_temp.id_of('c', 1 + floor(0.75 * $3 * power(random(), 1.5))::bigint),
    app_now() - make_interval(secs => ${DAYS} * 86400.0 * (1 - n::float8 / ($3 * ${ORDERS_EACH}))), 'EUR', 1000 + floor(power(random(), 3) * 20000)::bigint,
    'paid', true, 1 + (n % 5)::integer, 'bench'
  from generate_series(1, $3::bigint * ${ORDERS_EACH}) n;
insert into order_items (org_id, shop_id, order_id, customer_id, placed_day, counts, product_ids, quantities, unit_prices, totals, line_counts)
  select org_id, shop_id, id, customer_id, (placed_at at time zone 'Europe/Berlin')::date - date '1970-01-01', true,
    (array[pg_temp.id_of('b', 1 + floor(random() * ${PRODUCTS})::bigint), pg_temp.id_of('b', 1 + floor(random() * ${PRODUCTS})::bigint),
      pg_temp.id_of('b', 1 + floor(random() * ${PRODUCTS})::bigint), pg_temp.id_of('b', 1 + floor(random() * ${PRODUCTS})::bigint),
      pg_temp.id_of('b', 1 + floor(random() * ${PRODUCTS})::bigint)])[1:lines],
    (array[1, 2, 1, 1, 3])[1:lines], (array[1000, 1500, 999, 2500, 500]::bigint[])[1:lines], (array[1000, 3000, 999, 2500, 1500]::bigint[])[1:lines],
    (array[true, true, true, true, true])[1:lines]
  from shop_order where shop_id = $2;
insert into product_buyer (org_id, shop_id, product_id, customer_id, first_day, last_day, orders, quantity)
  select $1, $2, u.product_id, i.customer_id, min(i.placed_day), max(i.placed_day), count(distinct i.order_id), sum(u.quantity)
  from order_items i, unnest(i.product_ids, i.quantities) as u(product_id, quantity) where i.shop_id = $2
  group by u.product_id, i.customer_id;`;

const EVENTS = `
insert into activity_event (org_id, shop_id, id, customer_id, kind, occurred_at, ref_id)
  select $1, $2, 'e' || n, pg_temp.id_of('c', 1 + floor($3 * power(random(), 1.2))::bigint), k.kind,
    app_now() - make_interval(secs => ${DAYS} * 86400.0 * (1 - n::float8 / ($3 * ${EVENTS_EACH}))),
    case k.kind when 'product.viewed' then (1 + floor(random() * ${PRODUCTS}))::bigint::text
      when 'collection.viewed' then floor(random() * ${COLLECTIONS})::bigint::text when 'checkout.started' then null else 'm' || n / 50000 end
  from generate_series(1, $3::bigint * ${EVENTS_EACH}) n,
    lateral (select (array['email.opened', 'email.opened', 'email.opened', 'email.opened', 'email.opened', 'email.opened', 'email.opened',
      'email.opened', 'email.opened', 'email.clicked', 'email.clicked', 'product.viewed', 'product.viewed', 'product.viewed', 'product.viewed',
      'product.viewed', 'collection.viewed', 'collection.viewed', 'collection.viewed', 'checkout.started'])[1 + n % 20] as kind) k;`;

const SCORES = `
insert into customer_score (org_id, shop_id, customer_id, rfm_recency, rfm_frequency, rfm_monetary, rfm_group, rfm_shopify_group, rfm_scored_at,
    churn_probability, predicted_orders, predicted_value, predicted_spend_tier, predicted_at)
  select $1, $2, pg_temp.id_of('c', n), 1 + n % 5, 1 + n % 4, 1 + n % 3, (array['NEW', 'LOYAL', 'SLEEPERS'])[1 + n % 3],
    (array['NEW', 'LOYAL', 'DORMANT'])[1 + n % 3], app_now(), (n % 100) / 100.0, (n % 50) / 10.0, n % 40000,
    case when n % 10 = 0 then 'HIGH' when n % 10 < 4 then 'MEDIUM' else 'LOW' end, app_now()
  from generate_series(1, $3::bigint) n where n % 4 < 3;`;

/** Every statement with its values; several in one text cannot have parameters. */
async function run(client: pg.Client, text: string, values: readonly (string | number)[]): Promise<void> {
  for (const statement of text.split(/;\n/)) {
    if (statement.trim() === "") continue;
    const used = values.filter((_, index) => statement.includes(`$${index + 1}`));
    const written = statement.replace(/\$(\d)/g, (_, no: string) => {
      const value = values[Number(no) - 1];
      return typeof value === "number" ? String(value) : `'${value}'::uuid`;
    });
    if (used.length === 0 && /\$\d/.test(statement)) throw new Error("a value is missing");
    await client.query(written);
  }
}

type Index = { table: string; drop: string; create: string };

/** Indexes are built once at the end: that is many times faster than keeping them while millions of rows arrive. */
async function takeIndexesAway(client: pg.Client): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `select c.relname as table,
       case when k.oid is null then format('drop index %I', i.relname) else format('alter table %I drop constraint %I', c.relname, k.conname) end as drop,
       case when k.oid is null then pg_get_indexdef(i.oid)
         else format('alter table %I add constraint %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) end as create
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
       left join pg_constraint k on k.conindid = i.oid and k.contype in ('p', 'u') and k.conrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relname in ('shop_order', 'order_items', 'activity_event', 'product_buyer')
       and not exists (select from pg_constraint f where f.confrelid = c.oid and f.contype = 'f' and f.conindid = i.oid)`,
  );
  for (const { drop } of rows) await client.query(drop);
  return rows;
}

/** Fills a migrated, empty database (the app's `DATABASE_URL`) with the shop. Takes minutes for a million customers, and about 12 GB. */
export async function generateShop(url: string, customers: number, say: (text: string) => void = () => {}): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const began = performance.now();
  const step = async (name: string, work: () => Promise<unknown>) => {
    await work();
    say(`  ${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${name}`);
  };
  const values = [BENCH_ORG, BENCH_SHOP, customers];
  try {
    await client.query(`set synchronous_commit = off; set maintenance_work_mem = '1GB'; set work_mem = '512MB'; select setseed(0.42);
      select set_config('app.org_id', '${BENCH_ORG}', false), set_config('app.shop_id', '${BENCH_SHOP}', false)`);
    await client.query(FUNCTIONS);
    const indexes = await takeIndexesAway(client);
    await step("customers", () => run(client, PEOPLE, values));
    await step("orders, lines, buyers", () => run(client, ORDERS, values));
    await step("events", () => run(client, EVENTS, values));
    await step("indexes", async () => {
      for (const { create } of indexes) await client.query(create);
    });
    await step("statistics", () => client.query(`analyze ${TABLES.join(", ")}`));
    await step("metrics", () => computeMetrics(customers));
    await step("scores", () => run(client, SCORES, values));
    // Index-only scans need the visibility map.
    await step("vacuum", () => client.query(`vacuum (analyze) ${[...TABLES, "customer_metrics"].join(", ")}`));
    // As the app does at night: everything above wrote each customer's figures three times.
    await step("compact", compactMetrics);
  } finally {
    await client.end();
  }
}

/** By the app's own function, so that what is measured is what the app keeps. */
async function computeMetrics(customers: number): Promise<void> {
  const ctx = systemContext(BENCH_ORG, BENCH_SHOP, "bench");
  const idOf = (n: number) => `c${n.toString(16).padStart(7, "0")}-0000-7000-8000-000000000000`;
  for (let first = 1; first <= customers; first += METRICS_CHUNK) {
    await withTenant(ctx, async ({ trx }) => {
      const ids = await sql<{ id: string }>`select id from customer
        where shop_id = ${BENCH_SHOP} and id >= ${idOf(first)}::uuid and id < ${idOf(first + METRICS_CHUNK)}::uuid`.execute(trx);
      await refreshMetrics(
        trx,
        BENCH_SHOP,
        ids.rows.map(({ id }) => id),
      );
    });
  }
}
