import { type Kysely, sql } from "kysely";

/**
 * What never changes about a drop once its members and their history are frozen is kept with it: a campaign's report counted all members
 * anew each time. And the way to credit given by hand: the report looked for it at every held-out person.
 */
const REPORT = `
-- Sums per arm and amount; null until the history is frozen, or frozen by an older version.
alter table drop_measure add column assigned jsonb;
-- None of these columns ever changes, so spending stays a HOT update; a drop's lots are not in it.
create index lot_by_hand on ledger.lot (shop_id, created_at) include (customer_id) where source_type in ('manual', 'api');
`;

/**
 * A customer's orders lie in as many pages of a large shop as there are orders; fetching those from disk was what an order paid for its
 * customer's figures. With all that the figures need, a page of the index is enough. `refunded` and `status`, which change, are not in it.
 */
const ORDERS = `
create index shop_order_person on shop_order (shop_id, customer_id, placed_at) include (org_id, id, total, credit_used, currency, counts, is_test);
drop index shop_order_customer;
alter index shop_order_person rename to shop_order_customer;
`;

/**
 * Work that writes every row (a first import, the first customer groups) leaves customer_metrics twice as long as its rows are, for good,
 * and every segment reads all of it: 136 instead of 227 ms at a million customers (measured). The table is written anew, in the order of
 * its key, when more than a third of it is empty. Nobody reads or writes it for that time (seconds at a million), so that it waits two
 * seconds for the lock at most, and leaves tables alone for which it would take too long. Owned by the login role, which owns the table.
 */
const COMPACT = `
create function compact_customer_metrics() returns boolean language plpgsql volatile security definer
  set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  -- 250 bytes a row and the free space of its fill factor.
  c_row constant integer := 310;
  c_small constant bigint := 16 * 1024 * 1024;
  c_many constant bigint := 3000000;
  v_rows float8;
  v_bytes bigint;
begin
  select reltuples, pg_relation_size(oid) into v_rows, v_bytes from pg_class where oid = 'customer_metrics'::regclass;
  if v_rows <= 0 or v_rows > c_many or v_bytes < c_small or v_bytes < v_rows * c_row * 1.5 then return false; end if;
  begin
    lock table customer_metrics in access exclusive mode;
  exception when lock_not_available then
    return false;
  end;
  cluster customer_metrics using customer_metrics_pkey;
  return true;
end $$;
revoke execute on function compact_customer_metrics() from public;
grant execute on function compact_customer_metrics() to guthaben_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [REPORT, ORDERS, COMPACT]) await sql.raw(part).execute(db);
}
