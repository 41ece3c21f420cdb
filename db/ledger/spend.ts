/**
 * Takes an amount off the account's balance: the lock of everything that follows. Customers who were merged away have nothing left, so
 * only a refusal has to look who has their credit now. Says what lots with terms give at the instant after the lock: without an order
 * nothing, so that nobody has to look whether there are any.
 */
export const TAKE_CREDIT = `
create or replace function ledger.take_credit(
  p_customer uuid, p_unit text, p_amount bigint, p_held boolean, p_order_ref text, p_order jsonb,
  out o_customer uuid, out o_credit bigint, out o_at timestamptz, out o_parts ledger.lot_part[]
) language plpgsql as $$
declare v_into uuid;
begin
  o_customer := p_customer;
  loop
    update ledger.account set credit = credit - p_amount, held = held + case when p_held then p_amount else 0 end
      where shop_id = app_shop() and customer_id = o_customer and unit = p_unit and credit >= p_amount returning credit into o_credit;
    exit when o_credit is not null;
    v_into := ledger.merged_into(o_customer);
    exit when v_into is null;
    o_customer := v_into;
  end loop;
  o_at := app_now();
  if p_order is not null then o_parts := ledger.conditional_parts(o_customer, p_unit, o_at, p_order, p_order_ref); end if;
  if o_credit is null then
    perform ledger.fail_insufficient(p_unit, p_amount, ledger.spendable(o_customer, p_unit, o_at, o_parts));
  end if;
end $$;
`;

