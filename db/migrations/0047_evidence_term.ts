import { type Kysely, sql } from "kysely";

/**
 * What proves a consent is kept as long as somebody could ask for the proof, and no longer: three years from the end of the year in which the
 * consent ended or the person was erased (§§ 195, 199 BGB; Art. 5(1)(e) GDPR). § 7a UWG asks five years for telephone calls, which nobody
 * makes from here. That it was given and ended stays, and so does the withdrawal by hash.
 */
const TERM = `
create function consent_evidence_before(p_shop uuid) returns timestamptz language sql stable as $$
  select (date_trunc('year', app_now() at time zone time_zone) - interval '3 years') at time zone time_zone from shop where id = p_shop
$$;
-- What a file states carries no evidence: a row per customer of it costs no entry here.
create index consent_event_evidence on consent_event (shop_id, at, id)
  where text_version is not null or source_url is not null or ip is not null or user_agent is not null or proof - 'as' <> '{}'::jsonb;
`;

/** Events stay append-only for everybody, their owner included. Their evidence can be emptied, and nothing else, by the one function that knows the term. */
const ONLY_EMPTIED = `
revoke update, delete on consent_event from guthaben_app;
drop trigger consent_event_append_only on consent_event;
create trigger consent_event_append_only before delete or truncate
  or update of org_id, shop_id, id, customer_id, channel, purpose, state, basis, at on consent_event
  for each statement execute function refuse_change();
create trigger consent_event_evidence_append_only before update of text_version, source_url, ip, user_agent, proof on consent_event for each row
  when (new.text_version is not null or new.source_url is not null or new.ip is not null or new.user_agent is not null
    or new.proof - 'as' <> '{}'::jsonb or new.proof -> 'as' is distinct from old.proof -> 'as')
  execute function refuse_change();
`;

/**
 * One page of the shop's events with evidence, oldest first: those after (p_at, p_id), at most p_limit. Empties what is due and returns all it
 * looked at, so that the next page can go on. Consent ends by being withdrawn, or stated as none; that somebody takes an objection back is ended by
 * their next one.
 */
const CLEAR = `
create function consent_clear_evidence(p_at timestamptz, p_id uuid, p_limit int)
  returns table (id uuid, customer_id uuid, at timestamptz, cleared boolean)
  language plpgsql security definer set search_path = public, pg_temp
  -- By the index of evidence in its order, and everything else by keys: what is expected of a page would read the whole table for each.
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off as $$
#variable_conflict use_column
declare v_before timestamptz := consent_evidence_before(app_shop());
begin
  if app_shop() is null then raise exception 'no tenant' using errcode = '42501'; end if;
  return query
  with page as materialized (
    select e.id, e.customer_id, e.channel, e.purpose, e.at from consent_event e
    where e.shop_id = app_shop() and e.at < v_before and (e.at, e.id) > (p_at, p_id)
      and (e.text_version is not null or e.source_url is not null or e.ip is not null or e.user_agent is not null or e.proof - 'as' <> '{}'::jsonb)
    order by e.at, e.id limit p_limit
  ), looked as materialized (
    select p.*, coalesce((select c.erased_at from customer c where c.shop_id = app_shop() and c.id = p.customer_id) < v_before, false)
      or exists (select from consent_event x
        where x.shop_id = app_shop() and x.customer_id = p.customer_id and x.channel = p.channel and x.purpose = p.purpose
          and (x.at, x.id) >= (p.at, p.id) and x.at < v_before
          and case when p.purpose = 'objection' then x.state = 'granted' else x.state in ('withdrawn', 'none') end) as due
    from page p
  ), emptied as (
    update consent_event e set text_version = null, source_url = null, ip = null, user_agent = null,
      proof = case when e.proof ? 'as' then jsonb_build_object('as', e.proof -> 'as') else '{}' end
    from looked l where l.due and e.shop_id = app_shop() and e.id = l.id
  )
  select l.id, l.customer_id, l.at, l.due from looked l order by l.at, l.id;
end $$;
grant select (org_id, shop_id, id, erased_at) on customer to guthaben_system;
grant select on consent_event to guthaben_system;
grant update (text_version, source_url, ip, user_agent, proof) on consent_event to guthaben_system;
grant create on schema public to guthaben_system;
alter function consent_clear_evidence(timestamptz, uuid, int) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function consent_clear_evidence(timestamptz, uuid, int) from public;
grant execute on function consent_clear_evidence(timestamptz, uuid, int) to guthaben_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [TERM, ONLY_EMPTIED, CLEAR]) await sql.raw(part).execute(db);
}
