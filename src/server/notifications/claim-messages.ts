import { sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import type { PushTarget } from "./channels/adapter";
import { e164 } from "./channels/sms";
import { type Decision, decide } from "./decide";
import { addressHash } from "./links";
import { zoneOf } from "./policy";
import { type Category, type Channel, type CreditParams, creditParamsSchema, type MessageKind, messageKindSchema } from "./schema";
import type { Settings } from "./settings";
import type { MessageLocale } from "./templates/values";

/** A message that may go out now, with everything its text needs. */
export type Claimed = {
  id: string;
  customerId: string;
  campaignId: string | null;
  kind: MessageKind;
  channel: Channel;
  category: Category;
  locale: MessageLocale;
  params: CreditParams;
  attempts: number;
  templateId: string | null;
  templateVersion: number | null;
  firstName: string | null;
  lastName: string | null;
  address: string;
  pushTargets: PushTarget[];
  tracked: boolean;
};

export type ClaimResult = { claim: string; ready: Claimed[]; sent: number; skipped: number; deferred: number; looked: number };
export type ClaimOptions = { limit: number; live: Record<Channel, boolean>; paused: readonly Channel[]; settings: Settings };

type Row = {
  id: string;
  customer_id: string;
  campaign_id: string | null;
  kind: string;
  channel: Channel;
  category: Category;
  locale: MessageLocale;
  params: unknown;
  attempts: number;
  template_id: string | null;
  template_version: number | null;
  lots: string[] | null;
  has_credit_key: boolean;
  lot_open: boolean | null;
  email: string | null;
  email_consent: string;
  sms_consent: string;
  phone: string | null;
  country: string | null;
  region: string | null;
  time_zone: string | null;
  first_name: string | null;
  last_name: string | null;
  erased: boolean;
  bought: boolean;
  objected: boolean;
  push_consent: boolean;
  tracking: boolean;
  ended: boolean;
  shop_zone: string;
};

/** The messages that are due, locked: what another worker decides about is left to it. Paused campaigns and channels wait. */
const dueMessages = ({ trx, now }: TenantTrx, ctx: ShopContext, { limit, paused }: ClaimOptions) =>
  sql<Row>`
    with due as materialized (
      select m.id from message m
      where m.shop_id = ${ctx.shopId} and m.status = 'queued' and m.send_after <= ${now} and not m.channel = any(${[...paused]}::text[])
        and (m.campaign_id is null or not exists (
          select 1 from campaign k left join campaign_message p on p.shop_id = k.shop_id and p.campaign_id = k.id
          where k.shop_id = m.shop_id and k.id = m.campaign_id and (k.status = 'paused' or p.paused_at is not null)))
      order by m.send_after limit ${limit} for update of m skip locked
    )
    select m.id, m.customer_id, m.campaign_id, m.kind, m.channel, m.category, m.locale, m.params, m.attempts, m.template_id, m.template_version,
      m.lots, m.credit_key is not null as has_credit_key, l.remaining + l.held > 0 as lot_open,
      c.email, c.email_consent, c.sms_consent, c.phone, c.country, c.region, c.time_zone, c.first_name, c.last_name,
      c.erased_at is not null as erased, coalesce(x.orders_count > 0, false) as bought,
      coalesce(o.state = 'granted', false) as objected, coalesce(u.state = 'granted', false) as push_consent,
      coalesce(t.state = 'granted', false) as tracking, coalesce(k.status = 'cancelled', false) as ended, s.time_zone as shop_zone
    from due join message m on m.shop_id = ${ctx.shopId} and m.id = due.id
    join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
    join shop s on s.org_id = m.org_id and s.id = m.shop_id
    left join customer_metrics x on x.shop_id = m.shop_id and x.customer_id = m.customer_id
    left join campaign k on k.shop_id = m.shop_id and k.id = m.campaign_id
    left join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.credit_key
    left join consent_state o on o.shop_id = m.shop_id and o.customer_id = m.customer_id and o.channel = 'all' and o.purpose = 'objection'
    left join consent_state u on u.shop_id = m.shop_id and u.customer_id = m.customer_id and u.channel = 'push' and u.purpose = 'marketing'
    left join consent_state t on t.shop_id = m.shop_id and t.customer_id = m.customer_id and t.channel = 'email' and t.purpose = 'tracking'
    order by m.send_after, m.id`
    .execute(trx)
    .then((result) => result.rows);

/**
 * Decides about a batch of due messages and marks those that may go out as being sent: one transaction that ends before any provider is
 * called. Frequency caps are reserved here, under the lock of each person's window, so that two campaigns cannot both pass (B16).
 */
export async function claimMessages(handle: TenantTrx, ctx: ShopContext, options: ClaimOptions): Promise<ClaimResult> {
  const claim = crypto.randomUUID();
  const rows = await dueMessages(handle, ctx, options);
  const result: ClaimResult = { claim, ready: [], sent: 0, skipped: 0, deferred: 0, looked: rows.length };
  if (rows.length === 0) return result;
  const addresses = await addressesOf(handle, ctx, rows);
  const suppressed = await suppressionOf(handle, ctx, options.settings, addresses);
  const windows = await lockWindows(handle, ctx, rows);
  const bundles = await bundlesOf(handle, ctx, rows);
  const decided: Decided[] = [];
  for (const row of rows) {
    const address = addresses.get(row.id) ?? { state: "missing" as const, value: "", key: "", targets: [] };
    const recent = windows.get(`${row.customer_id}:${row.channel}`) ?? [];
    const params = bundles.has(row.id) ? { ...paramsOf(row), ...bundles.get(row.id) } : paramsOf(row);
    const decision = decide({
      channel: row.channel,
      category: row.category,
      recipient: {
        id: row.customer_id,
        erased: row.erased,
        address: address.state,
        suppressed: suppressed.get(`${row.channel}:${address.key}`) ?? null,
        objected: row.objected,
        consent: consentOf(row),
        hasBought: row.bought,
        timeZone: zoneFor(row),
        recent,
      },
      credit: creditOf(row, params, bundles, options.settings),
      campaignEnded: row.ended,
      policy: options.settings.policy,
      now: handle.now.getTime(),
    });
    const reserved = decision.action === "send" && row.category === "marketing";
    // The next message to the same person in this batch sees this one.
    if (reserved) recent.push(handle.now.getTime());
    decided.push({ row, decision, reserved, params });
    count(result, decision, options.live[row.channel]);
    if (decision.action === "send" && options.live[row.channel])
      result.ready.push(claimedOf(row, address, params, row.tracking && options.settings.policy.tracking));
  }
  await reserve(handle, ctx, decided);
  await record(handle, ctx, claim, decided, options.live);
  return result;
}

type Decided = { row: Row; decision: Decision; reserved: boolean; params: CreditParams };
type Address = { state: "ok" | "missing" | "invalid"; value: string; key: string; targets: PushTarget[] };

function count(result: ClaimResult, decision: Decision, live: boolean): void {
  if (decision.action === "drop") result.skipped++;
  else if (decision.action === "defer") result.deferred++;
  else if (!live) result.sent++;
}

const paramsOf = (row: Row): CreditParams => creditParamsSchema.parse(row.params);

const claimedOf = (row: Row, address: Address, params: CreditParams, tracked: boolean): Claimed => ({
  id: row.id,
  customerId: row.customer_id,
  campaignId: row.campaign_id,
  kind: messageKindSchema.parse(row.kind),
  channel: row.channel,
  category: row.category,
  locale: row.locale,
  params,
  attempts: row.attempts,
  templateId: row.template_id,
  templateVersion: row.template_version,
  firstName: row.first_name,
  lastName: row.last_name,
  address: address.value,
  pushTargets: address.targets,
  tracked,
});

const zones = new Map<string, boolean>();
/** A zone from a file may be any text; an unknown one is nobody's. */
function zoneFor(row: Row): string {
  const zone = zoneOf({ timeZone: row.time_zone, country: row.country, region: row.region }, row.shop_zone);
  let known = zones.get(zone);
  if (known === undefined) {
    known = isTimeZone(zone);
    zones.set(zone, known);
  }
  return known ? zone : row.shop_zone;
}

function consentOf(row: Row): "granted" | "pending" | "withdrawn" | "none" {
  if (row.channel === "push") return row.push_consent ? "granted" : "none";
  const consent = row.channel === "email" ? row.email_consent : row.sms_consent;
  if (consent === "SUBSCRIBED") return "granted";
  if (consent === "PENDING") return "pending";
  return consent === "NOT_SUBSCRIBED" ? "none" : "withdrawn";
}

/** What a reminder's lots are worth now, where the message bundles lots. */
type Bundle = Pick<CreditParams, "amount" | "expiresAt">;

function creditOf(
  row: Row,
  params: CreditParams,
  bundles: Map<string, Bundle>,
  settings: Settings,
): { exists: boolean; expiresAt: number | null } {
  const expiresAt = params.expiresAt === null ? null : Date.parse(params.expiresAt);
  if (row.kind === "credit_expired") return { exists: true, expiresAt: null };
  if (row.lots) {
    const bundle = bundles.get(row.id);
    return { exists: bundle !== undefined && BigInt(bundle.amount) >= BigInt(settings.policy.reminders.minimum), expiresAt };
  }
  return { exists: !row.has_credit_key || row.lot_open === true, expiresAt };
}

async function bundlesOf({ trx, now }: TenantTrx, ctx: ShopContext, rows: readonly Row[]): Promise<Map<string, Bundle>> {
  const bundled = rows.filter((row) => row.lots !== null && row.kind !== "credit_expired");
  if (bundled.length === 0) return new Map();
  const result = await sql<{ id: string; amount: bigint; expires_at: Date | null }>`
    select m.id, sum(l.remaining)::bigint as amount, min(l.expires_at) as expires_at
    from message m join ledger.lot l on l.shop_id = m.shop_id and l.id = any(m.lots) and l.customer_id = m.customer_id
    where m.shop_id = ${ctx.shopId} and m.id = any(${bundled.map((row) => row.id)}::uuid[])
      and l.remaining > 0 and l.available_from <= ${now} and (l.expires_at is null or l.expires_at > ${now})
    group by m.id`.execute(trx);
  return new Map(result.rows.map((row) => [row.id, { amount: row.amount.toString(), expiresAt: row.expires_at?.toISOString() ?? null }]));
}

async function addressesOf({ trx }: TenantTrx, ctx: ShopContext, rows: readonly Row[]): Promise<Map<string, Address>> {
  const pushed = [...new Set(rows.filter((row) => row.channel === "push").map((row) => row.customer_id))];
  const browsers = pushed.length
    ? await trx
        .selectFrom("push_subscription")
        .select(["id", "customer_id", "endpoint", "p256dh", "auth"])
        .where("shop_id", "=", ctx.shopId)
        .where("customer_id", "in", pushed)
        .where("gone_at", "is", null)
        .execute()
    : [];
  return new Map(
    rows.map((row) => [
      row.id,
      addressOf(
        row,
        browsers.filter((browser) => browser.customer_id === row.customer_id),
      ),
    ]),
  );
}

function addressOf(row: Row, targets: PushTarget[]): Address {
  const none: Address = { state: "missing", value: "", key: "", targets: [] };
  if (row.channel === "push") return targets.length > 0 ? { state: "ok", value: "", key: "", targets } : none;
  const raw = (row.channel === "email" ? row.email : row.phone)?.trim() ?? "";
  if (raw === "") return none;
  const key = row.channel === "email" ? emailKey(raw) : e164(raw, row.country);
  if (key === null || (row.channel === "email" && row.email_consent === "INVALID")) return { ...none, state: "invalid" };
  // The mailbox as it was written, at the domain as the mail system knows it.
  const text = raw.normalize("NFC");
  const value = row.channel === "email" ? `${text.slice(0, text.lastIndexOf("@"))}${key.slice(key.lastIndexOf("@"))}` : key;
  return { state: "ok", value, key, targets: [] };
}

async function suppressionOf({ trx, now }: TenantTrx, ctx: ShopContext, { pepper }: Settings, addresses: Map<string, Address>) {
  const byHash = new Map<string, string>();
  for (const { key } of addresses.values()) {
    if (key === "") continue;
    const channel = key.startsWith("+") && !key.includes("@") ? "sms" : "email";
    byHash.set(addressHash(pepper, channel, key).toString("hex"), `${channel}:${key}`);
  }
  const found = new Map<string, "hardBounce" | "softBounce" | "complaint" | "manual">();
  if (byHash.size === 0) return found;
  const rows = await trx
    .selectFrom("suppression")
    .select(["address_hash", "reason"])
    .where("shop_id", "=", ctx.shopId)
    .where("channel", "in", ["email", "sms"])
    .where(sql<boolean>`address_hash = any(${[...byHash.keys()].map((hex) => Buffer.from(hex, "hex"))}::bytea[])`)
    .where((eb) => eb.or([eb("until", "is", null), eb("until", ">", now)]))
    .execute();
  for (const row of rows) {
    const address = byHash.get(row.address_hash.toString("hex"));
    if (address) found.set(address, row.reason);
  }
  return found;
}

/** Locks the window of everyone in the batch, always in the same order, and reads when they were last reached. */
async function lockWindows({ trx }: TenantTrx, ctx: ShopContext, rows: readonly Row[]): Promise<Map<string, number[]>> {
  const wanted = [...new Set(rows.filter((row) => row.category === "marketing").map((row) => `${row.customer_id}:${row.channel}`))].sort();
  const customers = wanted.map((key) => key.slice(0, 36));
  const channels = wanted.map((key) => key.slice(37));
  await sql`
    insert into send_window (org_id, shop_id, customer_id, channel)
    select ${ctx.orgId}, ${ctx.shopId}, u.customer_id, u.channel from unnest(${customers}::uuid[], ${channels}::text[]) u (customer_id, channel)
    on conflict do nothing`.execute(trx);
  const locked = await sql<{ customer_id: string; channel: Channel; recent: Date[] }>`
    select w.customer_id, w.channel, w.recent from send_window w
    where w.shop_id = ${ctx.shopId} and (w.customer_id, w.channel) in (select * from unnest(${customers}::uuid[], ${channels}::text[]))
    order by w.customer_id, w.channel for update`.execute(trx);
  return new Map(locked.rows.map((row) => [`${row.customer_id}:${row.channel}`, row.recent.map((at) => at.getTime())]));
}

/** Enters the reserved places; what is older than the longest window is forgotten. */
async function reserve({ trx, now }: TenantTrx, ctx: ShopContext, decided: readonly Decided[]): Promise<void> {
  const places = new Map<string, number>();
  for (const { row, reserved } of decided) {
    const key = `${row.customer_id}:${row.channel}`;
    if (reserved) places.set(key, (places.get(key) ?? 0) + 1);
  }
  if (places.size === 0) return;
  const keys = [...places.keys()];
  await sql`
    update send_window w
    set recent = array(select at from unnest(w.recent) at where at > ${now}::timestamptz - interval '31 days') || array_fill(${now}::timestamptz, array[u.places])
    from unnest(${keys.map((key) => key.slice(0, 36))}::uuid[], ${keys.map((key) => key.slice(37))}::text[], ${[...places.values()]}::int[])
      u (customer_id, channel, places)
    where w.shop_id = ${ctx.shopId} and w.customer_id = u.customer_id and w.channel = u.channel`.execute(trx);
}

async function record(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  claim: string,
  decided: readonly Decided[],
  live: Record<Channel, boolean>,
): Promise<void> {
  const status = ({ row, decision }: Decided) =>
    decision.action === "drop" ? "skipped" : decision.action === "defer" ? "queued" : live[row.channel] ? "sending" : "sent";
  await sql`
    update message m set
      status = d.status, reason = d.reason, basis = d.basis, decided_at = ${now},
      send_after = coalesce(d.until, m.send_after), params = d.params,
      claim = case when d.status = 'sending' then ${claim}::uuid end,
      claimed_at = case when d.status = 'sending' then ${now}::timestamptz end,
      slot_at = case when d.reserved then ${now}::timestamptz end,
      provider = case when d.status = 'sent' then 'outbox' end,
      sent_at = case when d.status = 'sent' then ${now}::timestamptz end
    from unnest(${decided.map(({ row }) => row.id)}::uuid[], ${decided.map(status)}::text[],
                ${decided.map(({ decision }) => (decision.action === "send" ? null : decision.reason))}::text[],
                ${decided.map(({ decision }) => (decision.action === "send" ? decision.basis : null))}::text[],
                ${decided.map(({ decision }) => (decision.action === "defer" ? new Date(decision.until) : null))}::timestamptz[],
                ${decided.map(({ reserved }) => reserved)}::boolean[],
                ${decided.map(({ params }) => JSON.stringify(params))}::jsonb[]) d (id, status, reason, basis, until, reserved, params)
    where m.shop_id = ${ctx.shopId} and m.id = d.id`.execute(trx);
}
