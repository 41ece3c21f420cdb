import { type Kysely, sql } from "kysely";

/**
 * A reminder is named by the day on which its credit ends, not by the second: those of credit that is yet to end get their new names, so
 * that nobody is reminded of it once more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    with old as (
      select m.shop_id, m.id, s.time_zone, regexp_match(m.key, '^(expiring:\\d+:.+:)(\\d+):([0-9a-f-]{36})$') as part
      from message m join shop s on s.org_id = m.org_id and s.id = m.shop_id
      where m.kind = 'credit_expiring' and m.key ~ '^expiring:\\d+:.+:\\d+:[0-9a-f-]{36}$'
    ), named as (
      select distinct on (shop_id, key) shop_id, id, key from (
        select shop_id, id, part[1] || ((to_timestamp(part[2]::bigint) - interval '1 millisecond') at time zone time_zone)::date || ':' || part[3] as key
        from old where to_timestamp(part[2]::bigint) > app_now()) n
      order by shop_id, key, id
    )
    update message m set key = n.key from named n where m.shop_id = n.shop_id and m.id = n.id`.execute(db);
}
