/** Conditions on credit: on which orders a lot may be spent, and up to how much. */
export const TERMS = `
-- Hands out an id for terms; the same terms have one row per shop, so that a customer's lots of many campaigns share few.
create function ledger.create_terms(p_min_order bigint, p_include jsonb, p_exclude jsonb, p_first_order_only bool, p_no_discounts bool)
  returns uuid language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_id uuid; v_hash bytea := sha256(convert_to(jsonb_build_array(p_min_order, p_include, p_exclude, p_first_order_only, p_no_discounts)::text, 'UTF8'));
begin
  if app_org() is null or app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  insert into terms (org_id, shop_id, id, hash, min_order, include, exclude, first_order_only, no_discounts, created_at)
    values (app_org(), app_shop(), new_id(), v_hash, p_min_order, p_include, p_exclude, p_first_order_only, p_no_discounts, app_now())
    on conflict (shop_id, hash) do nothing returning id into v_id;
  if v_id is null then select id into strict v_id from terms where shop_id = app_shop() and hash = v_hash; end if;
  return v_id;
end $$;

-- Whether one of two lists of texts names the product or one of the collections of an order's line.
create function ledger.names_line(p_list jsonb, p_line jsonb) returns boolean language sql immutable as $$
  select coalesce(p_list -> 'products' ? (p_line ->> 'productId'), false)
    or coalesce(p_list -> 'collections' ?| array(select jsonb_array_elements_text(coalesce(p_line -> 'collections', '[]'))), false)
$$;

-- Whether an order meets what the terms ask of it as a whole. Its lines are another question.
create function ledger.meets_terms(p_terms ledger.terms, p_order jsonb, p_first boolean) returns boolean language sql immutable as $$
  select p_order is not null
    and coalesce((p_order ->> 'total')::bigint >= (p_terms).min_order, true)
    and (p_first or not (p_terms).first_order_only)
    and not ((p_terms).no_discounts and coalesce((p_order ->> 'discounted')::boolean, false))
$$;

/*
 * What of each conditional lot an order may take, soonest-expiring first: null where the customer has none. Credit for certain products
 * covers at most their lines, and no line twice: for any set of such scopes the sum stays within the lines that at least one of them
 * names (Hall). Under that rule taking greedily in order of expiry also takes the most that is possible.
 */
create function ledger.conditional_parts(p_customer uuid, p_unit text, p_at timestamptz, p_order jsonb, p_order_ref text)
  returns ledger.lot_part[] language plpgsql as $$
declare
  c_scopes constant int := 8; v_parts ledger.lot_part[] := '{}'; v_scopes jsonb[] := '{}'; v_slack numeric[] := '{}'; v_first boolean;
  v_lot record; v_scope jsonb; v_bit int; v_amount numeric; v_set int;
begin
  if not exists (select from ledger.lot where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and remaining > 0
      and terms_id is not null) then return null; end if;
  if p_order is null then return v_parts; end if;
  v_first := coalesce((p_order ->> 'firstOrder')::boolean, not exists (select from public.shop_order o where o.shop_id = app_shop()
    and o.customer_id = p_customer and o.counts and o.external_id <> p_order_ref));
  for v_lot in
    select l.id, l.remaining, t.include, t.exclude, t.include is not null or t.exclude is not null as scoped
    from ledger.lot l join ledger.terms t on t.shop_id = l.shop_id and t.id = l.terms_id
    where l.shop_id = app_shop() and l.customer_id = p_customer and l.unit = p_unit and l.remaining > 0
      and l.available_from <= p_at and (l.expires_at is null or l.expires_at > p_at) and ledger.meets_terms(t, p_order, v_first)
    order by l.expires_at nulls last, l.created_at, l.id
  loop
    v_amount := v_lot.remaining;
    if v_lot.scoped then
      v_scope := jsonb_build_array(v_lot.include, v_lot.exclude);
      v_bit := array_position(v_scopes, v_scope);
      if v_bit is null then
        -- More scopes than this at once are out of reach for one order; the rest of them waits for the next.
        continue when cardinality(v_scopes) = c_scopes;
        v_scopes := v_scopes || v_scope;
        v_bit := cardinality(v_scopes);
        -- The slack of each set of scopes, indexed by its bits: the lines it reaches less what its members have taken. Sets with the new
        -- member start from the taken part of the set without it.
        v_slack := v_slack || ledger.new_slacks(v_scopes, v_slack, p_order);
      end if;
      for v_set in 1 .. cardinality(v_slack) loop
        if v_set & (1 << (v_bit - 1)) <> 0 then v_amount := least(v_amount, v_slack[v_set]); end if;
      end loop;
      for v_set in 1 .. cardinality(v_slack) loop
        if v_set & (1 << (v_bit - 1)) <> 0 then v_slack[v_set] := v_slack[v_set] - v_amount; end if;
      end loop;
    end if;
    if v_amount > 0 then v_parts := v_parts || row(v_lot.id, v_amount::bigint)::ledger.lot_part; end if;
  end loop;
  return v_parts;
end $$;

-- Slacks of the sets that contain the newest scope, in the order of their bits: 2^(n-1) … 2^n - 1.
create function ledger.new_slacks(p_scopes jsonb[], p_slack numeric[], p_order jsonb) returns numeric[] language sql immutable as $$
  with line as (
    select (l ->> 'total')::numeric as total, (select coalesce(bit_or(1 << (s.no::int - 1)), 0) from unnest(p_scopes) with ordinality s (scope, no)
      where (s.scope -> 0 = 'null' or ledger.names_line(s.scope -> 0, l)) and not (s.scope -> 1 <> 'null' and ledger.names_line(s.scope -> 1, l))) as mask
    from jsonb_array_elements(coalesce(p_order -> 'lines', '[]')) l
  ), old as (
    select o, (select coalesce(sum(total), 0) from line where mask & o <> 0) - coalesce(p_slack[o], 0) as taken
    from generate_series(0, (1 << (cardinality(p_scopes) - 1)) - 1) o
  )
  select array_agg((select coalesce(sum(total), 0) from line where mask & (o | (1 << (cardinality(p_scopes) - 1))) <> 0) - taken order by o) from old
$$;

/*
 * What the customer could spend at an instant on an order: available, not expired (swept or not), and where a lot has terms, as far as the
 * order meets them.
 */
create function ledger.spendable(p_customer uuid, p_unit text, p_at timestamptz, p_parts ledger.lot_part[]) returns bigint
  language sql stable as $$
  select coalesce(sum(case when l.terms_id is null then l.remaining else coalesce(p.amount, 0) end), 0)::bigint
  from ledger.lot l left join unnest(p_parts) p on p.lot_id = l.id
  where l.shop_id = app_shop() and l.customer_id = p_customer and l.unit = p_unit and l.remaining > 0
    and l.available_from <= p_at and (l.expires_at is null or l.expires_at > p_at)
$$;

-- Refuses an amount after the lots gave less: CREDIT_TERMS_UNMET when the rest would be there but for terms, which are named.
create function ledger.fail_short(p_customer uuid, p_unit text, p_amount bigint, p_given bigint, p_at timestamptz) returns void
  language plpgsql as $$
declare v_rest bigint; v_terms jsonb;
begin
  select coalesce(sum(remaining), 0)::bigint into v_rest from ledger.lot
    where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and remaining > 0
      and available_from <= p_at and (expires_at is null or expires_at > p_at);
  if p_given + v_rest < p_amount then perform ledger.fail_insufficient(p_unit, p_amount, p_given); end if;
  select jsonb_agg(ledger.terms_json(t) order by t.id) into v_terms from ledger.terms t where t.shop_id = app_shop() and t.id in (
    select terms_id from ledger.lot where shop_id = app_shop() and customer_id = p_customer and unit = p_unit and remaining > 0
      and available_from <= p_at and (expires_at is null or expires_at > p_at));
  perform ledger.fail('CREDIT_TERMS_UNMET', jsonb_build_object('unit', p_unit, 'requested', p_amount::text, 'available', p_given::text,
    'missing', (p_amount - p_given)::text, 'terms', v_terms::text));
end $$;

create function ledger.terms_json(p_terms ledger.terms) returns jsonb language sql immutable as $$
  select jsonb_build_object('id', (p_terms).id, 'minOrder', (p_terms).min_order::text, 'include', (p_terms).include, 'exclude', (p_terms).exclude,
    'firstOrderOnly', (p_terms).first_order_only, 'noDiscounts', (p_terms).no_discounts)
$$;
`;
