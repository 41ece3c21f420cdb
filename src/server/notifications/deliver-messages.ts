import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { type Delivery, errorText } from "./channels/adapter";
import { type Claimed, type ClaimResult, claimMessages, stillGoing } from "./claim-messages";
import { type Composer, compose, prepareComposer } from "./compose";
import { inParallel, Pace } from "./pace";
import { proveSent } from "./prove-sent";
import { type Result, recordOutcomes } from "./record-outcomes";
import { CHANNELS, type Channel } from "./schema";
import { openSenders, type Senders } from "./senders";
import { stopOnTrouble } from "./sending-stop";
import { readSettings, type Settings } from "./settings";
import { Standing } from "./standing";

/** Between deciding and handing over lie at most this many messages, or this much time at the shop's rate (B18). */
const BATCH = 250;
const BATCH_SECONDS = 4;
/** Without a way out all of a batch is composed while nobody else decides: no longer than half a second or so. */
const LOCAL_BATCH = 500;
/** What one step of the background function does before it is recorded. */
const STEP_MESSAGES = 2_000;
const STEP_MS = 25_000;
/** Two batches at once: one is being decided while the other is on the wire. */
const LANES = 2;

/** Whether anything leaves this machine, or everything lands in the local outbox. */
export type DeliveryMode = "local" | "live";

export type DeliveryResult = { sent: number; skipped: number; deferred: number; failed: number; unknown: number; more: boolean };

/** Where this shop's messages go. */
export async function deliveryMode(ctx: ShopContext): Promise<DeliveryMode> {
  const { email, sms, push } = await openSenders(ctx);
  return (email ?? sms ?? push) ? "live" : "local";
}

type Opener = (ctx: ShopContext) => Promise<Senders>;

/**
 * Decides about and sends waiting messages of a shop, batch by batch. A batch is claimed in one transaction, handed over, and recorded in
 * another: a crash between leaves claimed rows that become "unknown" and are never sent again by themselves.
 */
