import { type RawBuilder, sql } from "kysely";
import type { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { labelsInput, valuesInput } from "./inputs";
import { POINTS_PREFIX } from "./points";
import type { FoundValue } from "./results";
import type { ValueKind } from "./schema";

type Search = { shopId: string; like: string; key: string };
type Sql = RawBuilder<unknown>;

/** Rows of (value, label, detail, count), most useful first. `like` is a bound pattern for anything that contains the search. */
const SOURCES: Record<ValueKind, (search: Search) => Sql> = {
  product: ({ shopId, like }) => sql`
    select external_id as value, title as label, external_id as detail, null::bigint as count from product
    where shop_id = ${shopId} and (title ilike ${like} or external_id ilike ${like}) order by title, external_id`,
  productTag: ({ shopId, like }) => sql`
    select min(t.tag) as value, min(t.tag) as label, null as detail, count(*) as count from product p, unnest(p.tags) t(tag)
    where p.shop_id = ${shopId} and t.tag ilike ${like} group by lower(t.tag) order by count(*) desc, 1`,
  collection: ({ shopId, like }) => sql`
    select k.name as value, k.name as label, null as detail, count(*) as count from product p, unnest(p.collections) k(name)
    where p.shop_id = ${shopId} and k.name ilike ${like} group by k.name order by count(*) desc, 1`,
  customerTag: ({ shopId, like }) => sql`
    select min(t.tag) as value, min(t.tag) as label, null as detail, count(*) as count from customer c, unnest(c.tags) t(tag)
    where c.shop_id = ${shopId} and c.erased_at is null and t.tag ilike ${like} group by lower(t.tag) order by count(*) desc, 1`,
  country: ({ shopId, like }) => people(sql`c.country`, sql`c.country`, sql`null`, shopId, like),
  region: ({ shopId, like }) => people(sql`concat_ws('-', c.country, c.region)`, sql`c.region`, sql`c.country`, shopId, like),
  city: ({ shopId, like }) =>
    people(
      sql`concat_ws('-', c.country, c.region, replace(c.city, ' ', ''))`,
      sql`c.city`,
      sql`concat_ws(', ', c.region, c.country)`,
      shopId,
      like,
    ),
  emailDomain: ({ shopId, like }) =>
    people(sql`split_part(c.email_key, '@', 2)`, sql`nullif(split_part(c.email_key, '@', 2), '')`, sql`null`, shopId, like),
  language: ({ shopId, like }) => {
    const language = sql`nullif(lower(split_part(replace(c.locale, '_', '-'), '-', 1) collate "C"), '')`;
    return people(language, language, sql`null`, shopId, like);
  },
  campaign: ({ shopId, like }) => sql`
    select id::text as value, name as label, status as detail, null::bigint as count from campaign
    where shop_id = ${shopId} and name <> '' and status <> 'draft' and name ilike ${like} order by created_at desc`,
  segment: ({ shopId, like }) => sql`
    select id::text as value, name as label, nullif(description, '') as detail, null::bigint as count from segment
    where shop_id = ${shopId} and archived_at is null and name ilike ${like} order by updated_at desc`,
  message: ({ shopId, like }) => sql`
    select e.ref_id as value, coalesce(max(e.data ->> 'subject'), e.ref_id) as label, null as detail, count(*) as count from activity_event e
    where e.shop_id = ${shopId} and e.kind in ('email.delivered', 'email.opened', 'email.clicked') and e.ref_id ilike ${like}
      and e.occurred_at > app_now() - interval '400 days'
    group by e.ref_id order by max(e.occurred_at) desc`,
  // Kinds are few and events many: the index is walked from kind to kind instead of read.
  eventName: ({ shopId, like }) => sql`
    with recursive kinds(kind) as (
      (select kind from activity_event where shop_id = ${shopId} order by kind limit 1)
      union all
      select (select e.kind from activity_event e where e.shop_id = ${shopId} and e.kind > kinds.kind order by e.kind limit 1)
      from kinds where kinds.kind is not null)
    select kind as value, kind as label, null as detail, null::bigint as count from kinds where kind ilike ${like} order by kind`,
  customAttribute: ({ shopId, like }) => sql`
    select case when position('.' in key) > 0 then 'metafields.' else 'metafields.custom.' end || key as value, name as label, type as detail,
      null::bigint as count
    from customer_attribute where shop_id = ${shopId} and (name ilike ${like} or key ilike ${like}) order by name`,
  customValue: ({ shopId, like, key }) => sql`
    select v.entry as value, v.entry as label, null as detail, count(*) as count
    from customer c, unnest(coalesce(custom_list(c.custom -> ${key}::text), array[custom_text(c.custom -> ${key}::text)])) v(entry)
    where c.shop_id = ${shopId} and c.erased_at is null and v.entry ilike ${like} group by v.entry order by count(*) desc, 1`,
  unit: ({ shopId, like }) => sql`
    select u.unit as value, u.unit as label, null as detail, null::bigint as count from (
      select currency as unit from shop where id = ${shopId}
      union select a.unit from ledger.account a where a.shop_id = ${shopId} and a.customer_id is null) u
    where u.unit ilike ${like} and not starts_with(u.unit, ${POINTS_PREFIX}) order by 1`,
};

const people = (value: Sql, label: Sql, detail: Sql, shopId: string, like: string): Sql => sql`
  select ${value} as value, ${label} as label, ${detail} as detail, count(*) as count from customer c
  where c.shop_id = ${shopId} and c.erased_at is null and ${label} ilike ${like} group by 1, 2, 3 order by count(*) desc, 1`;

const TIMEOUT_MS = 5_000;

/** Values of this shop for a field of a query: products, tags, places, campaigns … whose name contains the search. */
export async function searchValues(
  ctx: ShopContext,
  rawInput: z.input<typeof valuesInput>,
): Promise<{ items: FoundValue[]; complete: boolean }> {
  const { kind, search, limit, key } = parseInput(valuesInput, rawInput);
  // What a person types is searched as it stands: % and _ are characters like any other.
  const like = `%${search.replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
  const rows = await withTenant(ctx, async ({ trx }) => {
    await sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(trx);
    const found = SOURCES[kind]({ shopId: ctx.shopId, like, key });
    return sql<{ value: string; label: string; detail: string | null; count: bigint | null }>`
      select * from (${found} limit ${limit + 1}) t`.execute(trx);
  });
  const items = rows.rows.slice(0, limit).map((row) => ({ ...row, count: row.count === null ? null : Number(row.count) }));
  return { items, complete: rows.rows.length <= limit };
}

/** Names of the products, campaigns and segments that a query already holds, by `kind:value`. Unknown ones are left out. */
export async function valueLabels(ctx: ShopContext, rawInput: z.input<typeof labelsInput>): Promise<Record<string, string>> {
  const { items } = parseInput(labelsInput, rawInput);
  const of = (kind: ValueKind) => items.filter((item) => item.kind === kind).map((item) => item.value);
  const result = await withTenant(ctx, ({ trx }) =>
    sql<{ key: string; label: string }>`
      select 'product:' || external_id as key, title as label from product
        where shop_id = ${ctx.shopId} and external_id = any(${of("product")}::text[])
      union all select 'campaign:' || id, name from campaign where shop_id = ${ctx.shopId} and id::text = any(${of("campaign")}::text[])
      union all select 'segment:' || id, name from segment where shop_id = ${ctx.shopId} and id::text = any(${of("segment")}::text[])`.execute(
      trx,
    ),
  );
  return Object.fromEntries(result.rows.map(({ key, label }) => [key, label]));
}
