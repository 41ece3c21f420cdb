import { type Kysely, sql } from "kysely";

/**
 * The embedded job engine's state (schema `engine`) and the outbox through which verbs ask for background work.
 * Lock order everywhere: run before job. Leases are real time (clock_timestamp), everything else is app_now():
 * moving the test clock by a year must not make a living worker look dead.
 */
const TABLES = `
create schema engine;

-- What the code registered at its last start; the runs page reads names from here.
create table engine.function (
  id text primary key,
  name text not null,
  config jsonb not null,
  synced_at timestamptz not null default app_now()
);

create table engine.run (
  id uuid primary key default uuid_v7(),
  fn_id text not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  event_name text not null,
  events jsonb not null,
  -- Copied out of the event, so that people see the runs of their own organisation and no others.
  org_id uuid,
  shop_id uuid,
  ckeys text[] not null default '{}',
  climits integer[] not null default '{}',
  -- cancelOn as [{event, filter, expr, timeoutMs}]: kept, because a run that is tried again has to listen again.
  cancels jsonb not null default '[]',
  output jsonb,
  error jsonb,
  parent_run_id uuid,
  parent_step_id text,
  queued_at timestamptz not null default app_now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index run_recent on engine.run (org_id, queued_at desc, id desc);
create index run_ended on engine.run (ended_at) where ended_at is not null;
create index run_open on engine.run (queued_at) where ended_at is null;

create table engine.step (
  run_id uuid not null references engine.run (id) on delete cascade,
  id text not null,
  name text not null,
  op text not null,
  status text not null check (status in ('planned', 'waiting', 'completed', 'failed')),
  data jsonb,
  error jsonb,
  bytes integer not null default 0,
  race boolean not null default false,
  attempt integer not null default 0,
  -- Order of completion: the SDK replays in this order.
  seq integer,
  due_at timestamptz,
  created_at timestamptz not null default app_now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (run_id, id)
);

-- Failed attempts only: what succeeded is told by the step itself.
create table engine.attempt (
  id uuid primary key default uuid_v7(),
  run_id uuid not null references engine.run (id) on delete cascade,
  step_id text,
  attempt integer not null,
  kind text not null check (kind in ('error', 'crash')),
  error jsonb not null,
  at timestamptz not null default app_now(),
  next_at timestamptz
);
create index attempt_run on engine.attempt (run_id, at);

-- One row per piece of work: 'run' re-enters the function, 'step' runs one planned step, 'resume' delivers a result from outside.
create table engine.job (
  id uuid primary key default uuid_v7(),
  run_id uuid not null references engine.run (id) on delete cascade,
  fn_id text not null,
  kind text not null check (kind in ('run', 'step', 'resume')),
  step_id text,
  payload jsonb,
  run_at timestamptz not null,
  attempt integer not null default 0,
  crashes integer not null default 0,
  ckeys text[] not null default '{}',
  climits integer[] not null default '{}',
  worker integer,
  token uuid,
  leased_until timestamptz
);
create index job_due on engine.job (run_at, id) where token is null;
create index job_leased on engine.job (worker) where token is not null;
create index job_run on engine.job (run_id);

-- Runs that listen for an event: step_id null means cancelOn.
create table engine.wait (
  id uuid primary key default uuid_v7(),
  run_id uuid not null references engine.run (id) on delete cascade,
  step_id text,
  event_name text not null,
  -- Contained in every matching event; a cheap test before the full expression is evaluated.
  filter jsonb not null default '{}',
  expr jsonb,
  expires_at timestamptz
);
create index wait_event on engine.wait (event_name);
create index wait_run on engine.wait (run_id);

-- Event ids and idempotency keys a function has already run for.
create table engine.seen (
  fn_id text not null,
  key text not null,
  seen_at timestamptz not null default app_now(),
  primary key (fn_id, key)
);
create index seen_age on engine.seen (seen_at);

create table engine.batch (
  id uuid primary key default uuid_v7(),
  fn_id text not null,
  key text not null,
  events jsonb not null,
  size integer not null,
  due_at timestamptz not null,
  unique (fn_id, key)
);
create index batch_due on engine.batch (due_at);

create table engine.cron (
  fn_id text not null,
  cron text not null,
  last_tick timestamptz not null,
  primary key (fn_id, cron)
);
create table engine.cron_tick (
  fn_id text not null,
  cron text not null,
  tick timestamptz not null,
  primary key (fn_id, cron, tick)
);
create sequence engine.worker_no as integer cycle;
`;

