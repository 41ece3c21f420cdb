/**
 * Temporary tables of one import: private to its connection, without write-ahead log, gone with the transaction. Row-level security
 * does not allow COPY into tenant tables, and does not need to: everything is merged from here by statements that obey it.
 */
export const CREATE_STAGE = `
-- Temporary tables have no statistics worth the name. Hash joins are never quadratic; looking up single keys is written as lateral joins.
set local enable_nestloop = off;
set local enable_mergejoin = off;
set local enable_seqscan = off;
create temp table stage_piece (no int4, kind int2, ref text collate "C", at timestamptz, day int4, customer int4, lines int4, counted int4, zero int4,
  value int8, returned int8, hash_a int4, hash_b int4, total int8, tax int8, shipping int8, refunded int8, status text, currency text,
  product_ids uuid[], quantities int4[], unit_prices int8[], totals int8[], line_counts bool[]) with (toast_tuple_target = 8160) on commit drop;
alter table stage_piece alter product_ids set storage external, alter unit_prices set storage external, alter totals set storage external,
  alter quantities set storage external, alter line_counts set storage external;
create temp table stage_customer (no int4, ref text collate "C", by_email bool, email text, email_key text collate "C", first_name text,
  last_name text, phone text, country text, region text, city text, locale text, at timestamptz, birth_date text, tags text,
  email_consent text, email_consent_at timestamptz, sms_consent text, added_at timestamptz) on commit drop;
-- People this import adds, and those of them whose purchases another connection writes (load-buyers.ts).
create temp table merge_new (id uuid) on commit drop;
create temp table merge_fresh (no int4, id uuid) on commit drop;
-- Purchases that changed orders no longer contain.
create temp table merge_former (customer_id uuid, product_id uuid) on commit drop;
`;

/**
 * Customers of the file: one row per person. Attributes come from the latest record that states them, so that the order of the rows
 * does not matter. Known people keep what they have; only gaps are filled from an order file.
 */
export const MERGE_CUSTOMERS = {
  gather: `
    create temp table merge_customer on commit drop as
    select ref, bool_and(by_email) as by_email, min(at) as first_at,
      (array_agg(email order by at desc nulls last, email) filter (where email is not null))[1] as email,
      (array_agg(email_key order by at desc nulls last, email) filter (where email is not null))[1] as email_key,
      (array_agg(first_name order by at desc nulls last, first_name) filter (where first_name is not null))[1] as first_name,
      (array_agg(last_name order by at desc nulls last, last_name) filter (where last_name is not null))[1] as last_name,
      (array_agg(phone order by at desc nulls last, phone) filter (where phone is not null))[1] as phone,
      (array_agg(country order by at desc nulls last, country) filter (where country is not null))[1] as country,
      (array_agg(region order by at desc nulls last, region) filter (where region is not null))[1] as region,
      (array_agg(city order by at desc nulls last, city) filter (where city is not null))[1] as city,
      (array_agg(locale order by at desc nulls last, locale) filter (where locale is not null))[1] as locale
    from stage_customer group by ref order by min(no)`,
  /** A row when there may be people whom nobody knows: the first of them is enough. */
  unknown: `
    select from merge_customer m
    left join lateral (select true as found from customer c where c.shop_id = (select app_shop()) and c.external_id = m.ref limit 1) r on true
    left join lateral (select true as found from customer c where m.by_email and c.shop_id = (select app_shop()) and c.email_key = m.email_key
      limit 1) e on true
    where r.found is null and e.found is null limit 1`,
  insertByRef: `
    with made as (
    insert into customer (org_id, shop_id, external_id, email, email_key, first_name, last_name, phone, country, region, city, locale, added_at, updated_at)
    select (select app_org()), (select app_shop()), ref, email, email_key, first_name, last_name, phone, country, region, city, locale,
      least(first_at, (select app_now())), (select app_now())
    from merge_customer m
    where not by_email and not exists (select from customer c where c.shop_id = (select app_shop()) and c.external_id = m.ref) returning id)
    insert into merge_new select id from made`,
  insertByEmail: `
    with made as (
    insert into customer (org_id, shop_id, external_id, email, email_key, first_name, last_name, phone, country, region, city, locale, added_at, updated_at)
    select (select app_org()), (select app_shop()), ref, email, email_key, first_name, last_name, phone, country, region, city, locale,
      least(first_at, (select app_now())), (select app_now())
    from merge_customer m
    where by_email and not exists (select from customer c where c.shop_id = (select app_shop()) and c.email_key = m.email_key)
      and not exists (select from customer c where c.shop_id = (select app_shop()) and c.external_id = m.ref) returning id)
    insert into merge_new select id from made`,
  resolve: `
    create temp table merge_person on commit drop as
    select m.ref, coalesce(
      (select c.id from customer c where c.shop_id = (select app_shop()) and c.external_id = m.ref),
      (select c.id from customer c where m.by_email and c.shop_id = (select app_shop()) and c.email_key = m.email_key order by c.id limit 1)) as id
    from merge_customer m`,
  fill: `
    update customer c set
      email = coalesce(c.email, m.email), email_key = case when c.email is null then m.email_key else c.email_key end,
      first_name = coalesce(c.first_name, m.first_name), last_name = coalesce(c.last_name, m.last_name), phone = coalesce(c.phone, m.phone),
      country = coalesce(c.country, m.country), region = coalesce(c.region, m.region), city = coalesce(c.city, m.city),
      locale = coalesce(c.locale, m.locale), updated_at = (select app_now())
    from merge_customer m join merge_person p on p.ref = m.ref
    where c.shop_id = (select app_shop()) and c.id = p.id and c.erased_at is null and (
      (c.email is null and m.email is not null) or (c.first_name is null and m.first_name is not null)
      or (c.last_name is null and m.last_name is not null) or (c.phone is null and m.phone is not null)
      or (c.country is null and m.country is not null) or (c.region is null and m.region is not null)
      or (c.city is null and m.city is not null) or (c.locale is null and m.locale is not null))`,
  number: `
    create temp table merge_customer_no on commit drop as
    select s.no, p.id from stage_customer s join merge_person p on p.ref = s.ref`,
} as const;

/**
 * Products of a batch ($1 ids in the file, $2 titles or null). New ones are added; a title only replaces the placeholder that a file without
 * titles left.
 */
export const MERGE_PRODUCTS = {
  insert: `
    insert into product (org_id, shop_id, external_id, title, updated_at)
    select (select app_org()), (select app_shop()), ref, coalesce(title, ref), (select app_now()) from unnest($1::text[], $2::text[]) as t (ref, title)
    on conflict (shop_id, external_id) do nothing
    returning external_id as ref, uuid_send(id) as id`,
  fill: `
    update product p set title = t.title, updated_at = (select app_now()) from unnest($1::text[], $2::text[]) as t (ref, title)
    where p.shop_id = (select app_shop()) and p.external_id = t.ref and p.title = p.external_id and t.title <> t.ref`,
  ids: `
    select external_id as ref, uuid_send(id) as id from product
    where shop_id = (select app_shop()) and external_id = any($1::text[])`,
} as const;
