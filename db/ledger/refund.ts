/** Giving credit back to an order's customer (domain.md 1.7). */
export const REFUND = `
-- Where value goes that returns to an expired lot: null = nowhere (grace 0: it lapses at once).
create function ledger.restore_until(p_origin ledger.origin_class, p_expired timestamptz, p_at timestamptz, p_grace jsonb)
  returns timestamptz language sql immutable as $$
  select case when days > 0 then greatest(p_expired, p_at + make_interval(days => days)) end
  from (select case p_origin when 'paid' then greatest(coalesce((p_grace ->> 'paid')::int, 30), 30)
    when 'earned' then coalesce((p_grace ->> 'earned')::int, 30) else coalesce((p_grace ->> 'unpaid')::int, 14) end as days) d
$$;

/*
 * Refunds credit that an order redeemed: latest-expiring lot first, never more than was redeemed and not yet refunded.
 * p_amount gives the credit to return; or p_refund_total and p_order_total (both cumulative, of the whole order) give it
 * proportionally: floor(refunded so far * credit paid / order total) minus what was returned before, so the last refund gets the rest.
 */
create function ledger.refund(
  p_key text, p_actor jsonb, p_order text, p_customer uuid, p_amount bigint, p_refund_total bigint, p_order_total bigint, p_reason text,
  p_grace jsonb
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare
  v_replay jsonb; v_now timestamptz; v_payers uuid[]; v_units text[]; v_unit text; v_heir uuid; v_heirs uuid[]; v_payer record;
  v_paid numeric; v_before numeric; v_amount bigint; v_left bigint; v_part int := 1; v_one jsonb; v_result jsonb;
begin
  v_replay := claim('refund', p_key, jsonb_build_array(p_order, p_customer, p_amount, p_refund_total, p_order_total, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  v_heir := heir(p_customer);
  -- Customers who have been merged since count as one: whoever has their credit now.
  select array_agg(distinct payer), array_agg(distinct heir), array_agg(distinct unit) into v_payers, v_heirs, v_units from (
    select customer_id as payer, coalesce(merged_into(customer_id), customer_id) as heir, unit from (
      select distinct customer_id, unit from transfer where shop_id = app_shop() and order_ref = p_order and kind in ('redeem', 'capture')) t) p
    where p_customer is null or heir = v_heir;
  if v_payers is null then perform fail('NOT_FOUND', jsonb_build_object('entity', 'order', 'orderRef', p_order)); end if;
  if cardinality(v_heirs) > 1 or cardinality(v_units) > 1 then
    perform fail('CONFLICT', jsonb_build_object('orderRef', p_order, 'reason', 'several customers or units'));
  end if;
  v_heir := v_heirs[1];
  v_unit := v_units[1];
  perform lock_accounts(array(select distinct c from unnest(v_payers || v_heir) c), array[v_unit]);
  v_now := app_now();

  select coalesce(sum(amount) filter (where kind in ('redeem', 'capture')), 0), coalesce(sum(amount) filter (where kind = 'refund'), 0)
    into v_paid, v_before from transfer
    where shop_id = app_shop() and order_ref = p_order and customer_id = any (v_payers) and kind in ('redeem', 'capture', 'refund');
  if p_amount is null then
    if p_refund_total is null or p_order_total is null or p_order_total <= 0 or p_refund_total < 0 or p_refund_total > p_order_total then
      perform fail('VALIDATION', jsonb_build_object('field', 'refundTotal'));
    end if;
    v_amount := greatest(div(p_refund_total::numeric * v_paid, p_order_total::numeric) - v_before, 0);
    if v_amount = 0 then
      return answer(p_key, jsonb_build_object('transferId', null, 'amount', '0', 'unit', v_unit, 'refundable', (v_paid - v_before)::text));
    end if;
  else
    perform check_amount(v_unit, p_amount);
    v_amount := p_amount;
  end if;
  if v_amount > v_paid - v_before then
    perform fail('REFUND_EXCEEDS_CAPTURE', jsonb_build_object('unit', v_unit, 'requested', v_amount::text, 'refundable', (v_paid - v_before)::text));
  end if;
  -- Who paid last gets back first. What returns to a customer who was merged away goes on to the heir.
  v_left := v_amount;
  for v_payer in
    select customer_id, sum(case kind when 'refund' then -amount else amount end)::bigint as open from transfer
    where shop_id = app_shop() and order_ref = p_order and customer_id = any (v_payers) and kind in ('redeem', 'capture', 'refund')
    group by customer_id having sum(case kind when 'refund' then -amount else amount end) > 0
    order by max(id::text) filter (where kind <> 'refund') desc
  loop
    exit when v_left = 0;
    v_one := refund_lots(p_key, v_part, p_actor, p_order, v_payer.customer_id, v_unit, least(v_left, v_payer.open), v_now, p_reason,
      coalesce(p_grace, '{}'));
    if v_payer.customer_id <> v_heir then
      perform move_customer(p_key, v_part + 2, p_actor, v_payer.customer_id, v_heir, v_unit, v_now, (select reason from merged
        where shop_id = app_shop() and customer_id = v_payer.customer_id));
    end if;
    v_left := v_left - least(v_left, v_payer.open);
    v_part := v_part + 1000; -- room for the transfers of a move
    v_result := case when v_result is null then v_one || jsonb_build_object('transferIds', jsonb_build_array(v_one -> 'transferId'))
      else v_result || jsonb_build_object(
        'transferIds', v_result -> 'transferIds' || (v_one -> 'transferId'), 'restoredLots', v_result -> 'restoredLots' || (v_one -> 'restoredLots'),
        'recalled', ((v_result ->> 'recalled')::bigint + (v_one ->> 'recalled')::bigint)::text,
        'lapsed', ((v_result ->> 'lapsed')::bigint + (v_one ->> 'lapsed')::bigint)::text) end;
  end loop;
  return answer(p_key, v_result || jsonb_build_object('amount', v_amount::text, 'refundable', (v_paid - v_before - v_amount)::text,
    'balance', (select credit::text from account where shop_id = app_shop() and customer_id = v_heir and unit = v_unit)));
end $$;

/*
 * Books a refund of a known amount. Per lot one of four ways back: into the lot; into a new restore lot, when the lot has expired; to
 * expired, when the grace is 0; into the lot and out again as recalled, when its source was recalled.
 */
create function ledger.refund_lots(
  p_key text, p_part int, p_actor jsonb, p_order text, p_customer uuid, p_unit text, p_amount bigint, p_at timestamptz, p_reason text, p_grace jsonb
) returns jsonb language plpgsql as $$
declare
  v_transfer uuid; v_lapsed bigint; v_recalled bigint; v_credit bigint; v_recall uuid;
  v_plan ledger.refund_step[];
begin
  with paid as (
    select m.lot_id, sum(case when m.to_bucket = 'redeemed' then m.amount when m.from_bucket = 'redeemed' then -m.amount else 0 end)::bigint as left_over
    from ledger.transfer t join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
    where t.shop_id = app_shop() and t.order_ref = p_order and t.customer_id = p_customer and t.kind in ('redeem', 'capture', 'refund')
    group by m.lot_id
  ), back as (
    select l.*, p.left_over, sum(p.left_over) over (order by l.expires_at desc nulls first, l.created_at desc, l.id desc rows unbounded preceding)
      - p.left_over as before
    from paid p join ledger.lot l on l.shop_id = app_shop() and l.id = p.lot_id where p.left_over > 0
  ), take as (
    select b.id, b.before, b.origin, b.source_type, least(b.left_over, p_amount - b.before)::bigint as amount,
      case when b.origin = 'unpaid' and exists (select from ledger.recall r where r.shop_id = app_shop() and r.source_id = b.source_id) then 'recall'
        when b.expires_at is null or b.expires_at > p_at then 'lot'
        when ledger.restore_until(b.origin, b.expires_at, p_at, p_grace) is null then 'lapse'
        else 'restore' end as way,
      ledger.restore_until(b.origin, b.expires_at, p_at, p_grace) as until
    from back b where b.before < p_amount
  )
  select array_agg(row(id, ledger.new_id(), origin, source_type, amount, way, until)::ledger.refund_step order by before) into v_plan from take;
  if (select sum(amount) from unnest(v_plan)) is distinct from p_amount::numeric then
    raise exception 'order %: moves do not cover the refund', p_order; -- I8 would be broken; nothing is booked
  end if;
  select coalesce(sum(amount) filter (where way = 'lapse'), 0), coalesce(sum(amount) filter (where way = 'recall'), 0)
    into v_lapsed, v_recalled from unnest(v_plan);

  v_transfer := ledger.book('refund', p_unit, p_amount, p_at, p_actor, p_key, p_part, p_customer,
    jsonb_build_object('orderRef', p_order, 'reason', p_reason),
    array['redemption_clearing', 'customer_credit', 'promo_unused', 'breakage_income']::ledger.account_kind[],
    array[-p_amount, p_amount - v_lapsed,
      (select coalesce(sum(amount) filter (where way = 'lapse' and origin = 'unpaid'), 0)::bigint from unnest(v_plan)),
      (select coalesce(sum(amount) filter (where way = 'lapse' and origin <> 'unpaid'), 0)::bigint from unnest(v_plan))]);
  update ledger.account set credit = credit + p_amount - v_lapsed
    where shop_id = app_shop() and customer_id = p_customer and unit = p_unit returning credit into strict v_credit;
  update ledger.lot l set redeemed = l.redeemed - s.amount,
      remaining = l.remaining + case when s.way in ('lot', 'recall') then s.amount else 0 end,
      moved = l.moved + case when s.way = 'restore' then s.amount else 0 end,
      expired = l.expired + case when s.way = 'lapse' then s.amount else 0 end,
      settled = l.settled and s.way not in ('lot', 'recall')
    from unnest(v_plan) s where l.shop_id = app_shop() and l.id = s.lot_id;
  insert into ledger.lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, parent_id, terms_id, granted,
      remaining, available_from, expires_at, created_at)
    select l.org_id, l.shop_id, s.new_lot_id, l.customer_id, l.unit, l.origin, l.source_type, l.source_id, s.new_lot_id, l.id, l.terms_id, s.amount,
      s.amount, p_at, s.until, p_at
    from unnest(v_plan) s join ledger.lot l on l.shop_id = app_shop() and l.id = s.lot_id where s.way = 'restore';
  insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select app_org(), app_shop(), v_transfer, lot_id, 'redeemed'::ledger.bucket,
      case way when 'restore' then 'moved' when 'lapse' then 'expired' else 'remaining' end::ledger.bucket, amount from unnest(v_plan)
    union all
    select app_org(), app_shop(), v_transfer, new_lot_id, 'granted'::ledger.bucket, 'remaining'::ledger.bucket, amount
    from unnest(v_plan) where way = 'restore';
  if v_recalled > 0 then
    v_recall := ledger.recall_steps(p_key, p_part + 1, p_actor, p_customer, p_unit, v_recalled, p_at, v_plan);
    v_credit := v_credit - v_recalled;
  end if;
  return jsonb_build_object('transferId', v_transfer, 'amount', p_amount::text, 'unit', p_unit, 'balance', v_credit::text,
    'recalled', v_recalled::text, 'recallTransferId', v_recall, 'lapsed', v_lapsed::text,
    'restoredLots', (select coalesce(jsonb_agg(new_lot_id), '[]') from unnest(v_plan) where way = 'restore'));
end $$;

-- The second transfer of a refund whose credit came from a recalled source: what came back leaves again at once.
create function ledger.recall_steps(
  p_key text, p_part int, p_actor jsonb, p_customer uuid, p_unit text, p_amount bigint, p_at timestamptz, p_plan ledger.refund_step[]
) returns uuid language plpgsql as $$
declare v_transfer uuid; v_accounts ledger.account_kind[]; v_amounts bigint[];
begin
  select array_agg(account), array_agg(amount) into v_accounts, v_amounts from (
    select ledger.funding(origin, source_type) as account, sum(amount)::bigint as amount from unnest(p_plan) where way = 'recall' group by 1) f;
  v_transfer := ledger.book('recall', p_unit, p_amount, p_at, p_actor, p_key, p_part, p_customer,
    jsonb_build_object('reason', (select min(r.reason) from ledger.recall r join unnest(p_plan) s on s.way = 'recall'
      join ledger.lot l on l.shop_id = r.shop_id and l.id = s.lot_id and l.source_id = r.source_id where r.shop_id = app_shop())),
    array['customer_credit'::ledger.account_kind] || v_accounts, array[-p_amount] || v_amounts);
  update ledger.account set credit = credit - p_amount where shop_id = app_shop() and customer_id = p_customer and unit = p_unit;
  update ledger.lot l set remaining = l.remaining - s.amount, recalled = l.recalled + s.amount
    from unnest(p_plan) s where l.shop_id = app_shop() and l.id = s.lot_id and s.way = 'recall';
  insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select app_org(), app_shop(), v_transfer, lot_id, 'remaining', 'recalled', amount from unnest(p_plan) where way = 'recall';
  return v_transfer;
end $$;
`;
