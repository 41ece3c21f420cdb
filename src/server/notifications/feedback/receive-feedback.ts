import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type InboundAnswer, jsonOf, messageOf, storeEvents } from "../consent/inbound";
import { recordDeliveries } from "../consent/record-deliveries";
import { unseal } from "../seal";
import { openLink } from "../settings";
import { feedbackPlace } from "./manage-feedback";
import type { ProviderEvent } from "./provider-event";
import { readBrevo } from "./read-brevo";
import { mailgunSchema, readMailgun } from "./read-mailgun";
import { readPostmark } from "./read-postmark";
import { readSendgrid } from "./read-sendgrid";
import { readSes } from "./read-ses";
import type { FeedbackProvider, FeedbackRefusal } from "./schema";
import { isTimely, sendgridKey, verifyMailgun, verifyPassword, verifySendgrid } from "./verify-feedback";
import { confirmSubscription, type FetchPage, fetchPage, snsSchema, verifySns } from "./verify-sns";

export type FeedbackRequest = { body: Buffer; headers: Headers };
type Source = { secret: string | null; account: string | null };
type Read = { events: ProviderEvent[] } | { refusal: FeedbackRefusal };

/**
 * What a provider of e-mail reports in its own form, proven by its own means before anything of it counts. Only what is about mail that did
 * not arrive, complaints, people who left, and deliveries: openings and clicks are the business of our own consent to tracking. What is not
 * known is taken and left alone, so that a provider never gives up on the address.
 */
export async function receiveFeedback(
  token: string,
  provider: FeedbackProvider,
  request: FeedbackRequest,
  fetch: FetchPage = fetchPage,
): Promise<InboundAnswer> {
  const link = await openLink(token, "inbound");
  const source = link && (await sourceOf(link.ctx, provider));
  if (!source) return answerTo(new AppError("NOT_FOUND"));
  const { ctx } = link;
  const read = await readReport(ctx, provider, { ...request, source, fetch });
  if ("refusal" in read) {
    await noteRefusal(ctx, provider, read.refusal);
    return answerTo(problemOf(read.refusal));
  }
  await noteHeard(ctx, provider);
  return { status: 200, recorded: await store(ctx, read.events) };
}

const answerTo = (problem: AppError): InboundAnswer => ({ status: problem.status, recorded: 0, problem });

/** What may be different in a minute is answered so that the provider tries again. */
const problemOf = (refusal: FeedbackRefusal): AppError =>
  new AppError(refusal === "certificate" || refusal === "subscription" ? "FEEDBACK_UNPROVEN" : "FEEDBACK_REFUSED");

const sourceOf = (ctx: ShopContext, provider: FeedbackProvider): Promise<Source | null> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("feedback_source")
      .select(["secret", "account"])
      .where("shop_id", "=", ctx.shopId)
      .where("provider", "=", provider)
      .executeTakeFirst();
    return row ? { secret: row.secret && unseal(row.secret, feedbackPlace(ctx, provider)), account: row.account } : null;
  });

type Received = FeedbackRequest & { source: Source; fetch: FetchPage };

function readReport(ctx: ShopContext, provider: FeedbackProvider, received: Received): Promise<Read> | Read {
  if (provider === "ses") return readSns(ctx, received);
  if (provider === "mailgun") return readSigned(received);
  if (provider === "sendgrid") return readSignedBatch(received);
  const { body, headers, source } = received;
  if (source.secret !== null && !verifyPassword(source.secret, headers.get("authorization"))) return { refusal: "password" };
  const json = jsonOf(body);
  if (typeof json !== "object" || json === null) return { refusal: "unreadable" };
  return { events: provider === "postmark" ? readPostmark(json) : readBrevo(json) };
}

/** Mailgun puts the signature beside the report. */
function readSigned({ body, source }: Received): Read {
  const report = mailgunSchema.safeParse(jsonOf(body));
  if (!report.success) return { refusal: "unreadable" };
  const { signature } = report.data;
  if (source.secret === null || !verifyMailgun(source.secret, signature)) return { refusal: "signature" };
  return isTimely(Number(signature.timestamp)) ? { events: readMailgun(report.data) } : { refusal: "late" };
}

function readSignedBatch({ body, headers, source }: Received): Read {
  const timestamp = headers.get("x-twilio-email-event-webhook-timestamp") ?? "";
  const signature = headers.get("x-twilio-email-event-webhook-signature") ?? "";
  const key = source.secret === null ? null : sendgridKey(source.secret);
  if (!key || timestamp === "" || !verifySendgrid(key, timestamp, signature, body)) return { refusal: "signature" };
  if (!isTimely(Number(timestamp))) return { refusal: "late" };
  const events = readSendgrid(jsonOf(body));
  return events ? { events } : { refusal: "unreadable" };
}

