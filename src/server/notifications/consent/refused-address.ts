import { sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import { knownAt } from "@/server/customers/stated-consent";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { e164 } from "../channels/sms";
import { addressHash } from "../links";
import type { Channel } from "../schema";
import { readSettings, type Settings } from "../settings";

/** What the reader of an address said, under whatever customer. */
export type Refusal = { objectedAt: Date | null; leftAt: Date | null };

type Kind = "objection" | "email" | "sms";

const PAGE = 1_000;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Remembers the addresses of customers who objected (all of them), or left by e-mail or SMS (the one it was about). It holds for every
 * customer that gets such an address later, and after these are erased.
 */
export async function refuseAddresses(handle: TenantTrx, ctx: ShopContext, customerIds: readonly string[], kind: Kind): Promise<void> {
  const { now } = handle;
  const said = kind === "objection" ? { objectedAt: now, leftAt: null } : { objectedAt: null, leftAt: now };
  const found = await hashesOf(handle, ctx, customerIds, kind);
  await remember(
    handle,
    ctx,
    found.map((hashed) => ({ ...hashed, ...said })),
  );
}

/**
 * Remembers what customers have said and not taken back, as of when they said it: before they are erased, and every night for what a shop
 * states by file or interface. What is remembered is never moved back. `smsOfShop`: also what only the shop states about SMS. Its word has no
 * date there, so that it could not take this back any more.
 */
export async function refuseStanding(
  handle: TenantTrx,
  ctx: ShopContext,
  customerIds: readonly string[],
  { smsOfShop }: { smsOfShop: boolean },
): Promise<void> {
  const { rows: people } = await sql<{
    key: string | null;
    phone: string | null;
    country: string;
    objected_at: Date | null;
    email_left_at: Date | null;
    sms_left_at: Date | null;
  }>`
    select c.email_key as key, c.phone, coalesce(c.country, p.country) as country,
      (select s.at from consent_state s where s.shop_id = c.shop_id and s.customer_id = c.id and s.channel = 'all' and s.purpose = 'objection'
        and s.state = 'granted') as objected_at,
      case when c.email_consent = 'UNSUBSCRIBED' then ${knownAt} end as email_left_at,
      (select s.at from consent_state s where s.shop_id = c.shop_id and s.customer_id = c.id and s.channel = 'sms' and s.purpose = 'marketing'
        and c.sms_consent = 'UNSUBSCRIBED' and (s.basis <> 'shop' or ${smsOfShop})) as sms_left_at
    from customer c join shop p on p.org_id = c.org_id and p.id = c.shop_id
    where c.shop_id = ${ctx.shopId} and c.id = any(${[...customerIds]}::uuid[])`.execute(handle.trx);
  const { pepper } = await readSettings(handle, ctx);
  const found = people.flatMap(({ key, phone, country, objected_at: objectedAt, email_left_at, sms_left_at }) => {
    const number = phone === null ? null : e164(phone, country);
    const email = key === null ? [] : [{ channel: "email" as const, key, objectedAt, leftAt: email_left_at }];
    const sms = number === null ? [] : [{ channel: "sms" as const, key: number, objectedAt, leftAt: sms_left_at }];
    return [...email, ...sms].map((said) => ({ ...said, hash: addressHash(pepper, said.channel, said.key) }));
  });
  await remember(
    handle,
    ctx,
    found.filter(({ objectedAt, leftAt }) => objectedAt ?? leftAt),
  );
}

/** The same for everybody of a shop who stands as having objected or left; page by page, one transaction each. */
export async function refuseAllStanding(ctx: ShopContext): Promise<{ people: number }> {
  let people = 0;
  for (let after = FIRST_ID; ; ) {
    const ids = await withTenant(ctx, async (handle) => {
      const { rows } = await sql<{ id: string }>`
        select c.id from customer c
        where c.shop_id = ${ctx.shopId} and c.id > ${after} and c.erased_at is null
          and (c.email_consent = 'UNSUBSCRIBED' or c.sms_consent = 'UNSUBSCRIBED' or exists (select from consent_state s
            where s.shop_id = c.shop_id and s.customer_id = c.id and s.channel = 'all' and s.purpose = 'objection' and s.state = 'granted'))
        order by c.id limit ${PAGE}`.execute(handle.trx);
      const page = rows.map(({ id }) => id);
      if (page.length > 0) await refuseStanding(handle, ctx, page, { smsOfShop: false });
      return page;
    });
    people += ids.length;
    const last = ids.at(-1);
    if (last === undefined || ids.length < PAGE) return { people };
    after = last;
  }
}

/** Remembers that the reader of an address left, whether a customer has it or not. */
export const refuseHash = (handle: TenantTrx, ctx: ShopContext, channel: "email" | "sms", hash: Buffer): Promise<void> =>
  remember(handle, ctx, [{ channel, hash, objectedAt: null, leftAt: handle.now }]);

type Hashed = { channel: "email" | "sms"; hash: Buffer };

/** What was said last counts; what is known already is not written again. */
async function remember({ trx }: TenantTrx, ctx: ShopContext, found: readonly (Hashed & Refusal)[]): Promise<void> {
  if (found.length === 0) return;
  await sql`
    insert into refused_address as r (org_id, shop_id, channel, address_hash, objected_at, left_at)
    select ${ctx.orgId}, ${ctx.shopId}, u.channel, u.hash, max(u.objected_at), max(u.left_at)
    from unnest(${found.map(({ channel }) => channel)}::text[], ${found.map(({ hash }) => hash)}::bytea[],
      ${found.map(({ objectedAt }) => objectedAt)}::timestamptz[], ${found.map(({ leftAt }) => leftAt)}::timestamptz[])
      u (channel, hash, objected_at, left_at)
    group by u.channel, u.hash
    -- Always in one order: somebody else may be leaving meanwhile.
    order by u.channel, u.hash
    on conflict (shop_id, channel, address_hash) do update
      set objected_at = greatest(r.objected_at, excluded.objected_at), left_at = greatest(r.left_at, excluded.left_at)
      where (r.objected_at, r.left_at) is distinct from (greatest(r.objected_at, excluded.objected_at), greatest(r.left_at, excluded.left_at))`.execute(
    trx,
  );
}

/** An objection that a person takes back holds for none of their addresses any more. That they left stays. */
export async function endObjections(handle: TenantTrx, ctx: ShopContext, customerIds: readonly string[]): Promise<void> {
  const found = await hashesOf(handle, ctx, customerIds, "objection");
  const hashes = found.map(({ hash }) => hash);
  await sql`delete from refused_address where shop_id = ${ctx.shopId} and address_hash = any(${hashes}::bytea[]) and left_at is null`.execute(
    handle.trx,
  );
  await sql`update refused_address set objected_at = null where shop_id = ${ctx.shopId} and address_hash = any(${hashes}::bytea[])`.execute(
    handle.trx,
  );
}

async function hashesOf(handle: TenantTrx, ctx: ShopContext, customerIds: readonly string[], kind: Kind): Promise<Hashed[]> {
  const people = await handle.trx
    .selectFrom("customer as c")
    .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "c.org_id").onRef("s.id", "=", "c.shop_id"))
    .select(["c.email_key", "c.phone", "c.country", "s.country as shop_country"])
    .where("c.shop_id", "=", ctx.shopId)
    .where("c.id", "in", [...customerIds])
    .execute();
  const { pepper } = await readSettings(handle, ctx);
  const found = new Map<string, Hashed>();
  for (const person of people) {
    const phone = kind === "email" || person.phone === null ? null : e164(person.phone, person.country ?? person.shop_country);
    for (const [channel, key] of [["email", kind === "sms" ? null : person.email_key] as const, ["sms", phone] as const])
      if (key !== null) found.set(`${channel}:${key}`, { channel, hash: addressHash(pepper, channel, key) });
  }
  return [...found.values()];
}