const FUNCTIONS = `
/*
 * Hands out due jobs. Serial by an advisory lock, because limits per key cannot be checked by claimers that do not see each other.
 * Rows are not locked while looking: only claimers set a token, and a row that was deleted meanwhile is skipped by the update.
 */
create function engine.claim(p_worker integer, p_fns text[], p_max integer, p_lease_ms integer)
returns table (id uuid, run_id uuid, fn_id text, kind text, step_id text, payload jsonb, attempt integer, crashes integer, token uuid)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz := app_now();
  v_active jsonb;
  v_full text[];
  c record;
  k text;
  i integer;
  n integer := 0;
begin
  perform pg_advisory_xact_lock(724311, 0);
  select coalesce(jsonb_object_agg(s.k, s.n), '{}'), coalesce(array_agg(s.k) filter (where s.n >= s.l), '{}') into v_active, v_full
  from (select u.k, count(*) as n, max(u.l) as l from engine.job j, unnest(j.ckeys, j.climits) u(k, l)
        where j.token is not null group by u.k) s;
  <<candidates>>
  for c in select j.id, j.ckeys, j.climits from engine.job j
           where j.token is null and j.run_at <= v_now and j.fn_id = any (p_fns) and not (j.ckeys && v_full)
           order by j.run_at, j.id limit 2000 loop
    exit when n >= p_max;
    for i in 1 .. cardinality(c.ckeys) loop
      continue candidates when coalesce((v_active ->> c.ckeys[i])::integer, 0) >= c.climits[i];
    end loop;
    return query update engine.job j set worker = p_worker, token = gen_random_uuid(),
        leased_until = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
      where j.id = c.id and j.token is null
      returning j.id, j.run_id, j.fn_id, j.kind, j.step_id, j.payload, j.attempt, j.crashes, j.token;
    continue candidates when not found;
    n := n + 1;
    foreach k in array c.ckeys loop
      v_active := jsonb_set(v_active, array[k], to_jsonb(coalesce((v_active ->> k)::integer, 0) + 1));
    end loop;
  end loop;
end $$;

-- Ends a run once: work and listeners go, and a parent that invoked it gets the result as a job of its own (no second run lock).
create function engine.finish_run(p_run uuid, p_status text, p_output jsonb, p_error jsonb) returns boolean
language plpgsql as $$
declare r engine.run;
begin
  update engine.run set status = p_status, output = p_output, error = p_error, ended_at = app_now(),
    started_at = coalesce(started_at, case when p_status <> 'cancelled' then app_now() end)
  where id = p_run and ended_at is null returning * into r;
  if not found then return false; end if;
  delete from engine.job where run_id = p_run;
  delete from engine.wait where run_id = p_run;
  if r.parent_run_id is not null then
    insert into engine.job (run_id, fn_id, kind, step_id, payload, run_at)
    select p.id, p.fn_id, 'resume', r.parent_step_id,
      case when p_status = 'completed' then jsonb_build_object('data', coalesce(p_output, 'null'))
           else jsonb_build_object('error', coalesce(p_error, jsonb_build_object('name', 'Error', 'message', 'The invoked run was cancelled'))) end,
      app_now()
    from engine.run p where p.id = r.parent_run_id and p.ended_at is null;
    perform pg_notify('guthaben_engine', '');
  end if;
  return true;
end $$;

create function engine.listen_for_cancel(p_run uuid) returns void language sql as $$
  insert into engine.wait (run_id, event_name, filter, expr, expires_at)
  select r.id, c ->> 'event', coalesce(c -> 'filter', '{}'), nullif(c -> 'expr', 'null'),
    app_now() + make_interval(secs => (c ->> 'timeoutMs')::double precision / 1000)
  from engine.run r, jsonb_array_elements(r.cancels) c where r.id = p_run
$$;

-- Tries an ended run again from where it stopped: steps that completed keep their result and do not run a second time.
create function engine.restart_run(p_run uuid) returns boolean language plpgsql as $$
declare r engine.run;
begin
  select * into r from engine.run where id = p_run for no key update;
  if not found or r.status not in ('failed', 'cancelled') then return false; end if;
  delete from engine.step where run_id = p_run and status <> 'completed';
  update engine.run set status = 'queued', output = null, error = null, ended_at = null where id = p_run;
  perform engine.listen_for_cancel(p_run);
  insert into engine.job (run_id, fn_id, kind, run_at, ckeys, climits) values (p_run, r.fn_id, 'run', app_now(), r.ckeys, r.climits);
  perform pg_notify('guthaben_engine', '');
  return true;
end $$;
`;