/** Amazon's own sign for everybody who has a topic: the account that came first is the one that may speak. */
async function readSns(ctx: ShopContext, { body, source, fetch }: Received): Promise<Read> {
  const parsed = snsSchema.safeParse(jsonOf(body));
  if (!parsed.success) return { refusal: "unreadable" };
  const message = parsed.data;
  const account = message.TopicArn.split(":")[4] ?? "";
  if (source.account !== null && source.account !== account) return { refusal: "account" };
  const verdict = await verifySns(message, fetch);
  if (verdict !== "right") return { refusal: verdict === "wrong" ? "signature" : "certificate" };
  if (!isTimely(Date.parse(message.Timestamp) / 1_000)) return { refusal: "late" };
  if (message.Type === "SubscriptionConfirmation" && !(await confirmSubscription(message, fetch))) return { refusal: "subscription" };
  if (message.Type === "UnsubscribeConfirmation") return { events: [] };
  if (!(await isTheirs(ctx, account))) return { refusal: "account" };
  return { events: message.Type === "Notification" ? readSes(jsonOf(Buffer.from(message.Message)), message.MessageId) : [] };
}

/** Whether reports of this account count; the first one that is heard stays. */
const isTheirs = (ctx: ShopContext, account: string): Promise<boolean> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .updateTable("feedback_source")
      .set((eb) => ({ account: eb.fn.coalesce("account", eb.val(account)) }))
      .where("shop_id", "=", ctx.shopId)
      .where("provider", "=", "ses")
      .returning("account")
      .executeTakeFirst();
    return row?.account === account;
  });

/** What the settings show. Written at most once a minute, so that a batch of requests does not queue for one row. */
const noteHeard = (ctx: ShopContext, provider: FeedbackProvider): Promise<unknown> =>
  withTenant(ctx, ({ trx, now }) =>
    sql`update feedback_source set heard_at = ${now} where shop_id = ${ctx.shopId} and provider = ${provider}
      and (heard_at is null or heard_at < ${now}::timestamptz - interval '1 minute' or refused_at >= heard_at)`.execute(trx),
  );

const noteRefusal = (ctx: ShopContext, provider: FeedbackProvider, refusal: FeedbackRefusal): Promise<unknown> =>
  withTenant(ctx, ({ trx, now }) =>
    sql`update feedback_source set refused_at = ${now}, refusal = ${refusal} where shop_id = ${ctx.shopId} and provider = ${provider}
      and (refused_at is null or refused_at < ${now}::timestamptz - interval '1 minute' or refusal <> ${refusal})`.execute(trx),
  );

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const OF_A_SHOP = new RegExp(`${UUID}\\.(${UUID})@`);
/** E-mails to the team, and tests of templates: nobody's bounce. */
const OF_THE_TEAM = new RegExp(`^<?(?:staff\\.|${UUID}\\.test@)`);

/** One account at a provider may send for several shops, and reports all of it to each address. */
function isOurs(ctx: ShopContext, { messageId, email }: ProviderEvent): boolean {
  if (messageId === null) return email !== null;
  if (OF_THE_TEAM.test(messageId)) return false;
  const shopId = OF_A_SHOP.exec(messageId)?.[1];
  return shopId === undefined ? email !== null : shopId === ctx.shopId;
}

const DELIVERIES_AT_ONCE = 1_000;
const EVENTS_AT_ONCE = 100;

/** In small transactions, each of which stays: when a large batch is broken off, its repetition goes on behind what was stored. */
async function store(ctx: ShopContext, all: readonly ProviderEvent[]): Promise<number> {
  const events = all.filter((event) => isOurs(ctx, event));
  let recorded = 0;
  // That something reached an address says nothing about which of its messages.
  const deliveries = events.flatMap(({ id, type, messageId, email }) => {
    const message = type === "delivered" ? messageOf(messageId) : null;
    return message === null ? [] : [{ id, messageId: message, address: email }];
  });
  for (let from = 0; from < deliveries.length; from += DELIVERIES_AT_ONCE)
    recorded += await withTenant(ctx, (handle) => recordDeliveries(handle, ctx, deliveries.slice(from, from + DELIVERIES_AT_ONCE)));
  const others = events.filter(({ type }) => type !== "delivered");
  for (let from = 0; from < others.length; from += EVENTS_AT_ONCE)
    recorded += (await storeEvents(ctx, others.slice(from, from + EVENTS_AT_ONCE))).recorded;
  return recorded;
}
