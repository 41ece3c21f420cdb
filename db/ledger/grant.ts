/** Granting: one statement set for thousands of customers. */
export const GRANT = `
/*
 * Grants to many customers in one transfer: a credit posting per customer, one funding posting for the chunk. Customers of another
 * shop, unknown or named twice: nothing is booked. The upsert locks the accounts in customer order; the clock is read after it.
 */
create function ledger.grant_many(
  p_key text, p_actor jsonb, p_source_type text, p_source_id uuid, p_unit text, p_origin ledger.origin_class,
  p_available timestamptz, p_expires timestamptz, p_customers uuid[], p_amounts bigint[], p_facts jsonb,
  p_limit bigint default null, p_limit_since timestamptz default null, p_budgets text[] default null
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
  v_org uuid := app_org(); v_shop uuid := app_shop(); v_now timestamptz; v_from timestamptz; v_transfer uuid; v_lot uuid;
  v_replay jsonb; v_count int := cardinality(p_customers); v_total bigint; v_found int; v_used bigint; v_debtors uuid[]; v_netted bigint := 0;
begin
  v_replay := claim('grant', p_key, jsonb_build_array(p_source_type, p_source_id, p_unit, p_origin, p_available, p_expires, p_facts)::text
    || array_to_string(p_customers, ',') || array_to_string(p_amounts, ',') || coalesce(p_budgets::text, ''));
  if v_replay is not null then return v_replay; end if;
  if v_count = 0 then return answer(p_key, jsonb_build_object('granted', 0, 'total', '0', 'transferId', null, 'lotId', null)); end if;
  if cardinality(p_amounts) <> v_count or v_count > 10000 then
    perform fail('VALIDATION', jsonb_build_object('field', 'grants'));
  end if;
  select sum(amount)::bigint, count(distinct customer_id) into v_total, v_found from unnest(p_customers, p_amounts) g (customer_id, amount);
  perform check_amount(p_unit, (select min(a) from unnest(p_amounts) a));
  if v_found <> v_count then perform fail('VALIDATION', jsonb_build_object('field', 'grants')); end if;

  -- Budgets before accounts, in key order: two grants against the same budgets cannot wait for each other in a circle.
  if p_budgets is not null then perform take_budgets(p_budgets, p_unit, v_total); end if;
  with booked as (
    insert into account (org_id, shop_id, customer_id, unit, credit)
      select v_org, v_shop, c.id, p_unit, g.amount
      from unnest(p_customers, p_amounts) g (customer_id, amount) join public.customer c on c.shop_id = v_shop and c.id = g.customer_id
      order by c.id
      on conflict (shop_id, customer_id, unit) do update set credit = account.credit + excluded.credit
      returning customer_id, debt
  )
  select count(*)::int, array_agg(customer_id) filter (where debt > 0) into v_found, v_debtors from booked;
  if v_found <> v_count then perform fail('NOT_FOUND', jsonb_build_object('entity', 'customer', 'missing', v_count - v_found)); end if;

  v_now := app_now();
  v_from := coalesce(p_available, v_now);
  if p_expires <= greatest(v_now, v_from) then perform fail('EXPIRES_IN_PAST', jsonb_build_object('expiresAt', p_expires)); end if;
  if p_limit is not null then
    v_used := manual_today(p_customers[1], p_unit, p_limit_since);
    if v_used + v_total > p_limit then
      perform fail('LIMIT_EXCEEDED', jsonb_build_object('unit', p_unit, 'limit', p_limit::text, 'left', greatest(p_limit - v_used, 0)::text));
    end if;
  end if;
  v_transfer := book('grant', p_unit, v_total, v_now, p_actor, p_key, 1, case when v_count = 1 then p_customers[1] end,
    p_facts || jsonb_build_object('sourceType', p_source_type, 'sourceId', p_source_id), null, null, v_count + 1);
  v_lot := case when v_count = 1 then new_id() end;

  with input as materialized (
    select coalesce(v_lot, new_id()) as lot_id, g.customer_id, g.amount, row_number() over (order by g.customer_id) as no
    from unnest(p_customers, p_amounts) g (customer_id, amount)
  ), lots as (
    insert into lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, granted, remaining,
                     available_from, expires_at, created_at)
    select v_org, v_shop, lot_id, customer_id, p_unit, p_origin, p_source_type, p_source_id,
           case when p_source_type = 'drop' then p_source_id else lot_id end, amount, amount, v_from, p_expires, v_now from input
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
  return answer(p_key, jsonb_build_object('granted', v_count, 'total', v_total::text, 'transferId', v_transfer, 'lotId', v_lot,
    'netted', v_netted::text));
end $$;

-- Counts a grant against its budgets, or refuses it as a whole. The rows stay locked until the grant has committed.
create function ledger.take_budgets(p_keys text[], p_unit text, p_total bigint) returns void language plpgsql as $$
declare v_budget ledger.budget; v_found int := 0;
begin
  for v_budget in select * from ledger.budget where shop_id = app_shop() and key = any (p_keys) order by key for update loop
    v_found := v_found + 1;
    if v_budget.unit <> p_unit then perform ledger.fail('VALIDATION', jsonb_build_object('field', 'budgets', 'budget', v_budget.key)); end if;
    if v_budget.granted + p_total > v_budget.cap then
      perform ledger.fail('BUDGET_EXCEEDED', jsonb_build_object('budget', v_budget.key, 'unit', p_unit, 'cap', v_budget.cap::text,
        'requested', p_total::text, 'left', greatest(v_budget.cap - v_budget.granted, 0)::text));
    end if;
  end loop;
  if v_found <> (select count(distinct k) from unnest(p_keys) k) then
    perform ledger.fail('NOT_FOUND', jsonb_build_object('entity', 'budget'));
  end if;
  update ledger.budget set granted = granted + p_total where shop_id = app_shop() and key = any (p_keys);
end $$;

-- Sets a cap. One below what is granted already takes nothing back: it only lets nothing more pass.
create function ledger.set_budget(p_key text, p_unit text, p_cap bigint) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_budget budget;
begin
  if app_org() is null or app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  perform check_amount(p_unit, 1);
  insert into budget (org_id, shop_id, key, unit, cap) values (app_org(), app_shop(), p_key, p_unit, p_cap)
    on conflict (shop_id, key) do update set cap = excluded.cap where budget.unit = excluded.unit returning * into v_budget;
  if v_budget.key is null then perform fail('CONFLICT', jsonb_build_object('budget', p_key, 'reason', 'another unit')); end if;
  return jsonb_build_object('key', v_budget.key, 'unit', v_budget.unit, 'cap', v_budget.cap::text, 'granted', v_budget.granted::text);
end $$;

-- Manual gifts and deductions of one customer since the shop's midnight, both counted as positive. Read under the account's lock.
create function ledger.manual_today(p_customer uuid, p_unit text, p_since timestamptz) returns bigint language sql stable as $$
  select coalesce(sum(amount), 0)::bigint from ledger.transfer
  where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and at >= p_since and source_type = 'manual'
    and kind in ('grant', 'adjust')
$$;
`;
