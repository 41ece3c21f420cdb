import { sql } from "kysely";
import { isHalted } from "@/server/campaigns/policy";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import type { PushTarget } from "./channels/adapter";
import { afterRefusal, refusalsOf } from "./consent/refused-address";
import { type Decision, decide } from "./decide";
import {
  type Address,
  addressesOf,
  type Bundle,
  bundlesOf,
  claimedMessages,
  consentOf,
  type DueMessage,
  dueMessages,
  grantOf,
  lockDeciding,
  suppressionOf,
  writingByKeys,
} from "./due-messages";
import type { Holds } from "./holds";
import { addressHash } from "./links";
import { placeOfMessage, type Shared, sharedAddresses, storyOf } from "./same-address";
import {
  type Category,
  type Channel,
  type CreditParams,
  creditParamsSchema,
  type MessageKind,
  messageKindSchema,
  type Policy,
} from "./schema";
import { openStop } from "./sending-stop";
import { type BatchTexts, keepTexts } from "./sent-text";
import type { Settings } from "./settings";
import type { MessageLocale } from "./templates/values";
import { zoneOf } from "./zones";

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

export type ClaimResult = { claim: string; ready: Claimed[]; texts: BatchTexts; skipped: number; deferred: number; looked: number };
export type ClaimOptions = { limit: number; paused: readonly Channel[]; settings: Settings };

/**
 * Decides about a batch of due messages and marks those that may go out as being sent: one transaction that ends before any provider is
 * called. Frequency caps are reserved here, under the shop's lock, so that two campaigns cannot both pass (B16). All reads and writes are sets.
 */
export async function claimMessages(handle: TenantTrx, ctx: ShopContext, options: ClaimOptions): Promise<ClaimResult> {
  const claim = crypto.randomUUID();
  await lockDeciding(handle, ctx);
  const { settings, limit } = options;
  const rows = await dueMessages(handle, ctx, { limit, holds: await readHolds(handle, ctx, options.paused) });
  const result = { claim, ready: [] as Claimed[], skipped: 0, deferred: 0, looked: rows.length };
  if (rows.length === 0) return { ...result, texts: await keepTexts(handle, ctx, settings, []) };
  const known = await readKnown(handle, ctx, settings, rows);
  const decided: Decided[] = [];
  const places = new Map(await sharedAddresses(handle, ctx, rows, known.addresses));
  for (const row of rows) {
    const place = placeIn(places, row, known.addresses.get(row.id));
    const { decision, address, params } = judge(row, known, settings.policy, place, handle.now);
    const reserved = decision.action === "send" && row.category === "marketing";
    if (reserved) {
      place.recent.push(handle.now.getTime());
      const story = storyOf(row);
      if (story !== null) place.told.add(story);
    }
    const sentTo = decision.action === "send" && address.key !== "" ? addressHash(settings.pepper, row.channel, address.key) : null;
    const tracked = row.channel === "email" && row.tracking && settings.policy.tracking;
    decided.push({ row, decision, reserved, sentTo, tracked, params: isChanged(row, params) ? params : null });
    if (decision.action === "drop") result.skipped++;
    else if (decision.action === "defer") result.deferred++;
    else result.ready.push(claimedOf(row, address, params, tracked));
  }
  const texts = await keepTexts(handle, ctx, settings, result.ready);
  await record(handle, ctx, { claim, decided, texts: new Map(result.ready.map((message) => [message.id, texts.idOf(message)])) });
  return { ...result, texts };
}

/**
 * Which messages of a batch on its way would still be sent if they were decided about now. Their places under the caps are reserved already,
 * and an hour that was right a moment ago still is.
 */
export async function stillGoing(
  handle: TenantTrx,
  ctx: ShopContext,
  { claim, ids, paused, settings }: { claim: string; ids: readonly string[]; paused: readonly Channel[]; settings: Settings },
): Promise<Set<string>> {
  const rows = await claimedMessages(handle, ctx, { claim, ids, holds: await readHolds(handle, ctx, paused) });
  const known = await readKnown(handle, ctx, settings, rows);
  const policy: Policy = { ...settings.policy, caps: { email: [], sms: [], push: [] }, quiet: null };
  return new Set(rows.filter((row) => judge(row, known, policy, NOWHERE, handle.now).decision.action === "send").map(({ id }) => id));
}

