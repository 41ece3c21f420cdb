import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import { AppError } from "@/server/errors";
import { unstorable } from "@/server/storable";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { withoutNul } from "../channels/adapter";
import { secretPlace } from "../channels/configured";
import { twilioSettings } from "../channels/schema";
import { unseal } from "../seal";
import { openLink } from "../settings";
import type { Evidence } from "./change-consent";
import { allowPhoneAgain, isNewOptOut, optOutEmail, optOutPhone, optOutSent, readReply } from "./opt-out";
import { parseBounce } from "./parse-bounce";
import { unsubscribe } from "./preferences";
import { type DeliveryNotice, recordBounces } from "./record-bounces";
import { sentTo } from "./sent-address";

export const INBOUND_SOURCES = ["events", "bounce", "twilio"] as const;
export type InboundSource = (typeof INBOUND_SOURCES)[number];
export type InboundRequest = { body: Buffer; signature: string | null; twilioSignature: string | null; path: string };
/** `refused`: entries that could not be read and were left out, and the fields that were wrong. `problem`: why nothing was read. */
export type InboundAnswer = {
  status: number;
  recorded: number;
  refused?: { count: number; fields: string[] };
  problem?: AppError;
  /** Twilio asks what to answer to a message that came in. */
  twiml?: boolean;
};

const refusal = (problem: AppError): InboundAnswer => ({ status: problem.status, recorded: 0, problem });

const TOLERANCE_SECONDS = 300;
export const MAX_INBOUND_BYTES = 5 * 1024 * 1024;

/** `t=<unix>,v1=<hex hmac of t.body>`: the same form as our own web hooks, so that one library serves both ways. */
export function verifySignature(secret: string, header: string | null, body: Buffer, nowSeconds: number): boolean {
  const parts = new Map((header ?? "").split(",").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]));
  const at = Number(parts.get("t"));
  const given = Buffer.from(parts.get("v1") ?? "", "hex");
  if (!Number.isInteger(at) || Math.abs(nowSeconds - at) > TOLERANCE_SECONDS) return false;
  const right = createHmac("sha256", secret).update(`${at.toString()}.`).update(body).digest();
  return given.length === right.length && timingSafeEqual(given, right);
}

/** Twilio: base64 HMAC-SHA1 under the auth token over the full address and the sorted form fields. */
export function verifyTwilio(authToken: string, url: string, form: URLSearchParams, signature: string | null): boolean {
  const sorted = [...form.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const right = createHmac("sha1", authToken)
    .update(url + sorted.map(([name, value]) => name + value).join(""))
    .digest();
  const given = Buffer.from(signature ?? "", "base64");
  return given.length === right.length && timingSafeEqual(given, right);
}

const eventSchema = z.object({
  id: z.string().min(1).max(180),
  type: z.enum(["delivered", "softBounce", "hardBounce", "complaint", "optOut"]),
  email: z.email().max(320).nullish(),
  phone: z.string().max(50).nullish(),
  messageId: z.string().max(300).nullish(),
  code: z.string().max(40).nullish(),
  detail: z.string().max(500).nullish(),
});
type InboundEvent = z.output<typeof eventSchema>;
/** The same, as providers tell it in their own form: also of a message that did not arrive for reasons that are not the address's. */
export type ReportedEvent = Omit<InboundEvent, "type"> & { type: InboundEvent["type"] | "failed" };
const eventsSchema = z.object({ events: z.array(z.unknown()).min(1).max(500) });
const MAX_FIELDS = 50;

const secretOf = (ctx: ShopContext, kind: "inbound" | "twilio") =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("notification_channel")
      .select(["secret", "settings"])
      .where("shop_id", "=", ctx.shopId)
      .where("kind", "=", kind)
      .where("enabled", "=", true)
      .executeTakeFirst();
    return row?.secret ? { secret: unseal(row.secret, secretPlace(ctx, kind)), settings: row.settings } : null;
  });

/** Our message's id inside a Message-ID of ours. */
export const messageOf = (messageId: string | null | undefined): string | null =>
  /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.[0-9a-f-]{36}@/.exec(messageId ?? "")?.[1] ?? null;

/** E-mails to the shop's own people are in nobody's statistics, and their addresses on no list of customers. */
const isTeamMail = (messageId: string | null): boolean => /^<?staff\./.test(messageId ?? "");