/**
 * What the app may see and do: views and functions bound to the tenant of the transaction. Runs without an organisation (crons over all
 * shops) are visible without their data, because a sweep's output may speak of other tenants.
 */
const APP = `
create view engine.tenant_run with (security_barrier) as
  select id, fn_id, status, event_name, org_id, shop_id, queued_at, started_at, ended_at, org_id is null as system,
    case when org_id is not null then events end as events,
    case when org_id is not null then output end as output,
    case when org_id is not null then error end as error,
    parent_run_id
  from engine.run
  where (org_id is null and shop_id is null)
     or (org_id = (select app_org()) and ((select app_shop()) is null or shop_id is null or shop_id = (select app_shop())));
create view engine.tenant_step with (security_barrier) as
  select s.run_id, s.id, s.name, s.op, s.status, s.attempt, s.seq, s.due_at, s.created_at, s.started_at, s.ended_at,
    case when not r.system then s.data end as data, case when not r.system then s.error end as error,
    exists (select 1 from engine.job j where j.run_id = s.run_id and j.step_id = s.id and j.kind = 'step' and j.token is not null) as active
  from engine.step s join engine.tenant_run r on r.id = s.run_id;
create view engine.tenant_attempt with (security_barrier) as
  select a.id, a.run_id, a.step_id, a.attempt, a.kind, a.at, a.next_at, case when not r.system then a.error end as error
  from engine.attempt a join engine.tenant_run r on r.id = a.run_id;

create function engine.retry_run(p_run uuid) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from engine.tenant_run r where r.id = p_run and not r.system;
  if not found then return false; end if;
  return engine.restart_run(p_run);
end $$;
create function engine.cancel_run(p_run uuid) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from engine.tenant_run r where r.id = p_run and not r.system;
  if not found then return false; end if;
  perform 1 from engine.run r where r.id = p_run for no key update;
  return engine.finish_run(p_run, 'cancelled', null, null);
end $$;

revoke execute on all functions in schema engine from public;
grant usage on schema engine to guthaben_worker, guthaben_app;
grant select, insert, update, delete on all tables in schema engine to guthaben_worker;
revoke all on engine.tenant_run, engine.tenant_step, engine.tenant_attempt from guthaben_worker;
grant usage on sequence engine.worker_no to guthaben_worker;
grant execute on function engine.claim(integer, text[], integer, integer), engine.finish_run(uuid, text, jsonb, jsonb),
  engine.listen_for_cancel(uuid), engine.restart_run(uuid) to guthaben_worker;
grant select on engine.tenant_run, engine.tenant_step, engine.tenant_attempt, engine.function to guthaben_app;
grant execute on function engine.retry_run(uuid), engine.cancel_run(uuid) to guthaben_app;
`;

const OUTBOX = `
create table job_outbox (
  id uuid primary key default uuid_v7(),
  org_id uuid not null references organisation (id),
  name text not null,
  data jsonb not null,
  run_at timestamptz not null default app_now(),
  created_at timestamptz not null default app_now(),
  sent_at timestamptz,
  attempts integer not null default 0,
  last_error text
);
create index job_outbox_due on job_outbox (run_at) where sent_at is null;
create index job_outbox_sent on job_outbox (sent_at) where sent_at is not null;
select make_tenant_table('job_outbox');
revoke update, delete on job_outbox from guthaben_app;
create policy worker on job_outbox to guthaben_worker using (true) with check (true);
grant select, update, delete on job_outbox to guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [TABLES, FUNCTIONS, APP, OUTBOX]) await sql.raw(part).execute(db);
}