const readHolds = async (handle: TenantTrx, ctx: ShopContext, paused: readonly Channel[]): Promise<Holds> => ({
  paused,
  stopped: (await openStop(handle, ctx)) !== null,
  halted: await isHalted(handle, ctx.shopId),
});

/** What of a batch is read in sets besides its rows. */
type Known = {
  addresses: Awaited<ReturnType<typeof addressesOf>>;
  suppressed: Awaited<ReturnType<typeof suppressionOf>>;
  refusals: Awaited<ReturnType<typeof refusalsOf>>;
  bundles: Map<string, Bundle>;
  minimum: string;
};

async function readKnown(handle: TenantTrx, ctx: ShopContext, settings: Settings, rows: readonly DueMessage[]): Promise<Known> {
  const addresses = await addressesOf(handle, ctx, rows);
  const suppressed = await suppressionOf(handle, ctx, settings, addresses);
  const refusals = await refusalsOf(handle, ctx, settings, rows, addresses);
  return { addresses, suppressed, refusals, bundles: await bundlesOf(handle, ctx, rows), minimum: settings.policy.reminders.minimum };
}

/** For what has its place already: nothing was sent to the address before. */
const NOWHERE: Shared = { recent: [], told: new Set() };

/** The decision about one message, with the address and the values it goes out with. `place`: what was sent to its address before. */
function judge(row: DueMessage, known: Known, policy: Policy, place: Shared, now: Date) {
  const address = known.addresses.get(row.id) ?? { state: "missing" as const, value: "", key: "", targets: [] };
  const bundle = known.bundles.get(row.id) ?? grantOf(row);
  const params = bundle ? { ...paramsOf(row), ...bundle } : paramsOf(row);
  const decision = decide({
    channel: row.channel,
    category: row.category,
    recipient: {
      id: row.customer_id,
      erased: row.erased,
      address: address.state,
      suppressed: known.suppressed.get(`${row.channel}:${address.key}`) ?? null,
      ...afterRefusal(row, consentOf(row), known.refusals.get(row.id)),
      hasBought: row.bought,
      timeZone: zoneFor(row),
      told: place.told.has(storyOf(row) ?? ""),
      recent: place.recent,
    },
    credit: creditOf(row, params, bundle, known.minimum),
    campaignEnded: row.ended,
    policy,
    now: now.getTime(),
  });
  return { decision, address, params };
}

type Decided = {
  row: DueMessage;
  decision: Decision;
  reserved: boolean;
  /** Whether its links tell of clicks and its pixel of openings. */
  tracked: boolean;
  /** The hash of the address; null where it does not go out, or by push. */
  sentTo: Buffer | null;
  /** Set where what the message says was computed anew. */
  params: CreditParams | null;
};

/** Shared by all messages to one address in the batch: each next one sees the place of the one before. */
function placeIn(places: Map<string, Shared>, row: DueMessage, address: Address | undefined): Shared {
  const key = placeOfMessage(row, address);
  const found = places.get(key) ?? { recent: (row.recent ?? []).map((at) => at.getTime()), told: new Set<string>() };
  places.set(key, found);
  return found;
}

function isChanged(row: DueMessage, { amount, expiresAt }: CreditParams): boolean {
  const planned = paramsOf(row);
  return planned.amount !== amount || planned.expiresAt !== expiresAt;
}

const paramsOf = (row: DueMessage): CreditParams => creditParamsSchema.parse(row.params);

