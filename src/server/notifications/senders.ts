import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Adapter, EmailDelivery, PushDelivery, SmsDelivery } from "./channels/adapter";
import { createAdapter, secretPlace } from "./channels/configured";
import { KeptAdapters } from "./channels/kept-adapters";
import { smtpAdapter, smtpOptionsOf } from "./channels/smtp";
import { lacksSender } from "./compose";
import { inboundUrl } from "./links";
import { CHANNELS, type Channel } from "./schema";
import { unseal } from "./seal";
import { signingOf } from "./sender-domain/signing";
import { readSettings } from "./settings";

/** The ways out of a shop. A channel without one ends in the local outbox; a paused one keeps its messages waiting. */
export type Senders = {
  email: Adapter<EmailDelivery> | null;
  sms: Adapter<SmsDelivery> | null;
  push: Adapter<PushDelivery> | null;
  paused: readonly Channel[];
  /** VAPID keys exist, a host is known …: what the connection page calls the source. */
  emailFromEnvironment: boolean;
  /** There is a mail server and no address the e-mails could come from. */
  senderMissing?: boolean;
};

const CHANNEL_OF = { smtp: "email", twilio: "sms", sms_http: "sms", push: "push" } as const;
type SendingKind = keyof typeof CHANNEL_OF;
const isSending = (kind: string): kind is SendingKind => kind in CHANNEL_OF;

/** Connections are kept between batches; a changed setting has another stamp and so another adapter. */
const kept = new KeptAdapters(200);

/** Ends every kept connection: clean shutdown, and tests. */
export const closeSenders = (): void => kept.close();

export const openSenders = (ctx: ShopContext): Promise<Senders> => withTenant(ctx, (handle) => sendersOf(handle, ctx));

/** The shop's own channels; for e-mail the server's SMTP_URL stands in where the shop has set nothing. */
export async function sendersOf(handle: TenantTrx, ctx: ShopContext): Promise<Senders> {
  const { trx } = handle;
  const settings = await readSettings(handle, ctx);
  const { pepper } = settings;
  const rows = await trx.selectFrom("notification_channel").selectAll().where("shop_id", "=", ctx.shopId).execute();
  const signing = await signingOf(handle, ctx, settings);
  const senders: Senders = { email: null, sms: null, push: null, paused: [], emailFromEnvironment: false };
  const paused = new Set<Channel>();
  for (const row of rows) {
    if (!isSending(row.kind)) continue;
    if (row.paused_at) paused.add(CHANNEL_OF[row.kind]);
    if (!row.enabled) continue;
    const secret = row.secret === null ? null : unseal(row.secret, secretPlace(ctx, row.kind));
    const made = createAdapter(row.kind, row.settings, secret, inboundUrl(pepper, ctx, "twilio"), signing);
    if (!made) continue;
    const key = `${ctx.shopId}:${row.kind}`;
    const stamp = `${row.updated_at.getTime().toString()}:${row.kind === "smtp" && signing ? signing.id : ""}`;
    if (made.channel === "email") senders.email = kept.open(key, stamp, made.open);
    else if (made.channel === "sms") senders.sms = kept.open(key, stamp, made.open);
    else senders.push = kept.open(key, stamp, made.open);
  }
  const url = env().SMTP_URL;
  if (!senders.email && url && !rows.some((row) => row.kind === "smtp")) {
    // Connections of the installation are shared by its shops, except by those that sign with a key of their own.
    const key = signing ? `${ctx.shopId}:environment` : "environment";
    senders.email = kept.open(key, `${url}:${signing?.id ?? ""}`, () => smtpAdapter(smtpOptionsOf(url), signing));
    senders.emailFromEnvironment = true;
  }
  // Without an address to come from, e-mails wait: sent from nowhere they would be lost.
  const host = senders.emailFromEnvironment && url ? smtpOptionsOf(url).host : rows.find(({ kind }) => kind === "smtp")?.settings.host;
  senders.senderMissing = senders.email !== null && lacksSender(settings, host);
  if (senders.senderMissing) paused.add("email");
  return { ...senders, paused: CHANNELS.filter((channel) => paused.has(channel)) };
}