/** Spending one customer's credit: redeem, hold, capture, release. Order: claim, account lock, clock, lots. */
export const SPEND = `
${TAKE_CREDIT}
create function ledger.redeem(
  p_key text, p_actor jsonb, p_customer uuid, p_unit text, p_amount bigint, p_order text, p_reason text, p_order_facts jsonb default null
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_took record; v_transfer uuid;
begin
  v_replay := claim('redeem', p_key, jsonb_build_array(p_customer, p_unit, p_amount, p_order, p_reason, p_order_facts)::text);
  if v_replay is not null then return v_replay; end if;
  perform check_amount(p_unit, p_amount);
  v_took := take_credit(p_customer, p_unit, p_amount, false, p_order, p_order_facts);
  v_transfer := book('redeem', p_unit, p_amount, v_took.o_at, p_actor, p_key, 1, v_took.o_customer,
    jsonb_build_object('orderRef', p_order, 'reason', p_reason),
    array['customer_credit', 'redemption_clearing']::account_kind[], array[-p_amount, p_amount]);
  perform spend_lots(v_took.o_customer, p_unit, p_amount, v_took.o_at, v_transfer, 'redeemed', v_took.o_parts);
  return answer(p_key, jsonb_build_object('transferId', v_transfer, 'amount', p_amount::text, 'unit', p_unit,
    'balance', v_took.o_credit::text));
end $$;

create function ledger.hold(
  p_key text, p_actor jsonb, p_customer uuid, p_unit text, p_amount bigint, p_order text, p_ttl_seconds int, p_order_facts jsonb default null
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
  v_replay jsonb; v_took record; v_transfer uuid; v_hold uuid := new_id(); v_expires timestamptz; v_old ledger.hold;
  v_customer uuid;
begin
  v_replay := claim('hold', p_key, jsonb_build_array(p_customer, p_unit, p_amount, p_order, p_ttl_seconds, p_order_facts)::text);
  if v_replay is not null then return v_replay; end if;
  perform check_amount(p_unit, p_amount);
  if p_ttl_seconds not between 1 and 604800 then perform fail('VALIDATION', jsonb_build_object('field', 'ttlSeconds')); end if;
  v_customer := coalesce(merged_into(p_customer), p_customer);
  -- The order's own former hold may be past its time although no sweep has come by: it must not stand in the way.
  select id into v_old.id from hold where shop_id = app_shop() and order_ref = p_order and status = 'open'
    and customer_id = v_customer and unit = p_unit and expires_at <= app_now();
  if found then
    v_old := lock_hold(v_old.id);
    if v_old.status = 'open' then perform close_hold(v_old, 0, 'expired', app_now(), p_actor, 'hold-ttl:' || v_old.id, null); end if;
  end if;
  v_took := take_credit(v_customer, p_unit, p_amount, true, p_order, p_order_facts);
  v_transfer := book('hold', p_unit, p_amount, v_took.o_at, p_actor, p_key, 1, v_took.o_customer,
    jsonb_build_object('orderRef', p_order, 'holdId', v_hold),
    array['customer_credit', 'customer_held']::account_kind[], array[-p_amount, p_amount]);
  v_expires := v_took.o_at + make_interval(secs => p_ttl_seconds);
  insert into ledger.hold (org_id, shop_id, id, customer_id, unit, order_ref, amount, transfer_id, created_at, expires_at)
    values (app_org(), app_shop(), v_hold, v_took.o_customer, p_unit, p_order, p_amount, v_transfer, v_took.o_at, v_expires)
    on conflict (shop_id, order_ref) where status = 'open' do nothing;
  if not found then perform fail('HOLD_EXISTS', jsonb_build_object('orderRef', p_order)); end if;
  perform spend_lots(v_took.o_customer, p_unit, p_amount, v_took.o_at, v_transfer, 'held', v_took.o_parts);
  return answer(p_key, jsonb_build_object('holdId', v_hold, 'transferId', v_transfer, 'amount', p_amount::text, 'unit', p_unit,
    'balance', v_took.o_credit::text, 'expiresAt', to_char(v_expires at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
end $$;

/*
 * Ends a hold: p_capture goes to the order, the rest back to its lots, in consumption order. Value that comes back to an expired lot is
 * not spendable (time predicate) and is booked by the next sweep, hence settled = false.
 */
create function ledger.close_hold(
  p_hold ledger.hold, p_capture bigint, p_status ledger.hold_status, p_at timestamptz, p_actor jsonb, p_key text, p_reason text
) returns jsonb language plpgsql as $$
declare v_transfer uuid; v_back bigint := p_hold.amount - p_capture; v_credit bigint;
begin
  v_transfer := ledger.book(case when p_capture > 0 then 'capture' else 'release' end::ledger.transfer_kind, p_hold.unit,
    case when p_capture > 0 then p_capture else v_back end, p_at, p_actor, p_key, 1, p_hold.customer_id,
    jsonb_build_object('orderRef', p_hold.order_ref, 'holdId', p_hold.id, 'reason', p_reason),
    array['customer_held', 'redemption_clearing', 'customer_credit']::ledger.account_kind[], array[-p_hold.amount, p_capture, v_back]);
  update ledger.account set held = held - p_hold.amount, credit = credit + v_back
    where shop_id = p_hold.shop_id and customer_id = p_hold.customer_id and unit = p_hold.unit returning credit into strict v_credit;
  with held as materialized (
    select l.id, m.amount, sum(m.amount) over (order by l.expires_at nulls last, l.created_at, l.id rows unbounded preceding) - m.amount as before
    from ledger.lot_move m join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
    where m.shop_id = p_hold.shop_id and m.transfer_id = p_hold.transfer_id and m.to_bucket = 'held'
  ), split as materialized (
    select id, amount, greatest(least(amount, p_capture - before), 0)::bigint as used from held
  ), closed as (
    update ledger.lot l set held = l.held - s.amount, redeemed = l.redeemed + s.used, remaining = l.remaining + s.amount - s.used,
      settled = l.settled and s.used = s.amount
    from split s where l.shop_id = p_hold.shop_id and l.id = s.id
  )
  insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select p_hold.org_id, p_hold.shop_id, v_transfer, id, 'held'::ledger.bucket, 'redeemed'::ledger.bucket, used from split where used > 0
    union all
    select p_hold.org_id, p_hold.shop_id, v_transfer, id, 'held', 'remaining', amount - used from split where amount > used;
  update ledger.hold set status = p_status, captured = p_capture, closed_at = p_at where shop_id = p_hold.shop_id and id = p_hold.id;
  return jsonb_build_object('holdId', p_hold.id, 'transferId', v_transfer, 'captured', p_capture::text, 'released', v_back::text,
    'unit', p_hold.unit, 'balance', v_credit::text);
end $$;

-- Locks the account of a hold, then reads the hold. A merge may have given it to another customer meanwhile: then that account, too.
create function ledger.lock_hold(p_hold uuid) returns ledger.hold language plpgsql as $$
declare v_hold ledger.hold; v_customer uuid;
begin
  select * into v_hold from ledger.hold where shop_id = app_shop() and id = p_hold;
  if not found then perform ledger.fail('NOT_FOUND', jsonb_build_object('entity', 'hold')); end if;
  loop
    v_customer := v_hold.customer_id;
    perform from ledger.account where shop_id = app_shop() and customer_id = v_customer and unit = v_hold.unit for update;
    select * into strict v_hold from ledger.hold where shop_id = app_shop() and id = p_hold;
    exit when v_hold.customer_id = v_customer;
  end loop;
  return v_hold;
end $$;

-- A hold past its time to live is closed, whether the sweep has come by or not.
create function ledger.check_hold_open(p_hold ledger.hold, p_at timestamptz) returns void language plpgsql as $$
begin
  if p_hold.status <> 'open' or p_hold.expires_at <= p_at then
    perform ledger.fail('NO_OPEN_HOLD', jsonb_build_object('status', case when p_hold.status = 'open' then 'expired' else p_hold.status::text end));
  end if;
end $$;

create function ledger.capture(p_key text, p_actor jsonb, p_hold uuid, p_amount bigint) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_hold ledger.hold; v_now timestamptz; v_amount bigint;
begin
  v_replay := claim('capture', p_key, jsonb_build_array(p_hold, p_amount)::text);
  if v_replay is not null then return v_replay; end if;
  v_hold := lock_hold(p_hold);
  v_now := app_now();
  perform check_hold_open(v_hold, v_now);
  v_amount := coalesce(p_amount, v_hold.amount);
  perform check_amount(v_hold.unit, v_amount);
  if v_amount > v_hold.amount then
    perform fail('CAPTURE_EXCEEDS_HOLD', jsonb_build_object('unit', v_hold.unit, 'held', v_hold.amount::text, 'requested', v_amount::text));
  end if;
  return answer(p_key, close_hold(v_hold, v_amount, 'captured', v_now, p_actor, p_key, null));
end $$;

create function ledger.release(p_key text, p_actor jsonb, p_hold uuid, p_reason text) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_hold ledger.hold; v_now timestamptz;
begin
  v_replay := claim('release', p_key, jsonb_build_array(p_hold, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  v_hold := lock_hold(p_hold);
  v_now := app_now();
  perform check_hold_open(v_hold, v_now);
  return answer(p_key, close_hold(v_hold, 0, 'released', v_now, p_actor, p_key, p_reason));
end $$;

-- Releases holds past their time to live, at most p_limit, in account order. The key makes a hold's release happen once.
create function ledger.release_overdue(p_actor jsonb, p_limit int) returns integer
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_hold ledger.hold; v_due uuid[]; v_id uuid; v_now timestamptz; v_count int := 0;
begin
  select array_agg(id order by customer_id, unit, id) into v_due
    from (select id, customer_id, unit from hold where shop_id = app_shop() and status = 'open' and expires_at <= app_now()
          order by expires_at limit p_limit) d;
  foreach v_id in array coalesce(v_due, '{}') loop
    v_hold := lock_hold(v_id);
    v_now := app_now();
    if v_hold.status = 'open' and v_hold.expires_at <= v_now then
      perform close_hold(v_hold, 0, 'expired', v_now, p_actor, 'hold-ttl:' || v_id, null);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end $$;
`;
