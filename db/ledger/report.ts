/** The invariants as a view (domain.md 1.9). It is always empty; the nightly check and every test read it. */
export const REPORT = `
/*
 * The breaches of one invariant, in the caller's shop or in all shops the caller may see. Every comparison is one grouping over both sides
 * (what is kept minus what the history adds up to must be zero), so nothing is looked up row by row and a row that one side lacks shows;
 * with the memory below the groups of a million customers stay in it.
 */
create function ledger.violations_of(p_invariant text)
  returns table (org_id uuid, shop_id uuid, invariant text, subject text, detail jsonb) language plpgsql stable
  set search_path = ledger, public, pg_temp set work_mem = '256MB' set hash_mem_multiplier = 2 set enable_nestloop = off set jit = off as $$
#variable_conflict use_column
declare v_org uuid; v_shop uuid;
begin
  for v_org, v_shop in select s.org_id, s.id from public.shop s where app_shop() is null or s.id = app_shop() order by s.id loop
    case p_invariant
    when 'I1' then return query
      select v_org, v_shop, p_invariant, id::text, jsonb_build_object('entries', max(entries), 'postings', count(*) filter (where n = 1),
        'sum', sum(amount)::text)
      from (select t.id, t.entries, 0 as n, 0 as amount from transfer t where t.shop_id = v_shop
        union all select p.transfer_id, 0, 1, p.amount from posting p where p.shop_id = v_shop) b
      group by id having sum(amount) <> 0 or max(entries) <> sum(n);
    when 'I2' then return query
      select v_org, v_shop, p_invariant, customer_id::text || ' ' || unit, jsonb_build_object('credit', sum(credit)::text, 'held', sum(held)::text,
        'debt', sum(debt)::text)
      from (select a.customer_id, a.unit, a.credit, a.held, a.debt from account a where a.shop_id = v_shop
        union all
        select p.customer_id, t.unit, case p.account when 'customer_credit' then -p.amount else 0 end,
          case p.account when 'customer_held' then -p.amount else 0 end, case p.account when 'customer_debt' then p.amount else 0 end
        from posting p join transfer t on t.shop_id = v_shop and t.id = p.transfer_id where p.shop_id = v_shop and p.customer_id is not null) b
      group by customer_id, unit having sum(credit) <> 0 or sum(held) <> 0 or sum(debt) <> 0;
    when 'I3' then return query
      select v_org, v_shop, p_invariant, customer_id::text || ' ' || unit, jsonb_build_object('credit', sum(credit)::text, 'held', sum(held)::text)
      from (select a.customer_id, a.unit, a.credit, a.held from account a where a.shop_id = v_shop
        union all select l.customer_id, l.unit, -l.remaining, -l.held from lot l where l.shop_id = v_shop) b
      group by customer_id, unit having sum(credit) <> 0 or sum(held) <> 0;
    when 'I4' then return query
      select v_org, v_shop, p_invariant, a.customer_id::text || ' ' || a.unit, jsonb_build_object('credit', a.credit::text, 'held', a.held::text)
      from account a where a.shop_id = v_shop and (a.credit < 0 or a.held < 0 or a.debt < 0);
    when 'I5' then return query
      select v_org, v_shop, p_invariant, id::text, jsonb_build_object('granted', sum(granted)::text, 'remaining', sum(remaining)::text,
        'held', sum(held)::text, 'redeemed', sum(redeemed)::text, 'expired', sum(expired)::text, 'recalled', sum(recalled)::text,
        'moved', sum(moved)::text)
      from (select l.id, l.granted, l.remaining, l.held, l.redeemed, l.expired, l.recalled, l.moved from lot l where l.shop_id = v_shop
        union all
        select m.lot_id, case m.from_bucket when 'granted' then -m.amount else 0 end,
          case 'remaining'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end,
          case 'held'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end,
          case 'redeemed'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end,
          case 'expired'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end,
          case 'recalled'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end,
          case 'moved'::bucket when m.to_bucket then -m.amount when m.from_bucket then m.amount else 0 end
        from lot_move m where m.shop_id = v_shop) b
      group by id having sum(granted) <> 0 or sum(remaining) <> 0 or sum(held) <> 0 or sum(redeemed) <> 0 or sum(expired) <> 0
        or sum(recalled) <> 0 or sum(moved) <> 0;
    when 'I6' then return query
      select v_org, v_shop, p_invariant, t.unit, jsonb_build_object('sum', sum(p.amount)::text)
      from transfer t join (select transfer_id, sum(amount) as amount from posting where shop_id = v_shop group by transfer_id) p
        on p.transfer_id = t.id where t.shop_id = v_shop group by t.unit having sum(p.amount) <> 0;
    when 'I8' then return query
      select v_org, v_shop, p_invariant, t.order_ref, jsonb_build_object('customer', t.customer_id, 'lot', m.lot_id)
      from transfer t join lot_move m on m.shop_id = v_shop and m.transfer_id = t.id
      where t.shop_id = v_shop and t.order_ref is not null
      group by t.order_ref, t.customer_id, m.lot_id
      having sum(case 'redeemed'::bucket when m.to_bucket then m.amount when m.from_bucket then -m.amount else 0 end) < 0;
    when 'I9' then return query
      select v_org, v_shop, p_invariant, r.idem_key, jsonb_build_object('op', r.op) from request r where r.shop_id = v_shop and r.response is null;
    when 'I10' then return query
      select v_org, v_shop, p_invariant, t.id::text, jsonb_build_object('lot', l.id, 'at', t.at, 'availableFrom', l.available_from,
        'expiresAt', l.expires_at)
      from transfer t join lot_move m on m.shop_id = v_shop and m.transfer_id = t.id and m.from_bucket = 'remaining'
      join lot l on l.shop_id = v_shop and l.id = m.lot_id
      where t.shop_id = v_shop and t.kind in ('hold', 'redeem') and (l.expires_at <= t.at or l.available_from > t.at);
    when 'I11' then return query
      -- A budget counted exactly what was granted against it; each grant was within the cap of its moment. Of an organisation's budget one
      -- shop sees its own part only.
      select v_org, v_shop, p_invariant, b.key || ' ' || b.unit, jsonb_build_object('granted', b.granted::text, 'used', sum(u.amount)::text)
      from budget b left join budget_use u on u.org_id = b.org_id and u.key = b.key and u.unit = b.unit
        and (u.scope = 'shop') = (b.shop_id is not null) and u.shop_id = coalesce(b.shop_id, u.shop_id)
      where b.org_id = v_org and (b.shop_id = v_shop or b.shop_id is null)
      group by b.org_id, b.shop_id, b.key, b.unit, b.granted
      having case when b.shop_id is not null or app_shop() is null then b.granted <> coalesce(sum(u.amount), 0)
        else b.granted < coalesce(greatest(sum(u.amount), max(u.after)), 0) end
      union all
      select v_org, v_shop, p_invariant, u.key || ' ' || u.unit, jsonb_build_object('transfer', u.transfer_id, 'after', u.after::text)
      from budget_use u left join transfer t on t.shop_id = v_shop and t.id = u.transfer_id
      where u.shop_id = v_shop and (u.after > u.cap or u.amount is distinct from t.amount);
    when 'I13' then return query
      -- The sweep took nothing before its time, and missed nothing it has visited.
      select v_org, v_shop, p_invariant, l.id::text, jsonb_build_object('settled', l.settled, 'remaining', l.remaining::text)
      from lot l where l.shop_id = v_shop and l.settled and l.remaining > 0
      union all
      select v_org, v_shop, p_invariant, t.id::text, jsonb_build_object('lot', l.id, 'at', t.at, 'expiresAt', l.expires_at)
      from transfer t join lot_move m on m.shop_id = v_shop and m.transfer_id = t.id join lot l on l.shop_id = v_shop and l.id = m.lot_id
      where t.shop_id = v_shop and t.kind = 'expire' and (l.expires_at is null or l.expires_at > t.at);
    when 'I14' then return query
      -- Open holds account for exactly what their customers' lots hold.
      select v_org, v_shop, p_invariant, customer_id::text || ' ' || unit, jsonb_build_object('held', sum(held)::text)
      from (select a.customer_id, a.unit, a.held from account a where a.shop_id = v_shop and a.held <> 0
        union all select h.customer_id, h.unit, -h.amount from hold h where h.shop_id = v_shop and h.status = 'open') b
      group by customer_id, unit having sum(held) <> 0;
    when 'I15' then return query
      -- Who was merged away has nothing left.
      select v_org, v_shop, p_invariant, a.customer_id::text || ' ' || a.unit, jsonb_build_object('credit', a.credit::text, 'held', a.held::text)
      from merged m join account a on a.shop_id = v_shop and a.customer_id = m.customer_id
      where m.shop_id = v_shop and (a.credit <> 0 or a.held <> 0 or a.debt <> 0);
    else raise exception 'unknown invariant %', p_invariant;
    end case;
  end loop;
end $$;
-- With the rights of who asks: row-level security decides what is seen. A condition on the invariant looks at that one only.
create view ledger.violation with (security_invoker = true) as
select v.org_id, v.shop_id, i.invariant, v.subject, v.detail
from unnest(array['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I8', 'I9', 'I10', 'I11', 'I13', 'I14', 'I15']) i (invariant),
  lateral ledger.violations_of(i.invariant) v;
grant select on ledger.violation to guthaben_app, guthaben_readonly;
grant execute on function ledger.violations_of(text) to guthaben_app, guthaben_readonly;
`;
