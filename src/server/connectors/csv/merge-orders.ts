/**
 * From pieces to orders. An order that is new or different is written with all its lines; an equal one is not touched, not even its
 * updated_at. Orders that another source wrote are kept: a live connection knows more than a file. The clock is asked once per statement and
 * not by the columns' defaults: per row it was a quarter of the time of writing the orders.
 * $1 is the currency of the file.
 */
// Halves are staged as signed numbers, because those add up without decimals; the bits that are kept are the same.
const SIGNED_HASH = "((sum(hash_a) & 2147483647) << 32) | (sum(hash_b) & 4294967295)";

export const MERGE_ORDERS = {
  gather: `
    create temp table merge_order on commit drop as
    with grouped as (
      select p.ref, min(p.no) as no, count(*)::int as pieces, min(p.at) as at, min(p.day) as day, (array_agg(c.id order by c.id) filter (where c.id is not null))[1] as customer_id,
        sum(lines)::int as lines, sum(counted)::int as counted, sum(value)::int8 as value, ${SIGNED_HASH} as content_hash,
        max(total) as total, max(tax) as tax, max(shipping) as shipping, max(refunded) as refunded,
        coalesce(max(status), 'paid') as status, coalesce(max(p.currency), $1) as currency
      from stage_piece p left join merge_customer_no c on c.no = p.customer
      where p.kind = 0 group by p.ref)
    select g.ref, g.no, g.pieces, g.at, g.customer_id, g.lines, g.counted, g.content_hash, coalesce(g.total, g.value) as total, coalesce(g.tax, 0) as tax,
      coalesce(g.shipping, 0) as shipping, coalesce(g.refunded, 0) as refunded, g.status, g.currency,
      (g.lines = 0 or g.counted > 0) and g.status not in ('cancelled', 'pending') as counts,
      coalesce(o.id, uuid_v7()) as id, o.customer_id as old_customer_id,
      case when o.id is null then 'new'
        when o.source <> 'csv' then 'kept'
        when (o.customer_id, o.placed_at, o.currency, o.total, o.tax, o.shipping, o.status, o.lines, o.content_hash) is distinct from
             (g.customer_id, g.at, g.currency, coalesce(g.total, g.value), coalesce(g.tax, 0), coalesce(g.shipping, 0), g.status, g.lines, g.content_hash)
        then 'changed' else 'same' end as state,
      g.day
    from grouped g left join lateral (
      select * from shop_order o where o.shop_id = (select app_shop()) and o.external_id = g.ref limit 1) o on true
    order by g.no`,
  insert: `
    insert into shop_order (org_id, shop_id, id, external_id, customer_id, placed_at, currency, total, tax, shipping, status, counts, lines, source, content_hash, updated_at)
    select (select app_org()), (select app_shop()), id, ref, customer_id, at, currency, total, tax, shipping, status, counts, lines, 'csv', content_hash,
      (select app_now())
    from merge_order where state = 'new'`,
  update: `
    update shop_order o set customer_id = m.customer_id, placed_at = m.at, currency = m.currency, total = m.total, tax = m.tax,
      shipping = m.shipping, status = m.status, counts = m.counts, lines = m.lines, content_hash = m.content_hash, updated_at = (select app_now())
    from merge_order m where m.state = 'changed' and o.shop_id = (select app_shop()) and o.id = m.id
      and o.id = any(array(select id from merge_order where state = 'changed'))`,
  /** What buyers may lose by it, before the lines go. */
  former: `
    insert into merge_former (customer_id, product_id)
    select distinct i.customer_id, u.product_id from merge_order m join order_items i on i.shop_id = (select app_shop()) and i.order_id = m.id,
      unnest(i.product_ids) as u (product_id)
    where m.state = 'changed' and i.order_id = any(array(select id from merge_order where state = 'changed'))
      and i.customer_id is not null and u.product_id is not null`,
  removeItems: `
    delete from order_items i using merge_order m where m.state = 'changed' and i.shop_id = (select app_shop()) and i.order_id = m.id
      and i.order_id = any(array(select id from merge_order where state = 'changed'))`,
  /** The usual order is one piece: its arrays are stored as they came. */
  items: `
    insert into order_items (org_id, shop_id, order_id, customer_id, placed_day, counts, product_ids, quantities, unit_prices, totals, line_counts)
    select (select app_org()), (select app_shop()), m.id, m.customer_id, m.day, m.counts,
      p.product_ids, p.quantities, p.unit_prices, p.totals, p.line_counts
    from merge_order m join stage_piece p on p.no = m.no
    where m.state in ('new', 'changed') and m.lines > 0 and m.pieces = 1`,
  /** Orders whose lines are scattered over the file. */
  scatteredItems: `
    insert into order_items (org_id, shop_id, order_id, customer_id, placed_day, counts, product_ids, quantities, unit_prices, totals, line_counts)
    select (select app_org()), (select app_shop()), m.id, m.customer_id, m.day, m.counts,
      array_agg(u.product_id order by p.no, u.no), array_agg(u.quantity order by p.no, u.no), array_agg(u.unit_price order by p.no, u.no),
      array_agg(u.total order by p.no, u.no), array_agg(u.counts order by p.no, u.no)
    from merge_order m join stage_piece p on p.ref = m.ref and p.kind = 0,
      unnest(p.product_ids, p.quantities, p.unit_prices, p.totals, p.line_counts)
        with ordinality as u (product_id, quantity, unit_price, total, counts, no)
    where m.state in ('new', 'changed') and m.lines > 0 and m.pieces > 1
    group by m.id, m.customer_id, m.day, m.counts`,
} as const;

