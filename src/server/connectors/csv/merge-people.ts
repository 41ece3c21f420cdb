/**
 * A customer file states what is true now: its values replace what is known, empty cells change nothing, a later line wins over an
 * earlier one. Consent is the exception (domain.md B19): a file never makes anyone a subscriber without the date of the consent, nor
 * undoes a withdrawal that is newer than that date.
 */
const PICK = (column: string) => `(array_agg(${column} order by no desc) filter (where ${column} is not null))[1] as ${column}`;

const PROVEN = `case when email_consent = 'SUBSCRIBED' and email_consent_at is null then 'NOT_SUBSCRIBED' else email_consent end`;

export const MERGE_PEOPLE = {
  gather: `
    create temp table merge_customer on commit drop as
    select ref, bool_and(by_email) as by_email, null::timestamptz as first_at, ${[
      ...["email", "email_key", "first_name", "last_name", "phone", "country", "region", "city", "locale", "birth_date", "tags"],
      ...["email_consent", "email_consent_at", "sms_consent", "added_at"],
    ]
      .map(PICK)
      .join(", ")}
    from stage_customer group by ref order by min(no)`,
  /** Who was known before: the report tells new people and changed ones apart. */
  known: `
    create temp table merge_known on commit drop as
    select c.id from merge_customer m join customer c on c.shop_id = (select app_shop())
      and (c.external_id = m.ref or (m.by_email and c.email_key = m.email_key))`,
  /** New people start without consent; the update below gives what the file can prove. */
  update: `
    with written as (update customer c set
      email = coalesce(m.email, c.email), email_key = case when m.email is null then c.email_key else m.email_key end,
      first_name = coalesce(m.first_name, c.first_name), last_name = coalesce(m.last_name, c.last_name), phone = coalesce(m.phone, c.phone),
      country = coalesce(m.country, c.country), region = coalesce(m.region, c.region), city = coalesce(m.city, c.city),
      locale = coalesce(m.locale, c.locale), birth_date = coalesce(m.birth_date::date, c.birth_date),
      tags = coalesce(string_to_array(m.tags, chr(31)), c.tags), added_at = coalesce(m.added_at, c.added_at),
      email_consent = m.consent, email_consent_at = m.consent_at, email_consent_basis = m.basis, sms_consent = m.sms, updated_at = (select app_now())
    from (
      select s.*, p.id,
        case when s.wins then s.state else c.email_consent end as consent,
        case when s.wins then s.email_consent_at else c.email_consent_at end as consent_at,
        case when s.unproven and c.email_consent_basis is null then 'unproven' when s.wins then 'import' else c.email_consent_basis end as basis,
        case when s.sms_consent = 'UNSUBSCRIBED' then s.sms_consent else c.sms_consent end as sms
      from (
        select m.*, p.id as person, m.state0 as state,
          (m.email_consent = 'SUBSCRIBED' and m.email_consent_at is null) as unproven,
          coalesce(case m.state0
            when 'SUBSCRIBED' then c.email_consent not in ('UNSUBSCRIBED', 'REDACTED') and c.email_consent <> 'SUBSCRIBED'
              or c.email_consent = 'UNSUBSCRIBED' and m.email_consent_at > c.email_consent_at
            when 'UNSUBSCRIBED' then c.email_consent not in ('UNSUBSCRIBED', 'REDACTED')
              and coalesce(m.email_consent_at >= c.email_consent_at, true)
            when 'INVALID' then c.email_consent not in ('INVALID', 'REDACTED', 'UNSUBSCRIBED')
            when 'PENDING' then c.email_consent = 'NOT_SUBSCRIBED'
            else false end, false) as wins
        from (select mc.*, ${PROVEN} as state0 from merge_customer mc) m
        join merge_person p on p.ref = m.ref
        join customer c on c.shop_id = (select app_shop()) and c.id = p.id) s
      join merge_person p on p.ref = s.ref
      join customer c on c.shop_id = (select app_shop()) and c.id = p.id) m
    where c.shop_id = (select app_shop()) and c.id = m.id and c.erased_at is null and (
      c.email, c.email_key, c.first_name, c.last_name, c.phone, c.country, c.region, c.city, c.locale, c.birth_date, c.tags, c.added_at,
      c.email_consent, c.email_consent_at, c.email_consent_basis, c.sms_consent) is distinct from (
      coalesce(m.email, c.email), case when m.email is null then c.email_key else m.email_key end, coalesce(m.first_name, c.first_name),
      coalesce(m.last_name, c.last_name), coalesce(m.phone, c.phone), coalesce(m.country, c.country), coalesce(m.region, c.region),
      coalesce(m.city, c.city), coalesce(m.locale, c.locale), coalesce(m.birth_date::date, c.birth_date),
      coalesce(string_to_array(m.tags, chr(31)), c.tags), coalesce(m.added_at, c.added_at), m.consent, m.consent_at, m.basis, m.sms)
    returning c.id)
    select count(*) from written where id in (select id from merge_known)`,
} as const;
