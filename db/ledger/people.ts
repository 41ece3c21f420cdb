/** Claw-back with debt, conversion of points, merging of customers (domain.md 1.3, B20, B25). */
export const PEOPLE = `
/*
 * Debt comes off the next credit that is no money of the customer's own: right after a grant, from the lots just granted. One more transfer
 * for all debtors of the chunk. The caller holds their accounts' locks.
 */
create function ledger.net_debt(p_key text, p_part int, p_actor jsonb, p_unit text, p_at timestamptz, p_grant uuid, p_customers uuid[])
  returns bigint language plpgsql as $$
declare v_transfer uuid; v_total bigint; v_count int; v_plan ledger.netting[];
begin
  select array_agg(row(a.customer_id, l.id, least(a.debt, l.remaining))::ledger.netting order by a.customer_id),
      sum(least(a.debt, l.remaining))::bigint, count(*)::int into v_plan, v_total, v_count
    from ledger.lot_move m join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
    join ledger.account a on a.shop_id = l.shop_id and a.customer_id = l.customer_id and a.unit = l.unit
    where m.shop_id = app_shop() and m.transfer_id = p_grant and a.unit = p_unit and a.customer_id = any (p_customers) and a.debt > 0;
  if v_count = 0 then return 0; end if;
  v_transfer := ledger.book('clawback', p_unit, v_total, p_at, p_actor, p_key, p_part, case when v_count = 1 then p_customers[1] end,
    jsonb_build_object('sourceType', 'debt', 'linkId', p_grant), null, null, 2 * v_count);
  update ledger.lot l set remaining = l.remaining - n.amount, recalled = l.recalled + n.amount
    from unnest(v_plan) n where l.shop_id = app_shop() and l.id = n.lot_id;
  update ledger.account a set credit = a.credit - n.amount, debt = a.debt - n.amount
    from unnest(v_plan) n where a.shop_id = app_shop() and a.customer_id = n.customer_id and a.unit = p_unit;
  insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select app_org(), app_shop(), v_transfer, lot_id, 'remaining', 'recalled', amount from unnest(v_plan);
  insert into ledger.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
    select app_org(), app_shop(), v_transfer, 2 * no - side, case side when 1 then 'customer_credit' else 'customer_debt' end::ledger.account_kind,
      customer_id, case side when 1 then -amount else amount end
    from unnest(v_plan) with ordinality n (customer_id, lot_id, amount, no), generate_series(0, 1) side;
  return v_total;
end $$;

/*
 * Takes earned credit back, from the lots of the source first, then soonest-expiring first; what is spent already becomes debt. Promotional
 * and paid credit is not touched. Credit that is not available yet counts: it was earned too.
 */
create function ledger.clawback(
  p_key text, p_actor jsonb, p_customer uuid, p_unit text, p_amount bigint, p_source uuid, p_reason text
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_now timestamptz; v_transfer uuid; v_taken bigint; v_account account; v_customer uuid;
begin
  v_replay := claim('clawback', p_key, jsonb_build_array(p_customer, p_unit, p_amount, p_source, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  perform check_amount(p_unit, p_amount);
  if p_reason is null then perform fail('VALIDATION', jsonb_build_object('field', 'reason')); end if;
  v_customer := heir(p_customer);
  perform lock_accounts(array[v_customer], array[p_unit]);
  v_now := app_now();
  select least(coalesce(sum(remaining), 0), p_amount)::bigint into v_taken from lot
    where shop_id = app_shop() and customer_id = v_customer and unit = p_unit and origin = 'earned' and remaining > 0
      and (expires_at is null or expires_at > v_now);
  v_transfer := book('clawback', p_unit, p_amount, v_now, p_actor, p_key, 1, v_customer,
    jsonb_build_object('sourceId', p_source, 'reason', p_reason),
    array['customer_credit', 'customer_debt', 'earned_deferral']::account_kind[], array[-v_taken, v_taken - p_amount, p_amount]);
  update account set credit = credit - v_taken, debt = debt + p_amount - v_taken
    where shop_id = app_shop() and customer_id = v_customer and unit = p_unit returning * into strict v_account;
  with earned as (
    select id, remaining, sum(remaining) over (order by (source_id = p_source) desc nulls last, expires_at nulls last, created_at, id
      rows unbounded preceding) - remaining as before
    from lot where shop_id = app_shop() and customer_id = v_customer and unit = p_unit and origin = 'earned' and remaining > 0
      and (expires_at is null or expires_at > v_now)
  ), take as materialized (
    select id, least(remaining, v_taken - before)::bigint as amount from earned where before < v_taken
  ), lots as (
    update lot l set remaining = l.remaining - t.amount, recalled = l.recalled + t.amount from take t where l.shop_id = app_shop() and l.id = t.id
  )
  insert into lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select app_org(), app_shop(), v_transfer, id, 'remaining', 'recalled', amount from take;
  return answer(p_key, jsonb_build_object('transferId', v_transfer, 'amount', p_amount::text, 'unit', p_unit, 'taken', v_taken::text,
    'debt', v_account.debt::text, 'balance', v_account.credit::text));
end $$;

-- Locks the accounts of customers in units, in key order, and opens those that are missing. NOT_FOUND for a customer of no or another shop.
create function ledger.lock_accounts(p_customers uuid[], p_units text[]) returns void language plpgsql as $$
declare v_found int;
begin
  insert into ledger.account (org_id, shop_id, customer_id, unit)
    select app_org(), app_shop(), c.id, u.unit from public.customer c, unnest(p_units) u (unit)
    where c.shop_id = app_shop() and c.id = any (p_customers) order by c.id, u.unit
    on conflict (shop_id, customer_id, unit) do update set credit = account.credit;
  get diagnostics v_found = row_count;
  if v_found <> cardinality(p_customers) * cardinality(p_units) then
    perform ledger.fail('NOT_FOUND', jsonb_build_object('entity', 'customer'));
  end if;
end $$;

/*
 * Points to credit: two transfers, one per unit, that share a link. Points go soonest-expiring first; the credit is earned credit, whatever
 * the points were given for. Debt in the new unit comes off at once.
 */
create function ledger.convert(
  p_key text, p_actor jsonb, p_customer uuid, p_from_unit text, p_points bigint, p_to_unit text, p_amount bigint, p_expires timestamptz,
  p_reason text
) returns jsonb language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_now timestamptz; v_out uuid; v_in uuid; v_link uuid := new_id(); v_lot uuid := new_id(); v_netted bigint; v_took record;
  v_customer uuid;
begin
  v_replay := claim('convert', p_key, jsonb_build_array(p_customer, p_from_unit, p_points, p_to_unit, p_amount, p_expires, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  perform check_amount(p_from_unit, p_points);
  perform check_amount(p_to_unit, p_amount);
  if p_from_unit = p_to_unit then perform fail('VALIDATION', jsonb_build_object('field', 'toUnit')); end if;
  v_customer := heir(p_customer);
  perform lock_accounts(array[v_customer], array[p_from_unit, p_to_unit]);
  -- Points with terms are for orders: turning them into credit without any would be a way around.
  v_took := take_credit(v_customer, p_from_unit, p_points, false, null, null);
  v_now := v_took.o_at;
  if p_expires <= v_now then perform fail('EXPIRES_IN_PAST', jsonb_build_object('expiresAt', p_expires)); end if;
  v_out := book('convert', p_from_unit, p_points, v_now, p_actor, p_key, 1, v_customer,
    jsonb_build_object('sourceType', 'points', 'linkId', v_link, 'reason', p_reason),
    array['customer_credit', 'earned_deferral']::account_kind[], array[-p_points, p_points]);
  perform spend_lots(v_customer, p_from_unit, p_points, v_now, v_out, 'moved', v_took.o_parts);
  v_in := book('convert', p_to_unit, p_amount, v_now, p_actor, p_key, 2, v_customer,
    jsonb_build_object('sourceType', 'points', 'linkId', v_link, 'reason', p_reason),
    array['earned_deferral', 'customer_credit']::account_kind[], array[-p_amount, p_amount]);
  insert into lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, granted, remaining, available_from,
      expires_at, created_at)
    values (app_org(), app_shop(), v_lot, v_customer, p_to_unit, 'earned', 'points', v_link, v_lot, p_amount, p_amount, v_now, p_expires, v_now);
  insert into lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    values (app_org(), app_shop(), v_in, v_lot, 'granted', 'remaining', p_amount);
  update account set credit = credit + p_amount where shop_id = app_shop() and customer_id = v_customer and unit = p_to_unit;
  v_netted := net_debt(p_key, 3, p_actor, p_to_unit, v_now, v_in, array[v_customer]);
  return answer(p_key, jsonb_build_object('linkId', v_link, 'transferIds', jsonb_build_array(v_out, v_in), 'lotId', v_lot,
    'points', p_points::text, 'amount', p_amount::text, 'netted', v_netted::text, 'left', v_took.o_credit::text));
end $$;

/*
 * Merging moves credit between customers, so whoever gives to a customer or looks for lots of a source waits for merges under way and
 * keeps new ones out until the end of the transaction. Spending needs no such lock: it finds an empty account and looks again.
 */
create function ledger.wait_for_merges() returns void language sql as $$
  select pg_advisory_xact_lock_shared(hashtextextended('ledger.merge:' || app_shop(), 0))
$$;

-- The customer who has this one's credit now, and keeps it until the end of the transaction.
create function ledger.heir(p_customer uuid) returns uuid language plpgsql as $$
begin
  perform ledger.wait_for_merges();
  return coalesce(ledger.merged_into(p_customer), p_customer);
end $$;

-- Every lot with terms in full: what can be taken away by hand.
create function ledger.all_parts(p_customer uuid, p_unit text) returns ledger.lot_part[] language sql stable as $$
  select array_agg(row(id, remaining)::ledger.lot_part) from ledger.lot
  where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and remaining > 0 and terms_id is not null
$$;

-- Where a customer's credit has gone by merging, at the end of the chain; null when it stayed.
create function ledger.merged_into(p_customer uuid) returns uuid language sql stable as $$
  with recursive chain as (
    select into_id, 1 as depth from ledger.merged where shop_id = app_shop() and customer_id = p_customer
    union all
    select m.into_id, c.depth + 1 from chain c join ledger.merged m on m.shop_id = app_shop() and m.customer_id = c.into_id where c.depth < 100
  )
  select into_id from chain order by depth desc limit 1
$$;

/*
 * Both customers' credit becomes one: lots move with origin, source, availability and expiry, holds keep their id and follow, debt follows.
 * A drop that gave to both is kept once: the unspent lot of the two is recalled. What orders of the merged customer get back later goes
 * to the other one (refund). There is no way back; the history stays readable at both.
 */
create function ledger.merge_customers(p_key text, p_actor jsonb, p_from uuid, p_into uuid, p_reason text) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_replay jsonb; v_now timestamptz; v_units text[]; v_unit text; v_part int := 1; v_moved merge_sums; v_units_answer jsonb := '[]';
begin
  v_replay := claim('merge', p_key, jsonb_build_array(p_from, p_into, p_reason)::text);
  if v_replay is not null then return v_replay; end if;
  if p_from = p_into then perform fail('VALIDATION', jsonb_build_object('field', 'into')); end if;
  if p_reason is null then perform fail('VALIDATION', jsonb_build_object('field', 'reason')); end if;
  -- One merge at a time per shop: two crossing ones would make a circle. Grants under way end first (wait_for_merges).
  perform pg_advisory_xact_lock(hashtextextended('ledger.merge:' || app_shop(), 0));
  if (select count(*) from public.customer where shop_id = app_shop() and id in (p_from, p_into)) <> 2 then
    perform fail('NOT_FOUND', jsonb_build_object('entity', 'customer'));
  end if;
  if exists (select from merged where shop_id = app_shop() and (customer_id = p_into or customer_id = p_from and into_id <> p_into)) then
    perform fail('CONFLICT', jsonb_build_object('reason', 'already merged'));
  end if;
  insert into merged (org_id, shop_id, customer_id, into_id, reason, at) values (app_org(), app_shop(), p_from, p_into, p_reason, app_now())
    on conflict (shop_id, customer_id) do nothing;
  select array_agg(unit order by unit) into v_units from account where shop_id = app_shop() and customer_id = p_from;
  if v_units is not null then perform lock_accounts(array[p_from, p_into], v_units); end if;
  v_now := app_now();
  foreach v_unit in array coalesce(v_units, '{}') loop
    v_moved := move_customer(p_key, v_part, p_actor, p_from, p_into, v_unit, v_now, p_reason);
    v_part := v_moved.next_part;
    v_units_answer := v_units_answer || jsonb_build_object('unit', v_unit, 'moved', v_moved.moved::text, 'held', v_moved.held::text,
      'recalled', v_moved.recalled::text, 'debt', v_moved.debt::text);
  end loop;
  return answer(p_key, jsonb_build_object('units', v_units_answer));
end $$;

-- One unit of a merge. The caller holds both accounts' locks.
create function ledger.move_customer(
  p_key text, p_part int, p_actor jsonb, p_from uuid, p_into uuid, p_unit text, p_at timestamptz, p_reason text
) returns ledger.merge_sums language plpgsql as $$
declare v_out ledger.merge_sums; v_twice uuid[]; v_transfer uuid; v_hold ledger.hold; v_facts jsonb := jsonb_build_object('reason', p_reason);
begin
  v_out := row(p_part, 0, 0, 0, 0)::ledger.merge_sums;
  select array_agg(id) into v_twice from (
    select case when a.remaining < a.granted and b.remaining = b.granted then b.id else a.id end as id
    from ledger.lot a join ledger.lot b on b.shop_id = a.shop_id and b.customer_id = p_into and b.once_key = a.once_key and b.unit = a.unit
    where a.shop_id = app_shop() and a.customer_id = p_from and a.unit = p_unit and a.once_key = a.source_id) twice
    where exists (select from ledger.lot l where l.shop_id = app_shop() and l.id = twice.id and l.remaining > 0
      and (l.expires_at is null or l.expires_at > p_at));
  if v_twice is not null then
    select o_total into v_out.recalled from ledger.drain_lots('recall', v_twice, p_at, p_actor, p_key || ':twice:' || p_unit || p_part, v_facts);
  end if;
  select debt into v_out.debt from ledger.account where shop_id = app_shop() and customer_id = p_from and unit = p_unit;
  select coalesce(sum(remaining), 0) into v_out.moved from ledger.lot
    where shop_id = app_shop() and customer_id = p_from and unit = p_unit and remaining > 0;
  if v_out.moved > 0 or v_out.debt > 0 then
    v_transfer := ledger.book('merge', p_unit, greatest(v_out.moved, v_out.debt), p_at, p_actor, p_key, v_out.next_part, p_into, v_facts, null, null,
      2 * ((v_out.moved > 0)::int + (v_out.debt > 0)::int));
    v_out.next_part := v_out.next_part + 1;
    -- Debt is a contra account: posted negative.
    insert into ledger.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
      select app_org(), app_shop(), v_transfer, no, account, customer_id, amount from (values
        (1, 'customer_credit'::ledger.account_kind, p_from, -v_out.moved), (2, 'customer_credit', p_into, v_out.moved),
        (3, 'customer_debt', p_from, v_out.debt), (4, 'customer_debt', p_into, -v_out.debt)) p (no, account, customer_id, amount) where amount <> 0;
    perform ledger.copy_lots(v_transfer, p_into, 'remaining',
      array(select row(id, remaining)::ledger.lot_part from ledger.lot
        where shop_id = app_shop() and customer_id = p_from and unit = p_unit and remaining > 0 order by id));
  end if;
  for v_hold in select * from ledger.hold where shop_id = app_shop() and customer_id = p_from and unit = p_unit and status = 'open' order by id loop
    v_transfer := ledger.book('merge', p_unit, v_hold.amount, p_at, p_actor, p_key, v_out.next_part, p_into,
      v_facts || jsonb_build_object('holdId', v_hold.id), null, null, 2);
    v_out.next_part := v_out.next_part + 1;
    v_out.held := v_out.held + v_hold.amount;
    insert into ledger.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount) values
      (app_org(), app_shop(), v_transfer, 1, 'customer_held', p_from, -v_hold.amount),
      (app_org(), app_shop(), v_transfer, 2, 'customer_held', p_into, v_hold.amount);
    perform ledger.copy_lots(v_transfer, p_into, 'held',
      array(select row(lot_id, amount)::ledger.lot_part from ledger.lot_move
        where shop_id = app_shop() and transfer_id = v_hold.transfer_id and to_bucket = 'held' order by lot_id));
    -- Closing a hold follows the moves of its transfer: from now on this one's.
    update ledger.hold set customer_id = p_into, transfer_id = v_transfer where shop_id = app_shop() and id = v_hold.id;
  end loop;
  update ledger.account set credit = credit - v_out.moved, held = held - v_out.held, debt = debt - v_out.debt
    where shop_id = app_shop() and customer_id = p_from and unit = p_unit;
  update ledger.account set credit = credit + v_out.moved, held = held + v_out.held, debt = debt + v_out.debt
    where shop_id = app_shop() and customer_id = p_into and unit = p_unit;
  return v_out;
end $$;

-- Moves parts of lots, oldest first, to another customer: the same terms in a new lot, the same order of spending. The drop's own lot keeps its place, so the drop cannot give again.
create function ledger.copy_lots(p_transfer uuid, p_into uuid, p_bucket ledger.bucket, p_parts ledger.lot_part[]) returns void
  language plpgsql as $$
declare v_part ledger.lot_part; v_copy uuid; v_held boolean := p_bucket = 'held';
begin
  foreach v_part in array p_parts loop
    v_copy := ledger.new_id();
    insert into ledger.lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, parent_id, terms_id, granted, remaining,
        held, available_from, expires_at, created_at)
      select org_id, shop_id, v_copy, p_into, unit, origin, source_type, source_id,
        case when once_key = source_id and not exists (select from ledger.lot b
          where b.shop_id = l.shop_id and b.customer_id = p_into and b.once_key = l.source_id) then source_id else v_copy end,
        id, terms_id, v_part.amount, case when v_held then 0 else v_part.amount end, case when v_held then v_part.amount else 0 end,
        available_from, expires_at, created_at
      from ledger.lot l where shop_id = app_shop() and id = v_part.lot_id;
    insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount) values
      (app_org(), app_shop(), p_transfer, v_part.lot_id, p_bucket, 'moved', v_part.amount),
      (app_org(), app_shop(), p_transfer, v_copy, 'granted', p_bucket, v_part.amount);
    update ledger.lot set remaining = remaining - case when v_held then 0 else v_part.amount end,
        held = held - case when v_held then v_part.amount else 0 end, moved = moved + v_part.amount
      where shop_id = app_shop() and id = v_part.lot_id;
  end loop;
end $$;
`;
