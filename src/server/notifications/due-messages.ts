import type { SuppressionReason } from "@db/schema/notifications";
import { type RawBuilder, sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { PushTarget } from "./channels/adapter";
import { e164 } from "./channels/sms";
import { AGREED, type Agreed, STANDING_CONSENTS } from "./consent/refused-address";
import { type Holds, notHeld } from "./holds";
import { addressHash } from "./links";
import type { Category, Channel, CreditParams } from "./schema";
import type { Settings } from "./settings";
import type { MessageLocale } from "./templates/values";

/** A due message with everything that the decision about it looks at, as it is now. */
export type DueMessage = {
  id: string;
  customer_id: string;
  campaign_id: string | null;
  /** What names it for ever. */
  key: string;
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
  /** What of the credit it tells about can be spent, or lies in an open checkout when that is all; and until when. */
  lot_left: bigint | null;
  lot_expires: Date | null;
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
  /** When the person was last reached on this channel. */
  recent: Date[] | null;
} & Agreed;

/**
 * A batch reads and writes a few hundred rows by their keys, whatever the statistics of a growing table say: a plan made for an empty one
 * reads all of it, and one that expects a single row compares every row with every other (ten times the time, measured). Holds until the
 * work is done; what follows in the transaction plans as usual.
 */
export async function writingByKeys({ trx }: TenantTrx, work: () => Promise<unknown>): Promise<void> {
  await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true)`.execute(
    trx,
  );
  await work();
  await sql`select set_config('enable_seqscan', 'on', true), set_config('enable_nestloop', 'on', true), set_config('enable_mergejoin', 'on', true)`.execute(
    trx,
  );
}

const decidingLock = (ctx: ShopContext) => sql`pg_advisory_xact_lock(hashtextextended('decide messages ' || ${ctx.shopId}::text, 0))`;

/** The same lock for what must not happen while a batch is decided about: stopping the shop's marketing, and letting it go on. */
export const lockSending = async ({ trx }: TenantTrx, ctx: ShopContext): Promise<void> => {
  await sql`select ${decidingLock(ctx)}`.execute(trx);
};

/** Rows are found by their keys, whatever the statistics say; for the rest of the transaction. */
const READING_BY_KEYS = sql`set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)`;

/**
 * One at a time decides for a shop, so that nobody reads a window of a person which another is about to fill (B16). Held until the
 * reservations are committed; no provider is called in between. One lock instead of one per person: those cost a write each.
 */
export const lockDeciding = async ({ trx }: TenantTrx, ctx: ShopContext): Promise<void> => {
  await sql`select ${READING_BY_KEYS}, ${decidingLock(ctx)}`.execute(trx);
};

const COLUMNS = sql`m.org_id, m.shop_id, m.id, m.customer_id, m.campaign_id, m.key, m.kind, m.channel, m.category, m.locale, m.params,
  m.attempts, m.template_id, m.template_version, m.lots, m.credit_key, m.send_after`;

/** The messages that are due and that nothing holds back, locked: what another worker holds is left to it. */
export const dueMessages = (
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  { limit, holds }: { limit: number; holds: Holds },
): Promise<DueMessage[]> =>
  withFacts(sql`
    select ${COLUMNS} from message m
    where m.shop_id = ${ctx.shopId} and m.status = 'queued' and m.send_after <= ${now} and ${notHeld(holds)}
    order by m.send_after limit ${limit} for update of m skip locked`)
    .execute(trx)
    .then((result) => result.rows);

/** Of the messages a batch is about to hand over, those that nothing holds back by now. */
export async function claimedMessages(
  { trx }: TenantTrx,
  ctx: ShopContext,
  { claim, ids, holds }: { claim: string; ids: readonly string[]; holds: Holds },
): Promise<DueMessage[]> {
  await sql`select ${READING_BY_KEYS}`.execute(trx);
  const { rows } = await withFacts(sql`
    select ${COLUMNS} from message m
    where m.shop_id = ${ctx.shopId} and m.id = any(${[...ids]}::uuid[]) and m.claim = ${claim} and m.status = 'sending' and ${notHeld(holds)}`).execute(
    trx,
  );
  return rows;
}

/** Messages with everything that the decision about them looks at. */
const withFacts = (due: RawBuilder<unknown>) =>
  sql<DueMessage>`
    with due as materialized (${due})
    select m.id, m.customer_id, m.campaign_id, m.key, m.kind, m.channel, m.category, m.locale, m.params, m.attempts, m.template_id,
      m.template_version, m.lots, m.credit_key is not null as has_credit_key, l.remaining + l.held > 0 as lot_open,
      case when l.remaining > 0 then l.remaining else l.held end as lot_left, l.expires_at as lot_expires,
      c.email, c.email_consent, c.sms_consent, c.phone, c.country, c.region, c.time_zone, c.first_name, c.last_name,
      c.erased_at is not null as erased, coalesce(x.orders_count > 0, false) as bought,
      coalesce(o.objected, false) as objected, coalesce(o.push_consent, false) as push_consent, coalesce(o.tracking, false) as tracking,
      coalesce(k.status = 'cancelled', false) as ended, s.time_zone as shop_zone, w.recent, ${AGREED}
    from due m
    join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
    join shop s on s.org_id = m.org_id and s.id = m.shop_id
    left join customer_metrics x on x.shop_id = m.shop_id and x.customer_id = m.customer_id
    left join campaign k on k.shop_id = m.shop_id and k.id = m.campaign_id
    left join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.credit_key
    left join send_window w on w.shop_id = m.shop_id and w.customer_id = m.customer_id and w.channel = m.channel
    ${STANDING_CONSENTS}
    order by m.send_after, m.id`;

/** What was booked stays what it was, whatever the lots hold when the message is sent. */
const tellsBooking = (kind: string): boolean => kind === "credit_expired" || kind === "credit_refunded";

/** What a reminder's lots are worth now, where the message bundles lots. */
export type Bundle = Pick<CreditParams, "amount" | "expiresAt">;

export async function bundlesOf({ trx, now }: TenantTrx, ctx: ShopContext, rows: readonly DueMessage[]): Promise<Map<string, Bundle>> {
  const bundled = rows.filter((row) => row.lots !== null && !tellsBooking(row.kind));
  if (bundled.length === 0) return new Map();
  const result = await sql<{ id: string; amount: bigint; expires_at: Date | null }>`
    select m.id, sum(l.remaining)::bigint as amount, min(l.expires_at) as expires_at
    from message m join ledger.lot l on l.shop_id = m.shop_id and l.id = any(m.lots) and l.customer_id = m.customer_id
    where m.shop_id = ${ctx.shopId} and m.id = any(${bundled.map((row) => row.id)}::uuid[])
      and l.remaining > 0 and l.available_from <= ${now} and (l.expires_at is null or l.expires_at > ${now})
    group by m.id`.execute(trx);
  return new Map(result.rows.map((row) => [row.id, { amount: row.amount.toString(), expiresAt: row.expires_at?.toISOString() ?? null }]));
}

/** The same for the grant it tells about, which came with the row: what was spent while it waited is not promised any more. */
export function grantOf(row: Pick<DueMessage, "category" | "kind" | "lot_open" | "lot_left" | "lot_expires">): Bundle | undefined {
  if (row.category !== "marketing" || row.kind === "credit_expired" || row.lot_open !== true || row.lot_left === null) return undefined;
  return { amount: row.lot_left.toString(), expiresAt: row.lot_expires?.toISOString() ?? null };
}

type Addressed = Pick<DueMessage, "id" | "customer_id" | "channel" | "email" | "email_consent" | "phone" | "country">;

export type Address = { state: "ok" | "missing" | "invalid"; value: string; key: string; targets: PushTarget[] };

export async function addressesOf({ trx }: TenantTrx, ctx: ShopContext, rows: readonly Addressed[]): Promise<Map<string, Address>> {
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
  const targets = new Map<string, PushTarget[]>();
  for (const { customer_id, ...target } of browsers) targets.set(customer_id, [...(targets.get(customer_id) ?? []), target]);
  return new Map(rows.map((row) => [row.id, addressOf(row, targets.get(row.customer_id) ?? [])]));
}

function addressOf(row: Addressed, targets: PushTarget[]): Address {
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

/** What a person said about a channel, as the decision asks for it. */
export function consentOf(
  row: Pick<DueMessage, "channel" | "push_consent" | "email_consent" | "sms_consent">,
): "granted" | "pending" | "withdrawn" | "none" {
  if (row.channel === "push") return row.push_consent ? "granted" : "none";
  const consent = row.channel === "email" ? row.email_consent : row.sms_consent;
  if (consent === "SUBSCRIBED") return "granted";
  if (consent === "PENDING") return "pending";
  return consent === "NOT_SUBSCRIBED" ? "none" : "withdrawn";
}

export async function suppressionOf({ trx, now }: TenantTrx, ctx: ShopContext, { pepper }: Settings, addresses: Map<string, Address>) {
  const byHash = new Map<string, string>();
  for (const { key } of addresses.values()) {
    if (key === "") continue;
    const channel = key.startsWith("+") && !key.includes("@") ? "sms" : "email";
    byHash.set(addressHash(pepper, channel, key).toString("hex"), `${channel}:${key}`);
  }
  const found = new Map<string, SuppressionReason>();
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