const claimedOf = (row: DueMessage, address: Address, params: CreditParams, tracked: boolean): Claimed => ({
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
function zoneFor(row: DueMessage): string {
  const zone = zoneOf({ timeZone: row.time_zone, country: row.country, region: row.region }, row.shop_zone);
  let known = zones.get(zone);
  if (known === undefined) {
    known = isTimeZone(zone);
    zones.set(zone, known);
  }
  return known ? zone : row.shop_zone;
}

function creditOf(
  row: DueMessage,
  params: CreditParams,
  bundle: Bundle | undefined,
  minimum: string,
): { exists: boolean; expiresAt: number | null } {
  const expiresAt = params.expiresAt === null ? null : Date.parse(params.expiresAt);
  if (row.kind === "credit_expired") return { exists: true, expiresAt: null };
  if (row.lots) {
    const exists = bundle !== undefined && (row.kind !== "credit_expiring" || BigInt(bundle.amount) >= BigInt(minimum));
    return { exists, expiresAt };
  }
  return { exists: !row.has_credit_key || row.lot_open === true, expiresAt };
}

/** One place under the cap per message that is reserved. */
function placesOf(decided: readonly Decided[]): { customers: string[]; channels: Channel[]; places: number[] } {
  const found = new Map<string, { customer: string; channel: Channel; places: number }>();
  for (const { row, reserved } of decided) {
    if (!reserved) continue;
    const key = `${row.customer_id}:${row.channel}`;
    const one = found.get(key) ?? { customer: row.customer_id, channel: row.channel, places: 0 };
    one.places++;
    found.set(key, one);
  }
  const all = [...found.values()];
  return {
    customers: all.map(({ customer }) => customer),
    channels: all.map(({ channel }) => channel),
    places: all.map(({ places }) => places),
  };
}

/** Writes what was decided and the reserved places, in one statement; what in a window is older than the longest cap is forgotten. */
async function record(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  { claim, decided, texts }: { claim: string; decided: readonly Decided[]; texts: ReadonlyMap<string, string> },
): Promise<void> {
  const status = ({ decision }: Decided) => (decision.action === "drop" ? "skipped" : decision.action === "defer" ? "queued" : "sending");
  const { customers, channels, places } = placesOf(decided);
  const ids = decided.map(({ row }) => row.id);
  const write = sql`
    with reserved as (
      insert into send_window as w (org_id, shop_id, customer_id, channel, recent)
      select ${ctx.orgId}, ${ctx.shopId}, u.customer_id, u.channel, array_fill(${now}::timestamptz, array[u.places])
      from unnest(${customers}::uuid[], ${channels}::text[], ${places}::int[]) u (customer_id, channel, places)
      order by u.customer_id, u.channel
      on conflict (shop_id, customer_id, channel) do update
        set recent = array(select at from unnest(w.recent) at where at > ${now}::timestamptz - interval '31 days') || excluded.recent
    )
    update message m set
      status = d.status, reason = d.reason, basis = d.basis, decided_at = ${now},
      send_after = coalesce(d.until, m.send_after), params = coalesce(d.params, m.params), address_hash = coalesce(d.sent_to, m.address_hash),
      text_id = coalesce(d.text_id, m.text_id), tracked = d.tracked,
      claim = case when d.status = 'sending' then ${claim}::uuid end,
      claimed_at = case when d.status = 'sending' then ${now}::timestamptz end,
      slot_at = case when d.reserved then ${now}::timestamptz end, provider = null, sent_at = null
    from unnest(${ids}::uuid[], ${decided.map(status)}::text[],
                ${decided.map(({ decision }) => (decision.action === "send" ? null : decision.reason))}::text[],
                ${decided.map(({ decision }) => (decision.action === "send" ? decision.basis : null))}::text[],
                ${decided.map(({ decision }) => (decision.action === "defer" ? new Date(decision.until) : null))}::timestamptz[],
                ${decided.map(({ reserved }) => reserved)}::boolean[], ${decided.map(({ sentTo }) => sentTo)}::bytea[],
                ${decided.map(({ params }) => (params ? JSON.stringify(params) : null))}::jsonb[],
                ${ids.map((id) => texts.get(id) ?? null)}::uuid[], ${decided.map(({ tracked }) => tracked)}::boolean[])
      d (id, status, reason, basis, until, reserved, sent_to, params, text_id, tracked)
    where m.shop_id = ${ctx.shopId} and m.id = d.id and m.id = any(${ids}::uuid[])`;
  await writingByKeys({ trx, now }, () => write.execute(trx));
}
