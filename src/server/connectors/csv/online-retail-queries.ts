/**
 * What the raw file is turned into for the queries below, in plain SQL that knows nothing of the app: `line` are the bought lines of
 * known customers, `bought` their orders, `person` everyone with what stayed paid. Money in pence. Written from the file's own
 * description: "C" cancels, "A" adjusts, and a line counts when quantity and price are above zero.
 */
export const RAW_VIEWS = `
create temp table line on commit drop as select cust, inv, sku, qty, country, at, (round(qty * price, 2) * 100)::bigint as value
  from raw where cust is not null and inv !~ '^[CA]' and qty > 0 and price > 0;
create temp table bought on commit drop as select cust, inv, min(at)::date as day, sum(value) as total from line group by cust, inv;
create temp table person on commit drop as
  select p.cust, p.net, coalesce(b.orders, 0) as orders, b.first, b.last, b.gross
  from (select cust, coalesce(sum(round(qty * price, 2) * 100) filter (where price > 0 and inv !~ '^A'), 0) as net
        from raw where cust is not null group by cust) p
    left join (select cust, count(*) as orders, min(day) as first, max(day) as last, sum(total) as gross from bought group by cust) b using (cust);
analyze line, bought, person`;

/** The day the file ends is 9 December 2011; asked at noon of the day after, in London. */
export const ASKED_AT = new Date("2011-12-10T12:00:00Z");

/** A segment, and the customers of the file it must mean. */
export const RETAIL_QUERIES: readonly { query: string; byHand: string }[] = [
  { query: "amount_spent >= 1000", byHand: "select cust from person where net >= 100000" },
  { query: "number_of_orders = 0", byHand: "select cust from person where orders = 0" },
  { query: "number_of_orders BETWEEN 2 AND 5", byHand: "select cust from person where orders between 2 and 5" },
  { query: "last_order_date < -90d", byHand: "select cust from person where last < date '2011-09-11'" },
  {
    query: "first_order_date BETWEEN 2011-03-01 AND 2011-05-31",
    byHand: "select cust from person where first >= date '2011-03-01' and first < date '2011-06-01'",
  },
  {
    query: "amount_spent >= 500 AND last_order_date < -90d AND number_of_orders >= 3",
    byHand: "select cust from person where net >= 50000 and last < date '2011-09-11' and orders >= 3",
  },
  {
    query: "customer_countries CONTAINS 'DE' AND number_of_orders > 1",
    byHand: "select p.cust from person p where orders > 1 and exists (select from raw r where r.cust = p.cust and r.country = 'Germany')",
  },
  {
    query: "average_order_value > 412.50",
    byHand: "select cust from bought group by cust having sum(total)::numeric / count(*) > 41250",
  },
  { query: "products_purchased MATCHES (id = '85123A')", byHand: "select distinct cust from line where sku = '85123A'" },
  {
    query: "products_purchased MATCHES (id IN ('22423', '47566'), date >= -60d)",
    byHand: "select distinct cust from line where sku in ('22423', '47566') and at >= '2011-10-11'",
  },
  {
    query: "products_purchased MATCHES (id = '22423', date BETWEEN 2011-06-01 AND 2011-06-30)",
    byHand: "select distinct cust from line where sku = '22423' and at >= '2011-06-01' and at < '2011-07-01'",
  },
  {
    query: "products_purchased MATCHES (id = '85099B', count >= 3)",
    byHand: "select cust from line where sku = '85099B' group by cust having count(distinct inv) >= 3",
  },
  {
    query: "products_purchased MATCHES (id IN ('84077', '22197'), sum_quantity >= 100)",
    byHand: "select cust from line where sku in ('84077', '22197') group by cust having sum(qty) >= 100",
  },
  {
    query: "products_purchased MATCHES (id = '22197', quantity >= 48)",
    byHand: "select distinct cust from line where sku = '22197' and qty >= 48",
  },
  {
    query: "number_of_orders > 0 AND products_purchased NOT MATCHES (id = '85123A')",
    byHand: "select cust from bought except select cust from line where sku = '85123A'",
  },
  { query: "orders_placed MATCHES (amount > 1000)", byHand: "select distinct cust from bought where total > 100000" },
  {
    query: "orders_placed MATCHES (date >= 2011-09-01, count >= 3)",
    byHand: "select cust from bought where day >= '2011-09-01' group by cust having count(*) >= 3",
  },
  {
    query: "orders_placed MATCHES (date >= -12w, count >= 7)",
    byHand: "select cust from bought where day >= date '2011-12-10' - 84 group by cust having count(*) >= 7",
  },
  {
    query: "orders_placed MATCHES (date BETWEEN 2011-10-01 AND 2011-10-31, sum_amount >= 500)",
    byHand: "select cust from bought where day >= '2011-10-01' and day < '2011-11-01' group by cust having sum(total) >= 50000",
  },
  {
    query: "orders_placed MATCHES (date < 2011-06-01) AND orders_placed NOT MATCHES (date >= 2011-06-01)",
    byHand: "select cust from bought group by cust having max(day) < '2011-06-01'",
  },
  {
    query: "orders_placed MATCHES (date BETWEEN -12m AND -90d, count >= 3) AND last_order_date < -90d",
    byHand: `select cust from bought group by cust
      having count(*) filter (where day between '2010-12-10' and '2011-09-11') >= 3 and max(day) < '2011-09-11'`,
  },
  {
    query: "(amount_spent < 50 OR number_of_orders = 1) AND NOT (last_order_date >= -30d OR customer_countries CONTAINS 'GB')",
    byHand: `select p.cust from person p where (net < 5000 or orders = 1) and coalesce(last < date '2011-11-10', true)
      and not exists (select from raw r where r.cust = p.cust and r.country = 'United Kingdom')`,
  },
];