/** Whose address is asked about, on which way. */
type Asked = { id: string; customer_id: string; channel: Channel; email: string | null };

/**
 * What was said about the addresses of a batch: on the list, and by living customers with the same e-mail address, about whom a shop may
 * have said that they left. An objection to e-mail is one to every way: whoever objected is one person.
 */
export async function refusalsOf(
  { trx }: TenantTrx,
  ctx: ShopContext,
  { pepper }: Pick<Settings, "pepper">,
  rows: readonly Asked[],
  addresses: ReadonlyMap<string, { key: string }>,
): Promise<Map<string, Refusal>> {
  const wanted = rows.flatMap((row) => {
    const own = addresses.get(row.id)?.key ?? "";
    const email = row.channel === "email" ? own : row.email === null ? "" : (emailKey(row.email) ?? "");
    const keys = [["email", email] as const, ["sms", row.channel === "sms" ? own : ""] as const];
    return keys.flatMap(([kind, key]) => (key === "" ? [] : [{ row, kind, hash: addressHash(pepper, kind, key) }]));
  });
  const found = new Map<string, Refusal>();
  const add = (row: Asked, kind: "email" | "sms", { objectedAt, leftAt }: Refusal) => {
    const before = found.get(row.id) ?? { objectedAt: null, leftAt: null };
    found.set(row.id, {
      objectedAt: later(before.objectedAt, objectedAt),
      leftAt: kind === row.channel ? later(before.leftAt, leftAt) : before.leftAt,
    });
  };
  const listed = await sql<{ channel: string; hash: string } & Refusal>`
    select channel, encode(address_hash, 'hex') as hash, objected_at as "objectedAt", left_at as "leftAt" from refused_address
    where shop_id = ${ctx.shopId} and channel in ('email', 'sms') and address_hash = any(${wanted.map(({ hash }) => hash)}::bytea[])`.execute(
    trx,
  );
  const byHash = new Map(listed.rows.map((row) => [`${row.channel}:${row.hash}`, row]));
  if (byHash.size > 0)
    for (const { row, kind, hash } of wanted) {
      const refusal = byHash.get(`${kind}:${hash.toString("hex")}`);
      if (refusal) add(row, kind, refusal);
    }
  // From the addresses of these people to others with them to what those said, in this order: a plan that begins with the consents of a whole
  // shop reads all of them. Once for each address: thousands may share one that stands for none. Whoever shares theirs with somebody of the
  // batch is among them, which changes nothing: their own word holds anyway.
  const others = await sql<{ customers: string[] } & Refusal>`
    with these as materialized (
      select c.email_key, array_agg(c.id) as ids from customer c
      where c.shop_id = ${ctx.shopId} and c.id = any(${rows.map(({ customer_id }) => customer_id)}::uuid[]) and c.email_key is not null
      group by c.email_key)
    select these.ids as customers, said."objectedAt", said."leftAt"
    from these cross join lateral (
      select max(s.objected_at) as "objectedAt", max(coalesce(o.email_consent_at, s.left_at)) filter (where o.email_consent = 'UNSUBSCRIBED') as "leftAt"
      from customer o join lateral (
        select max(s.at) filter (where s.channel = 'all' and s.purpose = 'objection' and s.state = 'granted') as objected_at,
          max(s.at) filter (where s.channel = 'email' and s.purpose = 'marketing') as left_at
        from consent_state s where s.shop_id = o.shop_id and s.customer_id = o.id) s on true
      where o.shop_id = ${ctx.shopId} and o.email_key = these.email_key and (cardinality(these.ids) > 1 or o.id <> these.ids[1])) said
    where said."objectedAt" is not null or said."leftAt" is not null`.execute(trx);
  const byCustomer = new Map(others.rows.flatMap((row) => row.customers.map((id) => [id, row] as const)));
  if (byCustomer.size > 0)
    for (const row of rows) {
      const refusal = byCustomer.get(row.customer_id);
      if (refusal) add(row, "email", refusal);
    }
  return found;
}

