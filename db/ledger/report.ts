/** The invariants as a view (domain.md 1.9). It is always empty; the nightly check and every test read it. */
export const REPORT = `
create view ledger.violation with (security_invoker = true) as
with sums as (
  select t.org_id, t.shop_id, t.id, t.entries, count(p.*) as n, coalesce(sum(p.amount), 0) as total
  from ledger.transfer t left join ledger.posting p on p.shop_id = t.shop_id and p.transfer_id = t.id group by t.org_id, t.shop_id, t.id, t.entries
), booked as (
  select p.org_id, p.shop_id, p.customer_id, t.unit,
    sum(p.amount) filter (where p.account = 'customer_credit') as credit, sum(p.amount) filter (where p.account = 'customer_held') as held,
    sum(p.amount) filter (where p.account = 'customer_debt') as debt
  from ledger.posting p join ledger.transfer t on t.shop_id = p.shop_id and t.id = p.transfer_id
  where p.customer_id is not null group by p.org_id, p.shop_id, p.customer_id, t.unit
), lots as (
  select shop_id, customer_id, unit, sum(remaining) as remaining, sum(held) as held from ledger.lot group by shop_id, customer_id, unit
), moves as (
  select shop_id, lot_id,
    sum(amount) filter (where from_bucket = 'granted') as granted,
    sum(case 'remaining'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as remaining,
    sum(case 'held'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as held,
    sum(case 'redeemed'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as redeemed,
    sum(case 'expired'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as expired,
    sum(case 'recalled'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as recalled,
    sum(case 'moved'::ledger.bucket when to_bucket then amount when from_bucket then -amount else 0 end) as moved
  from ledger.lot_move group by shop_id, lot_id
)
select org_id, shop_id, 'I1' as invariant, id::text as subject, jsonb_build_object('entries', entries, 'postings', n, 'sum', total::text) as detail
from sums where total <> 0 or n <> entries
union all
select a.org_id, a.shop_id, 'I2', a.customer_id::text || ' ' || a.unit, jsonb_build_object('credit', a.credit::text, 'booked', b.credit::text,
  'held', a.held::text, 'bookedHeld', b.held::text)
from ledger.account a left join booked b on b.shop_id = a.shop_id and b.customer_id = a.customer_id and b.unit = a.unit
where a.credit <> coalesce(b.credit, 0) or a.held <> coalesce(b.held, 0) or a.debt <> -coalesce(b.debt, 0)
union all
select b.org_id, b.shop_id, 'I2', b.customer_id::text || ' ' || b.unit, '{"account": "missing"}'::jsonb
from booked b where not exists (select from ledger.account a where a.shop_id = b.shop_id and a.customer_id = b.customer_id and a.unit = b.unit)
union all
select a.org_id, a.shop_id, 'I3', a.customer_id::text || ' ' || a.unit, jsonb_build_object('credit', a.credit::text, 'lots', l.remaining::text,
  'held', a.held::text, 'lotsHeld', l.held::text)
from ledger.account a left join lots l on l.shop_id = a.shop_id and l.customer_id = a.customer_id and l.unit = a.unit
where a.credit <> coalesce(l.remaining, 0) or a.held <> coalesce(l.held, 0)
union all
select org_id, shop_id, 'I4', customer_id::text || ' ' || unit, jsonb_build_object('credit', credit::text, 'held', held::text)
from ledger.account where credit < 0 or held < 0 or debt < 0
union all
select l.org_id, l.shop_id, 'I5', l.id::text, to_jsonb(m)
from ledger.lot l left join moves m on m.shop_id = l.shop_id and m.lot_id = l.id
where (l.granted, l.remaining, l.held, l.redeemed, l.expired, l.recalled, l.moved)
  is distinct from (m.granted, m.remaining, m.held, m.redeemed, m.expired, m.recalled, m.moved)
union all
select p.org_id, p.shop_id, 'I6', t.unit, jsonb_build_object('sum', sum(p.amount)::text)
from ledger.posting p join ledger.transfer t on t.shop_id = p.shop_id and t.id = p.transfer_id
group by p.org_id, p.shop_id, t.unit having sum(p.amount) <> 0
union all
select t.org_id, t.shop_id, 'I8', t.order_ref, jsonb_build_object('customer', t.customer_id, 'lot', m.lot_id)
from ledger.transfer t join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
where t.order_ref is not null
group by t.org_id, t.shop_id, t.order_ref, t.customer_id, m.lot_id
having sum(case 'redeemed'::ledger.bucket when m.to_bucket then m.amount when m.from_bucket then -m.amount else 0 end) < 0
union all
select org_id, shop_id, 'I9', idem_key, jsonb_build_object('op', op) from ledger.request where response is null
union all
select t.org_id, t.shop_id, 'I10', t.id::text, jsonb_build_object('lot', l.id, 'at', t.at, 'availableFrom', l.available_from, 'expiresAt', l.expires_at)
from ledger.transfer t join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id and m.from_bucket = 'remaining'
join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
where t.kind in ('hold', 'redeem') and (l.expires_at <= t.at or l.available_from > t.at)
union all
-- The sweep took nothing before its time, and missed nothing it has visited.
select l.org_id, l.shop_id, 'I13', l.id::text, jsonb_build_object('settled', l.settled, 'remaining', l.remaining::text)
from ledger.lot l where l.settled and l.remaining > 0
union all
select t.org_id, t.shop_id, 'I13', t.id::text, jsonb_build_object('lot', l.id, 'at', t.at, 'expiresAt', l.expires_at)
from ledger.transfer t join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
where t.kind = 'expire' and (l.expires_at is null or l.expires_at > t.at)
union all
-- Open holds account for exactly what their customers' lots hold.
select a.org_id, a.shop_id, 'I14', a.customer_id::text || ' ' || a.unit, jsonb_build_object('held', a.held::text, 'holds', h.amount::text)
from ledger.account a left join (select shop_id, customer_id, unit, sum(amount) as amount from ledger.hold where status = 'open'
  group by shop_id, customer_id, unit) h on h.shop_id = a.shop_id and h.customer_id = a.customer_id and h.unit = a.unit
where a.held <> coalesce(h.amount, 0);
grant select on ledger.violation to guthaben_app, guthaben_readonly;
`;
