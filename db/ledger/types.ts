/** Rows that the functions hand to each other. */
export const TYPES = `
create type ledger.netting as (customer_id uuid, lot_id uuid, amount bigint);
create type ledger.lot_part as (lot_id uuid, amount bigint);
create type ledger.grant_line as (
  customer_id uuid, amount bigint, available timestamptz, expires timestamptz, named uuid, skip text);
create type ledger.merge_sums as (next_part int, moved bigint, held bigint, recalled bigint, debt bigint);
create type ledger.refund_step as (
  lot_id uuid, new_lot_id uuid, origin ledger.origin_class, source_type text, amount bigint, way text, until timestamptz);
`;