export async function deliverMessages(ctx: ShopContext, open: Opener = openSenders): Promise<DeliveryResult> {
  // The days move on, too: a rate can reach the line without anything new coming back.
  await withTenant(ctx, (handle) => stopOnTrouble(handle, ctx));
  const total: DeliveryResult = { sent: 0, skipped: 0, deferred: 0, failed: 0, unknown: 0, more: false };
  const state = { looked: 0, stop: false, pace: null as Pace | null };
  const end = performance.now() + STEP_MS;
  const lane = async () => {
    while (!state.stop && state.looked < STEP_MESSAGES && performance.now() < end) {
      const looked = await deliverBatch(ctx, open, total, state);
      state.looked += looked;
      if (looked === 0) return;
    }
    if (!state.stop) total.more = true;
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  // A provider that is out of reach is tried again by the sweep, not in a circle.
  if (state.stop) total.more = false;
  return total;
}

const liveOf = (senders: Senders): Record<Channel, boolean> => ({
  email: senders.email !== null,
  sms: senders.sms !== null,
  push: senders.push !== null,
});

async function deliverBatch(
  ctx: ShopContext,
  open: Opener,
  total: DeliveryResult,
  state: { stop: boolean; pace: Pace | null },
): Promise<number> {
  const since = performance.now();
  const senders = await open(ctx);
  const { claimed, composer, pace, kept } = await withTenant(ctx, async (handle) => {
    const settings = await readSettings(handle, ctx);
    const { perSecond, perDomainPerSecond } = settings.policy.rate;
    state.pace ??= new Pace(perSecond, perDomainPerSecond);
    const limit = batchSize(settings, liveOf(senders));
    const result = await claimMessages(handle, ctx, { limit, paused: senders.paused, settings });
    const shared = await prepareComposer(handle, ctx, settings, result);
    const local = await keepLocally(
      shared,
      result.ready.filter(({ channel }) => senders[channel] === null),
    );
    await recordOutcomes(handle, ctx, result.claim, local);
    const ready = result.ready.filter(({ channel }) => senders[channel] !== null);
    return { claimed: { ...result, ready }, composer: shared, pace: state.pace, kept: local };
  });
  tally(total, kept);
  total.skipped += claimed.skipped;
  total.deferred += claimed.deferred;
  if (claimed.ready.length === 0) return claimed.looked;
  const { claim, ready } = claimed;
  const ids = ready.map(({ id }) => id);
  const standing = new Standing(ids, since, (left) => askAgain(ctx, open, senders, { claim, ids: left }));
  const results = await handOver(composer, senders, claimed, { pace, standing, state });
  await withTenant(ctx, async (handle) => {
    await recordOutcomes(handle, ctx, claim, results);
    await noteHealth(handle, ctx, senders, results);
  });
  tally(total, results);
  return claimed.looked;
}

function tally(total: DeliveryResult, results: readonly Result[]): void {
  for (const { outcome } of results) {
    if (outcome.result === "sent") total.sent++;
    else if (outcome.result === "unknown") total.unknown++;
    else if (outcome.result === "failed" || outcome.result === "broken") total.failed++;
    else total.deferred++;
  }
}

/** What no way leads out for ends in the local outbox, in the transaction that decided about it; only if it can be composed. */
async function keepLocally(composer: Composer, messages: readonly Claimed[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const message of messages) {
    const { id, version } = composer.sourceOf(message);
    const made = await composed(composer, message);
    const outcome: Result["outcome"] = "result" in made ? made : { result: "sent", ref: null };
    results.push({ message, outcome, provider: "outbox", templateId: id, templateVersion: version });
  }
  return results;
}

/** What of a batch on its way still goes, by everything that may have changed: holds, consent, credit, and the ways out themselves. */
async function askAgain(ctx: ShopContext, open: Opener, senders: Senders, batch: { claim: string; ids: readonly string[] }) {
  const now = await open(ctx);
  const closed = CHANNELS.filter((channel) => senders[channel] !== now[channel]);
  return withTenant(ctx, async (handle) =>
    stillGoing(handle, ctx, { ...batch, paused: [...now.paused, ...closed], settings: await readSettings(handle, ctx) }),
  );
}

function batchSize(settings: Settings, live: Record<Channel, boolean>): number {
  const { perSecond } = settings.policy.rate;
  if (!live.email && !live.sms && !live.push) return LOCAL_BATCH;
  return perSecond === 0 ? BATCH : Math.max(1, Math.min(BATCH, perSecond * BATCH_SECONDS));
}

/** Renders and hands over a batch, each channel at its own width. A provider that is down ends the batch for its channel. */
async function handOver(
  composer: Composer,
  senders: Senders,
  claimed: ClaimResult,
  { pace, standing, state }: { pace: Pace; standing: Standing; state: { stop: boolean } },
): Promise<Result[]> {
  const results: Result[] = [];
  const down = new Set<Channel>();
  for (const channel of CHANNELS) {
    const messages = claimed.ready.filter((message) => message.channel === channel);
    const adapter = senders[channel];
    if (messages.length === 0 || !adapter) continue;
    await inParallel(messages, adapter.concurrency, async (message) => {
      const source = composer.sourceOf(message);
      const outcome: Result["outcome"] = down.has(channel)
        ? { result: "untried", error: "the provider is out of reach" }
        : await sendOne(composer, senders, message, () => pace.turn(message.address, () => standing.allows(message.id)));
      standing.done(message.id);
      if (outcome.result === "retry" && outcome.down) {
        down.add(channel);
        state.stop = true;
      }
      results.push({ message, outcome, provider: adapter.provider, templateId: source.id, templateVersion: source.version });
    });
  }
  return results;
}

async function composed(composer: Composer, message: Claimed): Promise<Delivery | { result: "broken"; error: string }> {
  try {
    return await compose(composer, message);
  } catch (error) {
    return { result: "broken", error: errorText(error) };
  }
}

async function sendOne(composer: Composer, senders: Senders, message: Claimed, turn: () => Promise<boolean>): Promise<Result["outcome"]> {
  const delivery = await composed(composer, message);
  if ("result" in delivery) return delivery;
  try {
    if (!(await turn())) return { result: "held" };
  } catch (error) {
    // Whether it may still go could not be found out.
    return { result: "untried", error: errorText(error) };
  }
  if (delivery.channel === "email" && senders.email) return senders.email.send(delivery);
  if (delivery.channel === "sms" && senders.sms) return senders.sms.send(delivery);
  if (delivery.channel === "push" && senders.push) return senders.push.send(delivery);
  return { result: "broken", error: "the channel was closed" };
}

/** Remembers since when a provider refuses everything, for the page of channels. */
async function noteHealth({ trx, now }: TenantTrx, ctx: ShopContext, senders: Senders, results: readonly Result[]): Promise<void> {
  for (const provider of new Set(results.map((result) => result.provider))) {
    const own = results.filter((result) => result.provider === provider);
    const bad = own.find(({ outcome }) => outcome.result === "retry" && outcome.down);
    if (provider === senders.email?.provider && senders.emailFromEnvironment) continue;
    await sql`
      update notification_channel set
        failing_since = case when ${bad !== undefined} then coalesce(failing_since, ${now}) end,
        last_error = ${bad && "error" in bad.outcome ? bad.outcome.error : null}
      where shop_id = ${ctx.shopId} and kind = ${provider} and (${bad !== undefined} or failing_since is not null)`.execute(trx);
  }
}

/** A sender has this long to say what became of a batch. */
const STALE_MINUTES = 10;

/**
 * Claimed messages whose sender never came back: nobody knows whether the provider took them. They are shown as unknown and resolved by a
 * person, because a second message is worse than a late answer.
 */
export const sweepStaleMessages = (ctx: ShopContext): Promise<{ unknown: number }> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const result = await trx
      .updateTable("message")
      .set({ status: "unknown", error: "the sender ended before the provider's answer was recorded" })
      .where("shop_id", "=", ctx.shopId)
      .where("status", "=", "sending")
      .where("claimed_at", "<", new Date(now.getTime() - STALE_MINUTES * 60_000))
      .returning(["id", sql<boolean>`coalesce(delivered_at, bounced_at, complained_at, opened_at) is not null`.as("heard")])
      .execute();
    // What came back in the meantime says that they arrived.
    const heard = result.filter((row) => row.heard);
    for (const { id } of heard) await proveSent(handle, ctx, id);
    return { unknown: result.length - heard.length };
  });

/** Asks for delivery in every shop where messages wait: what a lost run or a later send time left behind. */
export async function enqueueWaitingMessages(label = "sweep-messages"): Promise<{ shops: number }> {
  const shops = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from system_waiting_messages(500)`.execute(trx);
    return result.rows;
  });
  for (const { org_id, shop_id } of shops) {
    await withTenant(systemContext(org_id, shop_id, label), ({ trx }) =>
      enqueue(trx, { name: "message/send.due", data: { orgId: org_id, shopId: shop_id } }),
    );
  }
  return { shops: shops.length };
}
