/**
 * What the database refuses, whoever asks: changing history, unbalanced transfers, writes by any role but the ledger's.
 */
export const GUARDS = `
select make_tenant_table(t, false, true) from unnest(array['ledger.account', 'ledger.transfer', 'ledger.posting', 'ledger.lot',
  'ledger.lot_move', 'ledger.request']::regclass[]) t;
select make_tenant_table(t, false) from unnest(array['ledger.hold', 'ledger.recall', 'ledger.merged', 'ledger.budget',
  'ledger.budget_use', 'ledger.terms']::regclass[]) t;

grant select on ledger.unit to guthaben_app, guthaben_ledger, guthaben_readonly;
grant select, insert on ledger.transfer, ledger.posting, ledger.lot_move, ledger.recall, ledger.merged, ledger.terms, ledger.budget_use
  to guthaben_ledger;
grant select, insert on ledger.account, ledger.lot, ledger.request, ledger.hold to guthaben_ledger;
-- Column grants: a lot's origin, owner, unit, amount and dates can never be changed.
grant update (credit, held, debt) on ledger.account to guthaben_ledger;
grant update (remaining, held, redeemed, expired, recalled, moved, settled) on ledger.lot to guthaben_ledger;
grant update (response), delete on ledger.request to guthaben_ledger;
-- A hold follows its customer when two are merged.
grant update (captured, status, closed_at, customer_id, transfer_id) on ledger.hold to guthaben_ledger;
grant select, insert, update (cap, granted) on ledger.budget to guthaben_ledger;
grant select on public.customer, public.shop to guthaben_ledger;
-- Whether an order is the customer's first.
grant select (org_id, shop_id, customer_id, external_id, counts) on public.shop_order to guthaben_ledger;

create trigger transfer_append_only before update or delete or truncate on ledger.transfer for each statement execute function refuse_change();
create trigger posting_append_only before update or delete or truncate on ledger.posting for each statement execute function refuse_change();
create trigger lot_move_append_only before update or delete or truncate on ledger.lot_move for each statement execute function refuse_change();
create trigger merged_append_only before update or delete or truncate on ledger.merged for each statement execute function refuse_change();
create trigger recall_append_only before update or delete or truncate on ledger.recall for each statement execute function refuse_change();
create trigger terms_append_only before update or delete or truncate on ledger.terms for each statement execute function refuse_change();
create trigger budget_use_append_only before update or delete or truncate on ledger.budget_use for each statement execute function refuse_change();
create trigger lot_kept before delete or truncate on ledger.lot for each statement execute function refuse_change();
create trigger account_kept before delete or truncate on ledger.account for each statement execute function refuse_change();

/*
 * I1 twice, both cheap for bulk. Statement-level: the postings of a transfer come in one statement and sum to zero in it, so a transfer
 * cannot be unbalanced even for a moment. Deferred, once per transfer: at commit the transfer has exactly the postings it announces.
 */
create function ledger.check_postings() returns trigger language plpgsql security definer set search_path = ledger, public, pg_temp as $$
begin
  if exists (select from inserted group by shop_id, transfer_id having sum(amount) <> 0) then
    raise exception 'unbalanced transfer' using errcode = '23514', constraint = 'posting_balanced';
  end if;
  return null;
end $$;
create trigger posting_balanced after insert on ledger.posting referencing new table as inserted
  for each statement execute function ledger.check_postings();

create function ledger.check_transfer() returns trigger language plpgsql security definer set search_path = ledger, public, pg_temp as $$
declare v_entries bigint; v_sum numeric; v_foreign bigint;
begin
  select count(*), coalesce(sum(amount), 0), count(*) filter (where org_id <> new.org_id) into v_entries, v_sum, v_foreign
    from posting where shop_id = new.shop_id and transfer_id = new.id;
  if v_entries <> new.entries or v_sum <> 0 or v_foreign > 0 then
    raise exception 'transfer % has % postings of %, sum %', new.id, v_entries, new.entries, v_sum
      using errcode = '23514', constraint = 'transfer_complete';
  end if;
  return null;
end $$;
create constraint trigger transfer_complete after insert on ledger.transfer deferrable initially deferred
  for each row execute function ledger.check_transfer();
`;

/** Hands all ledger functions to the ledger's role and opens exactly the operations to the app. Runs after all functions exist. */
export const OWNERSHIP = `
grant create on schema ledger to guthaben_ledger, guthaben_system;
do $$
declare f record;
begin
  for f in select p.oid::regprocedure as name, p.proname, p.prosecdef from pg_proc p where p.pronamespace = 'ledger'::regnamespace loop
    execute format('revoke execute on function %s from public', f.name);
    execute format('alter function %s owner to %I', f.name,
      case when f.proname like 'system\\_%' then 'guthaben_system' else 'guthaben_ledger' end);
    -- Operations are security definer; helpers are not and stay private. Trigger functions need no grant.
    if f.prosecdef and f.proname not like 'check\\_%' then
      execute format('grant execute on function %s to guthaben_app', f.name);
    end if;
  end loop;
end $$;
revoke create on schema ledger from guthaben_ledger, guthaben_system;
grant execute on function ledger.new_id() to guthaben_app;
grant execute on function ledger.request_retention() to guthaben_system;
`;
