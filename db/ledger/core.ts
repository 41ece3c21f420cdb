export const SPEND_LOTS = `
/*
 * Takes an amount from the customer's lots, soonest-expiring first, into one bucket. The caller holds the account's lock, so the lots
 * cannot change under it. Spendability is a predicate on time, never the result of the sweep. A lot with terms gives what p_parts says;
 * p_any takes from lots whatever their terms say (taking away by hand). Mostly the first lot is enough, which two short statements do in half
 * the time of the long one.
 */
create or replace function ledger.spend_lots(
  p_customer uuid, p_unit text, p_amount bigint, p_at timestamptz, p_transfer uuid, p_to ledger.bucket, p_parts ledger.lot_part[],
  p_any boolean default false
) returns void language plpgsql as $$
declare v_taken numeric; v_first record;
begin
  select l.id, l.remaining, l.terms_id into v_first from ledger.lot l
    where l.shop_id = app_shop() and l.customer_id = p_customer and l.unit = p_unit and l.remaining > 0
      and l.available_from <= p_at and (l.expires_at is null or l.expires_at > p_at)
    order by expires_at nulls last, created_at, id limit 1;
  if v_first.remaining >= p_amount and (p_any or v_first.terms_id is null) then
    update ledger.lot set remaining = remaining - p_amount,
      held = held + case when p_to = 'held' then p_amount else 0 end,
      redeemed = redeemed + case when p_to = 'redeemed' then p_amount else 0 end,
      recalled = recalled + case when p_to = 'recalled' then p_amount else 0 end,
      moved = moved + case when p_to = 'moved' then p_amount else 0 end
      where shop_id = app_shop() and id = v_first.id;
    insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
      values (app_org(), app_shop(), p_transfer, v_first.id, 'remaining', p_to, p_amount);
    return;
  end if;

  with usable as (
    select l.id, l.expires_at, l.created_at, case when p_any or l.terms_id is null then l.remaining else p.amount end as amount
    from ledger.lot l left join unnest(p_parts) p on p.lot_id = l.id
    where l.shop_id = app_shop() and l.customer_id = p_customer and l.unit = p_unit and l.remaining > 0
      and l.available_from <= p_at and (l.expires_at is null or l.expires_at > p_at)
  ), fifo as (
    select id, amount, sum(amount) over (order by expires_at nulls last, created_at, id rows unbounded preceding) - amount as before
    from usable where amount > 0
  ), take as materialized (
    select id, least(amount, p_amount - before)::bigint as amount from fifo where before < p_amount
  ), spent as (
    update ledger.lot l set remaining = l.remaining - t.amount,
      held = l.held + case when p_to = 'held' then t.amount else 0 end,
      redeemed = l.redeemed + case when p_to = 'redeemed' then t.amount else 0 end,
      recalled = l.recalled + case when p_to = 'recalled' then t.amount else 0 end,
      moved = l.moved + case when p_to = 'moved' then t.amount else 0 end
    from take t where l.shop_id = app_shop() and l.id = t.id
  ), moves as (
    insert into ledger.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select app_org(), app_shop(), p_transfer, id, 'remaining', p_to, amount from take
  )
  select coalesce(sum(amount), 0) into v_taken from take;
  if v_taken <> p_amount then perform ledger.fail_short(p_customer, p_unit, p_amount, v_taken::bigint, p_at); end if;
end $$;
`;