/** What of the reader's words keeps e-mail from a customer who has not said so as this customer; null when nothing does. */
export async function barredBy(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
): Promise<{ reason: "objection" | "left"; at: Date } | null> {
  const { rows } = await sql<{ email: string | null; key: string; consent: string; objected: boolean } & Agreed>`
    select c.email, c.email_key as key, c.email_consent as consent, coalesce(o.objected, false) as objected, ${AGREED}
    from customer c ${STANDING_CONSENTS}
    where c.shop_id = ${ctx.shopId} and c.id = ${customerId} and c.email_key is not null`.execute(handle.trx);
  const [person] = rows;
  if (!person || person.objected) return null;
  const asked = { id: customerId, customer_id: customerId, channel: "email", email: person.email } as const;
  const addresses = new Map([[customerId, person]]);
  const refusal = (await refusalsOf(handle, ctx, await readSettings(handle, ctx), [asked], addresses)).get(customerId);
  const after = afterRefusal({ ...person, channel: "email" }, person.consent === "SUBSCRIBED" ? "granted" : "none", refusal);
  if (after.objected && refusal?.objectedAt) return { reason: "objection", at: refusal.objectedAt };
  // Buyers, too, may be written to who never said anything themselves.
  const open = person.consent === "SUBSCRIBED" || person.consent === "NOT_SUBSCRIBED";
  return open && after.consent === "withdrawn" && refusal?.leftAt ? { reason: "left", at: refusal.leftAt } : null;
}