/**
 * What providers and mail servers report, proven before anything of it is read: returned mail as the mail server got it (`bounce`), events
 * as JSON (`events`), Twilio's own callbacks. A notice that comes twice counts once.
 */
export async function receiveInbound(token: string, source: InboundSource, request: InboundRequest): Promise<InboundAnswer> {
  const link = await openLink(token, "inbound");
  if (!link) return refusal(new AppError("NOT_FOUND"));
  if (source === "twilio") return receiveTwilio(link.ctx, request);
  const access = await secretOf(link.ctx, "inbound");
  // Real time, like the sender's: the test clock does not move other people's servers.
  if (!access || !verifySignature(access.secret, request.signature, request.body, Math.floor(Date.now() / 1_000)))
    return refusal(new AppError("SIGNATURE_INVALID"));
  if (source === "bounce") return receiveMail(link.ctx, request.body);
  const { events, errors } = readEvents(request.body);
  if (errors.length > 0 && events.length === 0)
    return refusal(new AppError("VALIDATION", {}, { cause: new z.ZodRealError(errors.flatMap(({ issues }) => issues)) }));
  const answer = await storeEvents(link.ctx, events);
  if (errors.length === 0) return answer;
  const fields = errors.flatMap(({ issues }) => issues.map(({ path }) => path.map(String).join(".")));
  return { ...answer, refused: { count: errors.length, fields: fields.slice(0, MAX_FIELDS) } };
}

/** Notices about e-mails, and who left at the provider, by whatever names the person. */
export async function storeEvents(ctx: ShopContext, events: readonly ReportedEvent[]): Promise<InboundAnswer> {
  const notices: DeliveryNotice[] = [];
  const left: ReportedEvent[] = [];
  for (const event of events) {
    const { type: kind } = event;
    if (kind === "optOut") left.push(event);
    else if (!isTeamMail(event.messageId ?? null))
      notices.push({
        ...{ id: `event:${event.id}`, kind, channel: "email", address: event.email ?? null },
        ...{ messageId: sentAs(event.messageId), customerId: null, code: event.code ?? null, detail: event.detail ?? null },
      });
  }
  return withTenant(ctx, async (handle) => {
    let recorded = await recordBounces(handle, ctx, notices.map(keepable));
    for (const event of left) if (await takeOptOut(handle, ctx, event)) recorded++;
    return { status: 200, recorded };
  });
}

/** Where a message of ours went is left by the way it took, and so is the address that is named. */
async function takeOptOut(handle: TenantTrx, ctx: ShopContext, { id, email, phone, messageId }: ReportedEvent): Promise<boolean> {
  const about = sentAs(messageId);
  const found = about === null ? null : await sentTo(handle, ctx, about);
  // Erased people are out already.
  const sent = found?.erased ? null : found;
  const channel = sent?.channel ?? (phone ? "sms" : "email");
  if (!(await isNewOptOut(handle, ctx, { id, channel, messageId: sent ? about : null, customerId: sent?.customerId ?? null })))
    return false;
  const evidence: Evidence = { basis: "provider", proof: { notice: id } };
  let taken = email ? await optOutEmail(handle, ctx, email, evidence) : false;
  if (phone) taken = (await optOutPhone(handle, ctx, { phone }, evidence)) || taken;
  if (!sent) return taken;
  await optOutSent(handle, ctx, sent, evidence);
  return true;
}

/** Entry by entry: an address that a provider got wrong must not cost the notices beside it. */
function readEvents(body: Buffer): { events: InboundEvent[]; errors: z.ZodError[] } {
  const all = eventsSchema.safeParse(jsonOf(body));
  if (!all.success) return { events: [], errors: [all.error] };
  const events: InboundEvent[] = [];
  const errors: z.ZodError[] = [];
  for (const [index, entry] of all.data.events.entries()) {
    const parsed = eventSchema.safeParse(entry);
    const error = unstorable(entry) ?? parsed.error;
    if (parsed.success && !error) events.push(parsed.data);
    else if (error) errors.push(new z.ZodRealError(error.issues.map((issue) => ({ ...issue, path: ["events", index, ...issue.path] }))));
  }
  return { events, errors };
}

/** The message that a Message-ID, or our id given back, is about. */
const sentAs = (messageId: string | null | undefined): string | null => messageOf(messageId) ?? uuidOrNull(messageId);
const uuidOrNull = (text: string | null | undefined): string | null => (z.uuid().safeParse(text).success && text ? text : null);

export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    // What is no JSON fits no schema, and is answered so.
    return undefined;
  }
}

