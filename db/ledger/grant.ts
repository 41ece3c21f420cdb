/** Granting: one statement set for thousands of customers. */
export const GRANT = `
/*
 * Who really gets what of a call, in customer order. A customer who was merged away: the one who has the credit now, unless that one is in
 * the call or has the drop's credit already. Someone whose cap the grant would break: left out. The accounts are locked when there is a
 * cap, so two drops cannot both read the same past.
 */
create function ledger.grant_plan(
  p_customers uuid[], p_amounts bigint[], p_froms timestamptz[], p_untils timestamptz[], p_from timestamptz, p_until timestamptz,
  p_unit text, p_source_type text, p_source_id uuid, p_cap bigint, p_cap_since timestamptz
) returns ledger.grant_line[] language plpgsql as $$
declare v_plan ledger.grant_line[];
begin
  if exists (select from ledger.merged where shop_id = app_shop()) then
    with target as (
      select g.*, case when m.customer_id is null then g.customer_id else ledger.merged_into(g.customer_id) end as into_id
      from unnest(p_customers, p_amounts, p_froms, p_untils) g (customer_id, amount, available, expires)
      left join ledger.merged m on m.shop_id = app_shop() and m.customer_id = g.customer_id
    ), ranked as (
      select *, row_number() over (partition by into_id order by (into_id = customer_id) desc, customer_id) as place from target
    )
    select array_agg(row(into_id, amount, coalesce(available, p_from), case when p_untils is null then p_until else expires end, customer_id,
        case when place > 1 or into_id <> customer_id and p_source_type = 'drop' and exists (select from ledger.lot l
          where l.shop_id = app_shop() and l.customer_id = into_id and l.once_key = p_source_id) then 'merged' end)::ledger.grant_line
        order by into_id) into v_plan from ranked;
  else
    select array_agg(row(customer_id, amount, coalesce(available, p_from), case when p_untils is null then p_until else expires end, customer_id,
        null)::ledger.grant_line order by customer_id) into v_plan
      from unnest(p_customers, p_amounts, p_froms, p_untils) g (customer_id, amount, available, expires);
  end if;
  if p_cap is null then return v_plan; end if;

  insert into ledger.account (org_id, shop_id, customer_id, unit)
    select app_org(), app_shop(), g.customer_id, p_unit from unnest(v_plan) g
    join public.customer c on c.shop_id = app_shop() and c.id = g.customer_id where g.skip is null order by g.customer_id
    on conflict (shop_id, customer_id, unit) do nothing;
  perform from ledger.account a where a.shop_id = app_shop() and a.unit = p_unit
    and a.customer_id in (select customer_id from unnest(v_plan) g where skip is null) order by a.customer_id for update;
  -- All sources count, less what was taken back; money of the customer's own and what came back from orders is no gift. What a customer
  -- who was merged into this one got counts here, too.
  with recursive same as (
    select g.customer_id, g.customer_id as part from unnest(v_plan) g where g.skip is null
    union
    select s.customer_id, m.customer_id from same s join ledger.merged m on m.shop_id = app_shop() and m.into_id = s.part
  ), past as (
    select s.customer_id, sum(l.granted - l.recalled) as got from same s
    join ledger.lot l on l.shop_id = app_shop() and l.customer_id = s.part and l.unit = p_unit and l.created_at >= p_cap_since
      and l.parent_id is null and l.origin <> 'paid' group by s.customer_id
  )
  select array_agg(row(g.customer_id, g.amount, g.available, g.expires, g.named,
      case when g.skip is null and g.amount + coalesce(p.got, 0) > p_cap then 'customerCap' else g.skip end)::ledger.grant_line
      order by g.customer_id) into v_plan
    from unnest(v_plan) g left join past p on p.customer_id = g.customer_id;
  return v_plan;
end $$;

/*
 * Grants to many customers in one transfer: a credit posting per customer, one funding posting for the chunk. Customers of another
 * shop, unknown or named twice: nothing is booked. The upsert locks the accounts in customer order; the clock is read after it; budgets
 * are counted last.
 */
create function ledger.grant_many(
  p_key text, p_actor jsonb, p_source_type text, p_source_id uuid, p_unit text, p_origin ledger.origin_class,
  p_available timestamptz, p_expires timestamptz, p_customers uuid[], p_amounts bigint[], p_facts jsonb,
  p_limit bigint default null, p_limit_since timestamptz default null, p_budgets jsonb default null,
  p_froms timestamptz[] default null, p_untils timestamptz[] default null, p_terms uuid default null,
  p_cap bigint default null, p_cap_since timestamptz default null
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
  v_org uuid := app_org(); v_shop uuid := app_shop(); v_now timestamptz; v_transfer uuid; v_lot uuid; v_replay jsonb; v_count int; v_total bigint;
  v_found int; v_used bigint; v_debtors uuid[]; v_netted bigint := 0; v_plan grant_line[]; v_skipped jsonb := '[]'; v_soonest timestamptz;
begin
  v_replay := claim('grant', p_key, jsonb_build_array(p_source_type, p_source_id, p_unit, p_origin, p_available, p_expires, p_facts, p_terms,
      p_cap, p_cap_since, (select jsonb_agg(jsonb_build_array(b -> 'scope', b -> 'key')) from jsonb_array_elements(p_budgets) b))::text
    || array_to_string(p_customers, ',') || array_to_string(p_amounts, ',') || coalesce(p_froms::text, '') || coalesce(p_untils::text, ''));
  if v_replay is not null then return v_replay; end if;
  v_count := cardinality(p_customers);
  if v_count = 0 then
    return answer(p_key, '{"granted": 0, "total": "0", "transferId": null, "lotId": null, "netted": "0", "skipped": []}');
  end if;
  if v_count > 10000 or cardinality(p_amounts) <> v_count or cardinality(p_froms) <> v_count or cardinality(p_untils) <> v_count then
    perform fail('VALIDATION', jsonb_build_object('field', 'grants'));
  end if;
  perform check_amount(p_unit, (select min(a) from unnest(p_amounts) a));
  if (select count(distinct c) from unnest(p_customers) c) <> v_count then perform fail('VALIDATION', jsonb_build_object('field', 'grants')); end if;
  if p_terms is not null and not exists (select from terms where shop_id = v_shop and id = p_terms) then
    perform fail('NOT_FOUND', jsonb_build_object('entity', 'terms'));
  end if;
  perform wait_for_merges();
  v_plan := grant_plan(p_customers, p_amounts, p_froms, p_untils, p_available, p_expires, p_unit, p_source_type, p_source_id, p_cap, p_cap_since);
  if exists (select from unnest(v_plan) where skip is not null) then
    select jsonb_agg(jsonb_build_object('customerId', named, 'reason', skip) order by customer_id) into v_skipped
      from unnest(v_plan) where skip is not null;
    v_plan := array(select g from unnest(v_plan) g where g.skip is null order by g.customer_id);
    v_count := cardinality(v_plan);
    if v_count = 0 then
      return answer(p_key, jsonb_build_object('granted', 0, 'total', '0', 'transferId', null, 'lotId', null, 'netted', '0', 'skipped', v_skipped));
    end if;
  end if;

  with booked as (
    insert into account (org_id, shop_id, customer_id, unit, credit)
      select v_org, v_shop, c.id, p_unit, g.amount
      from unnest(v_plan) g join public.customer c on c.shop_id = v_shop and c.id = g.customer_id
      order by c.id
      on conflict (shop_id, customer_id, unit) do update set credit = account.credit + excluded.credit
      returning customer_id, debt
  )
  select count(*)::int, array_agg(customer_id) filter (where debt > 0) into v_found, v_debtors from booked;
  if v_found <> v_count then perform fail('NOT_FOUND', jsonb_build_object('entity', 'customer', 'missing', v_count - v_found)); end if;

  v_now := app_now();
  select sum(amount)::bigint, min(expires) filter (where expires <= greatest(v_now, coalesce(available, v_now))) into v_total, v_soonest
    from unnest(v_plan);
  if v_soonest is not null then perform fail('EXPIRES_IN_PAST', jsonb_build_object('expiresAt', v_soonest)); end if;
  if p_limit is not null then
    v_used := manual_today(v_plan[1].customer_id, p_unit, p_limit_since);
    if v_used + v_total > p_limit then
      perform fail('LIMIT_EXCEEDED', jsonb_build_object('unit', p_unit, 'limit', p_limit::text, 'left', greatest(p_limit - v_used, 0)::text));
    end if;
  end if;
  v_transfer := book('grant', p_unit, v_total, v_now, p_actor, p_key, 1, case when v_count = 1 then v_plan[1].customer_id end,
    p_facts || jsonb_build_object('sourceType', p_source_type, 'sourceId', p_source_id), null, null, v_count + 1);
  v_lot := case when v_count = 1 then new_id() end;

  with input as materialized (
    select coalesce(v_lot, new_id()) as lot_id, g.customer_id, g.amount, coalesce(g.available, v_now) as available, g.expires,
      row_number() over () as no
    from unnest(v_plan) g
  ), lots as (
    insert into lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, terms_id, granted, remaining,
                     available_from, expires_at, created_at)
    select v_org, v_shop, lot_id, customer_id, p_unit, p_origin, p_source_type, p_source_id,
           case when p_source_type = 'drop' then p_source_id else lot_id end, p_terms, amount, amount, available, expires, v_now from input
  ), moves as (
    insert into lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select v_org, v_shop, v_transfer, lot_id, 'granted', 'remaining', amount from input
  )
  insert into posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
    select v_org, v_shop, v_transfer, 0, funding(p_origin, p_source_type), null::uuid, -v_total
    union all
    select v_org, v_shop, v_transfer, no, 'customer_credit', customer_id, amount from input;
  -- Money of the customer's own (bought or paid back) is not offset against debt.
  if v_debtors is not null and p_origin <> 'paid' then v_netted := net_debt(p_key, 2, p_actor, p_unit, v_now, v_transfer, v_debtors); end if;
  if jsonb_array_length(p_budgets) > 0 then perform take_budgets(p_budgets, p_unit, v_total, v_transfer); end if;
  return answer(p_key, jsonb_build_object('granted', v_count, 'total', v_total::text, 'transferId', v_transfer, 'lotId', v_lot,
    'netted', v_netted::text, 'skipped', v_skipped));
end $$;

-- Manual gifts and deductions of one customer since the shop's midnight, both counted as positive. Read under the account's lock.
create function ledger.manual_today(p_customer uuid, p_unit text, p_since timestamptz) returns bigint language sql stable as $$
  select coalesce(sum(amount), 0)::bigint from ledger.transfer
  where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and at >= p_since and source_type = 'manual'
    and kind in ('grant', 'adjust')
$$;
`;
