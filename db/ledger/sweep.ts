/** Set-based sweeps: expiry and recall. Candidates first without locks, then accounts in key order, then the clock, then the lots. */
export const SWEEP = `
/*
 * Moves the remaining value of chosen lots out of the customers' accounts, in one transfer per unit and contra account, and marks expired
 * lots as settled. The caller has locked the accounts of all these lots. Returns the number of lots and the value taken.
 */
create function ledger.drain_lots(
  p_kind ledger.transfer_kind, p_lots uuid[], p_at timestamptz, p_actor jsonb, p_key text, p_facts jsonb, out o_lots int, out o_total bigint
) language plpgsql as $$
declare v_group record; v_transfer uuid; v_part int := 0; v_to ledger.bucket := case p_kind when 'expire' then 'expired' else 'recalled' end;
begin
  o_lots := 0;
  o_total := 0;
  for v_group in
    select l.unit, c.contra, array_agg(l.id) as lots, sum(l.remaining)::bigint as total, count(distinct l.customer_id)::int as customers,
      min(l.customer_id::text)::uuid as customer
    from ledger.lot l, lateral (select case when p_kind = 'recall' then ledger.funding(l.origin, l.source_type)
      when l.origin = 'unpaid' then 'promo_unused'::ledger.account_kind else 'breakage_income'::ledger.account_kind end as contra) c
    where l.shop_id = app_shop() and l.id = any (p_lots) and l.remaining > 0
    group by 1, 2 order by 1, 2
  loop
    v_part := v_part + 1;
    v_transfer := ledger.book(p_kind, v_group.unit, v_group.total, p_at, p_actor, p_key, v_part,
      case when v_group.customers = 1 then v_group.customer end, p_facts, null, null, v_group.customers + 1);
    with value as materialized (
      select id, customer_id, remaining from ledger.lot where shop_id = app_shop() and id = any (v_group.lots)
    ), per_customer as materialized (
      select customer_id, sum(remaining)::bigint as amount, row_number() over (order by customer_id) as no from value group by customer_id
    ), lots as (
      update ledger.lot l set remaining = 0, settled = (p_kind = 'expire' or l.settled),
        expired = l.expired + case when p_kind = 'expire' then v.remaining else 0 end,
        recalled = l.recalled + case when p_kind = 'recall' then v.remaining else 0 end
      from value v where l.shop_id = app_shop() and l.id = v.id
    ), accounts as (
      update ledger.account a set credit = a.credit - c.amount from per_customer c
      where a.shop_id = app_shop() and a.customer_id = c.customer_id and a.unit = v_group.unit
    ), moves as (
      insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
      select app_org(), app_shop(), v_transfer, id, 'remaining', v_to, remaining from value
    )
    insert into ledger.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
      select app_org(), app_shop(), v_transfer, 0, v_group.contra, null::uuid, v_group.total
      union all
      select app_org(), app_shop(), v_transfer, no, 'customer_credit', customer_id, -amount from per_customer;
    o_lots := o_lots + cardinality(v_group.lots);
    o_total := o_total + v_group.total;
  end loop;
end $$;

/*
 * Books what has already lapsed, at most p_limit lots. Running it again changes nothing. One sweep per shop at a time (advisory lock);
 * a second one returns busy. Response: visited lots (also empty ones), lots with value, value, and whether more are due.
 */
create function ledger.expire_due(p_actor jsonb, p_limit int) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_lots uuid[]; v_now timestamptz; v_count int; v_total bigint; v_key text := 'expire:' || new_id();
begin
  if app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  if not pg_try_advisory_xact_lock(hashtextextended('ledger.expire:' || app_shop(), 0)) then
    return jsonb_build_object('visited', 0, 'lots', 0, 'total', '0', 'busy', true);
  end if;
  v_now := app_now();
  select array_agg(id) into v_lots from (
    select id from lot where shop_id = app_shop() and not settled and expires_at <= v_now order by expires_at limit p_limit) due;
  if v_lots is null then return jsonb_build_object('visited', 0, 'lots', 0, 'total', '0', 'busy', false); end if;
  perform from account a join (select distinct customer_id, unit from lot where shop_id = app_shop() and id = any (v_lots)) l
    on a.shop_id = app_shop() and a.customer_id = l.customer_id and a.unit = l.unit order by a.customer_id, a.unit for update of a;
  v_now := app_now();
  select o_lots, o_total into v_count, v_total from drain_lots('expire', v_lots, v_now, p_actor, v_key, '{}');
  update lot set settled = true where shop_id = app_shop() and id = any (v_lots) and not settled;
  return jsonb_build_object('visited', cardinality(v_lots), 'lots', v_count, 'total', v_total::text, 'busy', false);
end $$;

/*
 * Takes back what customers have not spent of a source: remaining of unexpired lots only; spent and held parts stay. The first chunk marks
 * the source, so that value that returns to its unpaid lots later is recalled at once.
 */
create function ledger.recall_source(p_key text, p_actor jsonb, p_source_type text, p_source_id uuid, p_reason text, p_limit int) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_lots uuid[]; v_now timestamptz; v_count int; v_total bigint;
begin
  v_replay := claim('recall', p_key, jsonb_build_array(p_source_type, p_source_id, p_reason, p_limit)::text);
  if v_replay is not null then return v_replay; end if;
  perform wait_for_merges();
  insert into recall (org_id, shop_id, source_id, reason, at) values (app_org(), app_shop(), p_source_id, p_reason, app_now())
    on conflict (shop_id, source_id) do nothing;
  v_now := app_now();
  select array_agg(id) into v_lots from (
    select id from lot where shop_id = app_shop() and source_id = p_source_id and source_type = p_source_type and remaining > 0
      and (expires_at is null or expires_at > v_now) order by id limit p_limit) open_lots;
  if v_lots is null then return answer(p_key, jsonb_build_object('lots', 0, 'total', '0', 'more', false)); end if;
  perform from account a join (select distinct customer_id, unit from lot where shop_id = app_shop() and id = any (v_lots)) l
    on a.shop_id = app_shop() and a.customer_id = l.customer_id and a.unit = l.unit order by a.customer_id, a.unit for update of a;
  v_now := app_now();
  select o_lots, o_total into v_count, v_total from drain_lots('recall',
    array(select id from lot where shop_id = app_shop() and id = any (v_lots) and remaining > 0 and (expires_at is null or expires_at > v_now)),
    v_now, p_actor, p_key, jsonb_build_object('sourceType', p_source_type, 'sourceId', p_source_id, 'reason', p_reason));
  return answer(p_key, jsonb_build_object('lots', v_count, 'total', v_total::text, 'more', cardinality(v_lots) = p_limit));
end $$;

-- Takes credit away by hand, soonest-expiring first. Giving by hand is a grant with source manual or adjustment.
create function ledger.deduct(
  p_key text, p_actor jsonb, p_source_type text, p_customer uuid, p_unit text, p_amount bigint, p_reason text,
  p_limit bigint default null, p_limit_since timestamptz default null
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_now timestamptz; v_transfer uuid; v_credit bigint; v_used bigint; v_customer uuid;
begin
  v_replay := claim('deduct', p_key, jsonb_build_array(p_source_type, p_customer, p_unit, p_amount, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  perform check_amount(p_unit, p_amount);
  if p_reason is null then perform fail('VALIDATION', jsonb_build_object('field', 'reason')); end if;
  v_customer := heir(p_customer);
  update account set credit = credit - p_amount where shop_id = app_shop() and customer_id = v_customer and unit = p_unit and credit >= p_amount
    returning credit into v_credit;
  v_now := app_now();
  -- By hand all of it can be taken, whatever its terms.
  if v_credit is null then perform fail_insufficient(p_unit, p_amount, spendable(v_customer, p_unit, v_now, all_parts(v_customer, p_unit))); end if;
  if p_limit is not null then
    v_used := manual_today(v_customer, p_unit, p_limit_since);
    if v_used + p_amount > p_limit then
      perform fail('LIMIT_EXCEEDED', jsonb_build_object('unit', p_unit, 'limit', p_limit::text, 'left', greatest(p_limit - v_used, 0)::text));
    end if;
  end if;
  v_transfer := book('adjust', p_unit, p_amount, v_now, p_actor, p_key, 1, v_customer,
    jsonb_build_object('sourceType', p_source_type, 'reason', p_reason),
    array['customer_credit', 'adjustment']::account_kind[], array[-p_amount, p_amount]);
  perform spend_lots(v_customer, p_unit, p_amount, v_now, v_transfer, 'recalled', null, true);
  return answer(p_key, jsonb_build_object('transferId', v_transfer, 'amount', p_amount::text, 'unit', p_unit, 'balance', v_credit::text));
end $$;

/*
 * Clears answers away that are older than their retention, at most p_limit. Their keys still execute nothing twice: every transfer carries its
 * own (unique). What changed nothing in the first place may be worked out anew.
 */
create function ledger.clear_requests(p_limit int) returns int
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_count int;
begin
  if app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  delete from request where shop_id = app_shop() and idem_key in (
    select idem_key from request where shop_id = app_shop() and created_at < app_now() - request_retention() limit p_limit);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
create function ledger.request_retention() returns interval language sql immutable return interval '400 days';

-- What the sweeps need to know across tenants: which shops have something due. Narrow, owned by guthaben_system.
create function ledger.system_due_expiries() returns table (org_id uuid, shop_id uuid) language sql stable security definer
  set search_path = public, pg_temp as $$
  select s.org_id, s.id from public.shop s
  where exists (select from ledger.lot l where l.shop_id = s.id and not l.settled and l.expires_at <= app_now())
$$;
create function ledger.system_due_holds() returns table (org_id uuid, shop_id uuid) language sql stable security definer
  set search_path = public, pg_temp as $$
  select s.org_id, s.id from public.shop s
  where exists (select from ledger.hold h where h.shop_id = s.id and h.status = 'open' and h.expires_at <= app_now())
$$;
create function ledger.system_old_requests() returns table (org_id uuid, shop_id uuid) language sql stable security definer
  set search_path = public, pg_temp as $$
  select distinct r.org_id, r.shop_id from ledger.request r where r.created_at < app_now() - ledger.request_retention()
$$;
create policy system_read on ledger.request for select to guthaben_system using (true);
grant select (org_id, shop_id, created_at) on ledger.request to guthaben_system;
create policy system_read on ledger.lot for select to guthaben_system using (true);
create policy system_read on ledger.hold for select to guthaben_system using (true);
grant select (shop_id, expires_at, settled) on ledger.lot to guthaben_system;
grant select (shop_id, expires_at, status) on ledger.hold to guthaben_system;
`;