const later = (a: Date | null, b: Date | null): Date | null => (a && b ? (a > b ? a : b) : (a ?? b));

/**
 * When a person agreed, and when they did so here: by a link, on our page, or noted with evidence. Only that outlives an objection, because a
 * shop repeats what it knew. Of SMS a shop states no date.
 */
export type Agreed = {
  email_at: Date | null;
  email_own_at: Date | null;
  sms_own_at: Date | null;
  push_at: Date | null;
};

/** Needs `customer as c`; every grant that stands, and whether the person objects. */
export const STANDING_CONSENTS = sql`
  left join lateral (
    select bool_or(o.channel = 'all' and o.purpose = 'objection') as objected,
      bool_or(o.channel = 'push' and o.purpose = 'marketing') as push_consent,
      bool_or(o.channel = 'email' and o.purpose = 'tracking') as tracking,
      max(o.at) filter (where o.channel = 'email' and o.purpose = 'marketing' and o.basis not in ('shop', 'import', 'unproven')) as email_own_at,
      max(o.at) filter (where o.channel = 'sms' and o.purpose = 'marketing' and o.basis not in ('shop', 'import', 'unproven')) as sms_own_at,
      max(o.at) filter (where o.channel = 'push' and o.purpose = 'marketing') as push_at
    from consent_state o where o.shop_id = c.shop_id and o.customer_id = c.id and o.state = 'granted') o on true`;
/** A shop's word without a date is older than anything: when it was heard of says nothing. */
export const AGREED = sql`coalesce(c.email_consent_at, o.email_own_at) as email_at, o.email_own_at, o.sms_own_at, o.push_at`;

/** What is left of a consent, and whether an objection stands, once what was said about the address is heard. */
export function afterRefusal<C extends string>(
  { channel, objected, ...agreed }: { channel: Channel; objected: boolean } & Agreed,
  consent: C,
  refusal: Refusal | undefined,
): { objected: boolean; consent: C | "withdrawn" } {
  const { objectedAt = null, leftAt = null } = refusal ?? {};
  const own = { email: agreed.email_own_at, sms: agreed.sms_own_at, push: agreed.push_at }[channel];
  const given = channel === "email" ? agreed.email_at : own;
  const isNewer = (at: Date | null, than: Date): boolean => consent === "granted" && at !== null && at > than;
  return {
    objected: objected || (objectedAt !== null && !isNewer(own, objectedAt)),
    consent: leftAt !== null && !isNewer(given, leftAt) ? "withdrawn" : consent,
  };
}