/** What every operation shares: failing with a code, claiming a key, booking a transfer, spending lots in FIFO order. */
export const CORE = `
-- A business rejection: rolls back, so the key stays free and a later try may succeed. SQLSTATE GU001 is what the app translates.
create function ledger.fail(p_code text, p_params jsonb) returns void language plpgsql as $$
begin
  raise exception using errcode = 'GU001', message = p_code, detail = p_params::text;
end $$;

/*
 * The first statement of every operation, before any look at state: a no-op must be replayable too. Null: claimed, go on. Otherwise the
 * first call's response. A concurrent twin waits here on the primary key until the first has committed.
 */
create function ledger.claim(p_op text, p_key text, p_args text) returns jsonb language plpgsql as $$
declare v_hash bytea := sha256(convert_to(p_op || chr(10) || p_args, 'UTF8')); v_row ledger.request;
begin
  if app_org() is null or app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  insert into ledger.request (org_id, shop_id, idem_key, op, hash, created_at)
    values (app_org(), app_shop(), p_key, p_op, v_hash, app_now()) on conflict (shop_id, idem_key) do nothing;
  if found then return null; end if;
  select * into strict v_row from ledger.request where shop_id = app_shop() and idem_key = p_key;
  if v_row.hash <> v_hash then perform ledger.fail('IDEMPOTENCY_CONFLICT', jsonb_build_object('key', p_key)); end if;
  return v_row.response;
end $$;

create function ledger.answer(p_key text, p_response jsonb) returns jsonb language plpgsql as $$
begin
  update ledger.request set response = p_response where shop_id = app_shop() and idem_key = p_key;
  return p_response;
end $$;

create function ledger.check_amount(p_unit text, p_amount bigint) returns void language plpgsql as $$
begin
  if p_unit !~ '^PTS:.{1,60}$' and not exists (select from ledger.unit where code = p_unit) then
    perform ledger.fail('UNKNOWN_UNIT', jsonb_build_object('unit', p_unit));
  end if;
  if p_amount is null or p_amount <= 0 then
    perform ledger.fail('VALIDATION', jsonb_build_object('field', 'amount'));
  end if;
end $$;

-- The account that pays for credit of an origin, and takes it back on recall.
create function ledger.funding(p_origin ledger.origin_class, p_source_type text) returns ledger.account_kind language sql immutable as $$
  select case
    when p_source_type = 'adjustment' then 'adjustment'
    when p_origin = 'earned' then 'earned_deferral'
    when p_origin = 'paid' then case when p_source_type = 'refund' then 'refund_clearing' else 'paid_clearing' end
    when p_source_type = 'manual' then 'goodwill_expense'
    else 'promo_expense' end::ledger.account_kind
$$;

-- Writes a transfer and its postings (legs of amount 0 are left out). Bulk operations write their own postings and pass no legs.
create function ledger.book(
  p_kind ledger.transfer_kind, p_unit text, p_amount bigint, p_at timestamptz, p_actor jsonb, p_key text, p_part int, p_customer uuid,
  p_facts jsonb, p_accounts ledger.account_kind[], p_amounts bigint[], p_entries int default null
) returns uuid language plpgsql as $$
declare v_id uuid := ledger.new_id();
begin
  insert into ledger.transfer (org_id, shop_id, id, kind, unit, amount, entries, at, customer_id, source_type, source_id, order_ref, hold_id,
      link_id, reason, actor_type, actor_id, actor_label, request_id, idem_key, part)
    values (app_org(), app_shop(), v_id, p_kind, p_unit, p_amount,
      coalesce(p_entries, (select count(*) from unnest(p_amounts) a where a <> 0)), p_at, p_customer,
      p_facts ->> 'sourceType', (p_facts ->> 'sourceId')::uuid, p_facts ->> 'orderRef', (p_facts ->> 'holdId')::uuid,
      (p_facts ->> 'linkId')::uuid, p_facts ->> 'reason', p_actor ->> 'type', p_actor ->> 'id', p_actor ->> 'label',
      p_actor ->> 'requestId', p_key, p_part);
  if p_accounts is not null then
    insert into ledger.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
      select app_org(), app_shop(), v_id, l.no, l.account,
             case when l.account in ('customer_credit', 'customer_held', 'customer_debt') then p_customer end, l.amount
      from unnest(p_accounts, p_amounts) with ordinality l (account, amount, no) where l.amount <> 0;
  end if;
  return v_id;
end $$;

create function ledger.fail_insufficient(p_unit text, p_amount bigint, p_available bigint) returns void language plpgsql as $$
begin
  perform ledger.fail('INSUFFICIENT_CREDIT', jsonb_build_object('unit', p_unit, 'requested', p_amount::text,
    'available', p_available::text, 'missing', (p_amount - p_available)::text));
end $$;

${SPEND_LOTS}`;