/** Cancellations become refunds without an order; a refunded amount on an order row becomes a refund of that order. */
export const MERGE_REFUNDS = {
  gather: `
    create temp table merge_refund on commit drop as
    with found as (
      select p.ref, min(p.at) as at, (array_agg(c.id order by c.id) filter (where c.id is not null))[1] as customer_id, null::uuid as order_id,
        greatest(sum(returned), 0)::int8 as amount, coalesce(max(p.currency), $1) as currency, ${SIGNED_HASH} as content_hash
      from stage_piece p left join merge_customer_no c on c.no = p.customer where p.kind = 1 group by p.ref
      union all
      select m.ref || '#refund', m.at, m.customer_id, m.id, m.refunded, m.currency, m.refunded
      from merge_order m where m.refunded > 0 and m.state <> 'kept')
    select f.*, coalesce(r.id, uuid_v7()) as id, r.customer_id as old_customer_id,
      case when r.id is null then 'new'
        when r.source <> 'csv' then 'kept'
        when (r.customer_id, r.order_id, r.refunded_at, r.amount, r.currency, r.content_hash) is distinct from
             (f.customer_id, f.order_id, f.at, f.amount, f.currency, f.content_hash) then 'changed' else 'same' end as state
    from found f left join lateral (
      select * from order_refund r where r.shop_id = (select app_shop()) and r.external_id = f.ref limit 1) r on true`,
  insert: `
    insert into order_refund (org_id, shop_id, id, external_id, order_id, customer_id, currency, amount, refunded_at, source, content_hash, updated_at)
    select (select app_org()), (select app_shop()), id, ref, order_id, customer_id, currency, amount, at, 'csv', content_hash, (select app_now())
    from merge_refund where state = 'new'`,
  update: `
    update order_refund r set order_id = m.order_id, customer_id = m.customer_id, currency = m.currency, amount = m.amount,
      refunded_at = m.at, content_hash = m.content_hash, updated_at = (select app_now())
    from merge_refund m where m.state = 'changed' and r.shop_id = (select app_shop()) and r.id = m.id
      and r.id = any(array(select id from merge_refund where state = 'changed'))`,
  /** A refund that came before its order finds it now. */
  attach: `
    update order_refund r set order_id = m.id, customer_id = m.customer_id, updated_at = (select app_now())
    from merge_order m where m.state = 'new' and r.shop_id = (select app_shop()) and r.order_id is null
      and r.order_external_id is not null and r.order_external_id = m.ref`,
  /** What orders know of their refunds. New ones without any are right already: in a first import that is nearly all. */
  orders: `
    update shop_order o set refunded = s.amount, updated_at = (select app_now())
    from (select m.id, coalesce(sum(r.amount), 0)::int8 as amount from merge_order m
          left join order_refund r on r.shop_id = (select app_shop()) and r.order_id = m.id and r.currency = m.currency
          where m.state <> 'kept' and (m.state <> 'new' or r.id is not null) group by m.id) s
    where o.shop_id = (select app_shop()) and o.id = s.id and o.refunded <> s.amount`,
} as const;

/** Whose metrics change, and whose purchases are written already. A table, so that memory does not grow with the file: it is read page by page. */
export const TOUCHED_CUSTOMERS = `
  create temp table merge_touched on commit drop as select id, exists (select from merge_fresh f where f.id = t.id) as fresh from (
    select customer_id as id from merge_order where state in ('new', 'changed')
    union all select old_customer_id from merge_order where state = 'changed'
    union all select customer_id from merge_refund where state in ('new', 'changed')
    union all select old_customer_id from merge_refund where state = 'changed') t
  where id is not null group by id`;

export const TOUCHED_PAGE = `select id, fresh from merge_touched where $1::uuid is null or id > $1 order by id limit 5000`;

/** Counts for the report, over the file and not over the changes: importing a file again reports the same numbers. */
export const ORDER_COUNTS = `
  select
    (select count(*) from merge_customer) as customers,
    coalesce(sum(counted) filter (where customer_id is not null), 0) as counted_lines,
    count(*) filter (where customer_id is not null and counts) as counted_orders,
    (select count(*) from (select from merge_order where counts and customer_id is not null group by customer_id) c) as counted_customers,
    coalesce(sum(total) filter (where customer_id is not null and counts), 0) as counted_value,
    coalesce(sum(counted) filter (where customer_id is null), 0) as anonymous_lines,
    count(*) filter (where customer_id is null and counts) as anonymous_orders,
    coalesce(sum(total) filter (where customer_id is null and counts), 0) as anonymous_value,
    count(*) filter (where state = 'new') as orders_new,
    count(*) filter (where state = 'changed') as orders_changed,
    count(*) filter (where state = 'same') as orders_unchanged,
    count(*) filter (where state = 'kept') as orders_kept,
    count(*) filter (where pieces > 1) as orders_scattered,
    count(*) filter (where state <> 'new' and customer_id in (select id from merge_fresh)) as orders_unforeseen
  from merge_order`;

export const PIECE_COUNTS = `
  select coalesce(sum(zero) filter (where kind = 0), 0) as zero_lines,
    coalesce(sum(lines) filter (where kind = 1), 0) as cancellation_lines,
    (select count(distinct ref) from stage_piece where kind = 1) as cancellations,
    coalesce(sum(returned) filter (where kind = 1), 0) as cancelled_value,
    coalesce(sum(lines) filter (where kind = 2), 0) as adjustment_lines,
    (select count(distinct ref) from stage_piece where kind = 2) as adjustments
  from stage_piece`;
