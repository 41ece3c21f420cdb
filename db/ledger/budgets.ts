/** Caps that grants count against, of a shop or of all shops of an organisation. */
export const BUDGETS = `
/*
 * Counts a grant against its budgets, or refuses it as a whole: one statement, in key order, as the last thing before the answer, so that
 * the counters are locked for the time of a commit only. A budget that brings its cap is opened or changed by it; one without must exist.
 */
create function ledger.take_budgets(p_budgets jsonb, p_unit text, p_total bigint, p_transfer uuid) returns void language plpgsql as $$
declare v_full record; v_found int; v_wanted int;
begin
  if exists (select from jsonb_array_elements(p_budgets) b where b ->> 'unit' <> p_unit) then
    perform ledger.fail('VALIDATION', jsonb_build_object('field', 'budgets', 'unit', p_unit));
  end if;
  insert into ledger.budget (org_id, shop_id, key, unit, cap, granted)
    select app_org(), case when b ->> 'scope' = 'shop' then app_shop() end, b ->> 'key', p_unit, (b ->> 'cap')::bigint, 0
    from jsonb_array_elements(p_budgets) b where b ->> 'cap' is not null order by b ->> 'scope', b ->> 'key'
    on conflict (org_id, shop_id, key, unit) do nothing;
  select count(*) into v_wanted from (select distinct b ->> 'scope', b ->> 'key' from jsonb_array_elements(p_budgets) b) d;
  perform from ledger.budget l join jsonb_array_elements(p_budgets) b on b ->> 'key' = l.key and (b ->> 'scope' = 'shop') = (l.shop_id is not null)
    where l.org_id = app_org() and (l.shop_id is null or l.shop_id = app_shop()) and l.unit = p_unit
    order by l.shop_id nulls first, l.key for update of l;
  with wanted as (
    select distinct on (b ->> 'scope', b ->> 'key') b ->> 'scope' as scope, b ->> 'key' as key, (b ->> 'cap')::bigint as cap
    from jsonb_array_elements(p_budgets) b order by 1, 2
  ), taken as (
    update ledger.budget l set granted = l.granted + p_total, cap = coalesce(w.cap, l.cap) from wanted w
    where l.org_id = app_org() and (l.shop_id is null or l.shop_id = app_shop()) and l.unit = p_unit
      and l.key = w.key and (w.scope = 'shop') = (l.shop_id is not null)
    returning w.scope, l.key, l.granted, l.cap
  ), used as (
    insert into ledger.budget_use (org_id, shop_id, transfer_id, scope, key, unit, amount, after, cap)
    select app_org(), app_shop(), p_transfer, scope, key, p_unit, p_total, granted, cap from taken where granted <= cap
  )
  select count(*) over ()::int as found, scope, key, cap, granted into v_full from taken order by granted - cap desc, scope, key limit 1;
  v_found := v_full.found;
  if v_found is distinct from v_wanted then perform ledger.fail('NOT_FOUND', jsonb_build_object('entity', 'budget')); end if;
  if v_full.granted > v_full.cap then
    perform ledger.fail('BUDGET_EXCEEDED', jsonb_build_object('budget', v_full.key, 'scope', v_full.scope, 'unit', p_unit,
      'cap', v_full.cap::text, 'requested', p_total::text, 'left', greatest(v_full.cap - v_full.granted + p_total, 0)::text,
      'missing', least(v_full.granted - v_full.cap, p_total)::text));
  end if;
end $$;

-- Sets a cap. One below what is granted already takes nothing back: it only lets nothing more pass.
create function ledger.set_budget(p_scope text, p_key text, p_unit text, p_cap bigint) returns jsonb
  language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_budget budget;
begin
  if app_org() is null or p_scope = 'shop' and app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  perform check_amount(p_unit, 1);
  insert into budget (org_id, shop_id, key, unit, cap) values (app_org(), case when p_scope = 'shop' then app_shop() end, p_key, p_unit, p_cap)
    on conflict (org_id, shop_id, key, unit) do update set cap = excluded.cap returning * into v_budget;
  return jsonb_build_object('scope', p_scope, 'key', v_budget.key, 'unit', v_budget.unit, 'cap', v_budget.cap::text,
    'granted', v_budget.granted::text);
end $$;
`;