/** Words of other servers, from mails and forms: what cannot be stored is left out of them, the notice counts. */
const keepable = (notice: DeliveryNotice): DeliveryNotice => ({
  ...notice,
  id: withoutNul(notice.id),
  address: notice.address === null ? null : withoutNul(notice.address),
  code: notice.code === null ? null : withoutNul(notice.code),
  detail: notice.detail === null ? null : withoutNul(notice.detail),
});

const store = async (ctx: ShopContext, notices: DeliveryNotice[]): Promise<InboundAnswer> => ({
  status: 200,
  recorded: await withTenant(ctx, (handle) => recordBounces(handle, ctx, notices.map(keepable))),
});

async function receiveMail(ctx: ShopContext, raw: Buffer): Promise<InboundAnswer> {
  const parsed = await parseBounce(raw);
  if (parsed.unsubscribe) await unsubscribe(parsed.unsubscribe, {}, "mail").catch(ignoreBadLink);
  const id = createHash("sha256").update(raw).digest("hex");
  return store(
    ctx,
    parsed.notices
      .filter(({ messageId }) => !isTeamMail(messageId))
      .map((notice, index) => ({
        id: `mail:${id}:${index.toString()}`,
        kind: notice.kind,
        channel: "email",
        address: notice.address,
        messageId: messageOf(notice.messageId),
        customerId: null,
        code: notice.code,
        detail: notice.detail,
      })),
  );
}

/** A mail that asks to unsubscribe with a link that is not ours asks nothing of us. */
function ignoreBadLink(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "LINK_INVALID")) throw error;
}

/** Twilio's words for what became of a message. */
const TWILIO_STATES: Record<string, DeliveryNotice["kind"]> = { delivered: "delivered", undelivered: "failed", failed: "failed" };
const TWILIO_DEAD = new Set(["30003", "30004", "30005", "30006"]);

async function receiveTwilio(ctx: ShopContext, request: InboundRequest): Promise<InboundAnswer> {
  const access = await secretOf(ctx, "twilio");
  const form = new URLSearchParams(request.body.toString("utf8"));
  const url = `${env().APP_URL.replace(/\/$/, "")}${request.path}`;
  if (!access || !twilioSettings.safeParse(access.settings).success || !verifyTwilio(access.secret, url, form, request.twilioSignature))
    return refusal(new AppError("SIGNATURE_INVALID"));
  if (form.get("SmsStatus") === "received") return receiveReply(ctx, form);
  const sid = withoutNul(form.get("MessageSid") ?? "");
  const state = TWILIO_STATES[form.get("MessageStatus") ?? ""];
  if (!state || sid === "") return { status: 200, recorded: 0 };
  const message = await withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("message")
      .select(["id", "customer_id"])
      .where("shop_id", "=", ctx.shopId)
      .where("provider_ref", "=", sid)
      .executeTakeFirst(),
  );
  const code = form.get("ErrorCode");
  return store(ctx, [
    {
      id: `twilio:${sid}:${form.get("MessageStatus") ?? ""}`,
      kind: state === "failed" && code && TWILIO_DEAD.has(code) ? "hardBounce" : state,
      channel: "sms",
      address: form.get("To"),
      messageId: message?.id ?? null,
      customerId: message?.customer_id ?? null,
      code,
      detail: form.get("ErrorMessage"),
    },
  ]);
}

/**
 * What somebody answered to an SMS. With Advanced Opt-Out Twilio says itself what it took the words for. Nothing but the wish to leave, or to
 * be reached again, is kept: nobody here reads replies.
 */
async function receiveReply(ctx: ShopContext, form: URLSearchParams): Promise<InboundAnswer> {
  const from = withoutNul(form.get("From") ?? "");
  const reply = readReply(form.get("OptOutType") ?? form.get("Body") ?? "");
  if (reply === null) return { status: 200, recorded: 0, twiml: true };
  const message = withoutNul(form.get("MessageSid") ?? "");
  const changed = await withTenant(ctx, async (handle) => {
    if (reply === "start") return allowPhoneAgain(handle, ctx, from);
    if (message && !(await isNewOptOut(handle, ctx, { id: `twilio:${message}`, channel: "sms", messageId: null, customerId: null })))
      return false;
    return optOutPhone(handle, ctx, { phone: from }, { basis: "smsReply", proof: { message } });
  });
  return { status: 200, recorded: changed ? 1 : 0, twiml: true };
}
