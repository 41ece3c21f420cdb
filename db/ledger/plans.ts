/**
 * How the ledger's functions are planned. A connection keeps the plan it made first; made while a table was small it reads all of it for
 * ever (measured: after 9,000 redemptions on one connection, recording the answer alone took half of each). And after a drop of thousands of
 * postings in one transfer, the deferred check of a transfer with two was planned anew each time. Every one of these statements
 * has an index; those of sweeps and drops read whole chunks by key, too.
 */
export const PLANS = `
do $$
declare f record;
begin
  for f in select p.oid::regprocedure as name, p.proname in ('redeem', 'hold', 'capture', 'release', 'deduct', 'check_transfer') as single
    from pg_proc p where p.pronamespace = 'ledger'::regnamespace and p.proname in ('redeem', 'hold', 'capture', 'release', 'refund', 'deduct',
      'check_transfer', 'grant_many', 'release_overdue', 'claim', 'answer')
  loop
    execute format('alter function %s set enable_seqscan = off', f.name);
    if f.single then execute format('alter function %s set plan_cache_mode = force_generic_plan', f.name); end if;
  end loop;
end $$;
`;
