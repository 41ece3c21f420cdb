import { randomBytes } from "node:crypto";
import type { ChannelKind } from "@db/schema/notifications";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { lacksSender } from "../compose";
import { inboundUrl, signLink } from "../links";
import { seal, unseal } from "../seal";
import { readSettings } from "../settings";
import { errorText } from "./adapter";
import { createAdapter, secretPlace } from "./configured";
import { verifyKlaviyo } from "./klaviyo";
import { createVapidKeys } from "./push";
import {
  CHANNEL_KINDS,
  type ChannelView,
  pauseChannelSchema,
  pushSettings,
  SETTINGS,
  saveChannelSchema,
  testChannelSchema,
} from "./schema";
import { smtpAdapter, smtpOptionsOf } from "./smtp";

/** Without these a channel cannot be switched on. */
const NEEDS_SECRET: readonly ChannelKind[] = ["twilio", "push", "klaviyo"];

/** Every channel with its settings; secrets only as "there is one". */
export const listChannels = (ctx: ShopContext): Promise<ChannelView[]> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx.selectFrom("notification_channel").selectAll().where("shop_id", "=", ctx.shopId).execute();
    return CHANNEL_KINDS.map((kind) => {
      const row = rows.find((one) => one.kind === kind);
      const fromServer = kind === "smtp" && !row && env().SMTP_URL !== undefined;
      return {
        kind,
        enabled: row?.enabled ?? fromServer,
        paused: row?.paused_at != null,
        settings: row?.settings ?? {},
        hasSecret: row?.secret != null,
        testedAt: row?.tested_at ?? null,
        testError: row?.test_error ?? null,
        failingSince: row?.failing_since ?? null,
        lastError: row?.last_error ?? null,
        source: row ? "settings" : fromServer ? "environment" : "none",
      } as const;
    });
  });

const rowOf = ({ trx }: TenantTrx, ctx: ShopContext, kind: ChannelKind) =>
  trx
    .selectFrom("notification_channel")
    .selectAll()
    .where("shop_id", "=", ctx.shopId)
    .where("kind", "=", kind)
    .forUpdate()
    .executeTakeFirst();

/** Saves a channel. A secret that is left out stays as it is; settings that do not fit are refused, also for a channel that is off. */
export async function saveChannel(ctx: ShopContext, input: unknown): Promise<ChannelView[]> {
  const wanted = parseInput(saveChannelSchema, input);
  const settings = parseInput(SETTINGS[wanted.kind], wanted.settings);
  await withTenant(ctx, async (handle) => {
    const before = await rowOf(handle, ctx, wanted.kind);
    const secret =
      wanted.secret === undefined
        ? (before?.secret ?? null)
        : wanted.secret === null
          ? null
          : seal(wanted.secret, secretPlace(ctx, wanted.kind));
    if (wanted.enabled && secret === null && NEEDS_SECRET.includes(wanted.kind))
      throw new AppError("CHANNEL_INCOMPLETE", { missing: "secret" });
    if (wanted.enabled && wanted.kind === "smtp" && lacksSender(await readSettings(handle, ctx), wanted.settings.host))
      throw new AppError("SENDER_MISSING");
    const row = {
      enabled: wanted.enabled,
      settings: JSON.stringify(settings),
      secret,
      updated_at: handle.now,
      ...{ failing_since: null, last_error: null },
      // What was proved was proved of other settings.
      ...{ tested_at: null, test_error: null },
    };
    await handle.trx
      .insertInto("notification_channel")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, kind: wanted.kind, ...row })
      .onConflict((conflict) => conflict.columns(["shop_id", "kind"]).doUpdateSet(row))
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: "channel.saved",
      entity: "channel",
      entityId: wanted.kind,
      after: { enabled: wanted.enabled, secretChanged: wanted.secret !== undefined },
    });
    if (wanted.enabled) await enqueue(handle.trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
  });
  return listChannels(ctx);
}

/** Keeps a channel's messages waiting, or lets them go. */
export async function pauseChannel(ctx: ShopContext, input: unknown): Promise<void> {
  const { kind, paused } = parseInput(pauseChannelSchema, input);
  await withTenant(ctx, async ({ trx, now }) => {
    const changed = await trx
      .updateTable("notification_channel")
      .set({ paused_at: paused ? now : null })
      .where("shop_id", "=", ctx.shopId)
      .where("kind", "=", kind)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, { action: paused ? "channel.paused" : "channel.resumed", entity: "channel", entityId: kind });
    if (!paused) await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
  });
}

export type ChannelTest = { ok: boolean; detail: string };

/** Proves a channel with its stored settings: signs in, sends nothing to customers. The result is kept and shown. */
export async function testChannel(ctx: ShopContext, input: unknown): Promise<ChannelTest> {
  const { kind } = parseInput(testChannelSchema, input);
  const row = await withTenant(ctx, (handle) => rowOf(handle, ctx, kind));
  const result = await tried(() => verifyChannel(ctx, kind, row?.settings ?? null, row?.secret ?? null));
  await withTenant(ctx, async ({ trx, now }) => {
    await trx
      .updateTable("notification_channel")
      .set({
        tested_at: now,
        test_error: result.ok ? null : result.detail,
        ...(result.ok ? { failing_since: null, last_error: null } : {}),
      })
      .where("shop_id", "=", ctx.shopId)
      .where("kind", "=", kind)
      .execute();
  });
  return result;
}

async function tried(work: () => Promise<string>): Promise<ChannelTest> {
  try {
    return { ok: true, detail: await work() };
  } catch (error) {
    if (error instanceof AppError) throw error;
    return { ok: false, detail: errorText(error) };
  }
}

async function verifyChannel(ctx: ShopContext, kind: ChannelKind, settings: unknown, sealed: Buffer | null): Promise<string> {
  const url = env().SMTP_URL;
  const ownHost = typeof settings === "object" && settings !== null && "host" in settings ? settings.host : undefined;
  const host = ownHost ?? (url ? smtpOptionsOf(url).host : undefined);
  if (kind === "smtp" && host !== undefined && lacksSender(await withTenant(ctx, (handle) => readSettings(handle, ctx)), host))
    throw new AppError("SENDER_MISSING");
  if (kind === "smtp" && settings === null && url) {
    const adapter = smtpAdapter(smtpOptionsOf(url));
    return adapter.verify().finally(() => adapter.close());
  }
  if (settings === null) throw new AppError("CHANNEL_INCOMPLETE", { missing: "settings" });
  const secret = sealed === null ? null : unseal(sealed, secretPlace(ctx, kind));
  if (kind === "klaviyo") {
    if (secret === null) throw new AppError("CHANNEL_INCOMPLETE", { missing: "secret" });
    return verifyKlaviyo({ apiKey: secret });
  }
  if (kind === "inbound") {
    if (secret === null) throw new AppError("CHANNEL_INCOMPLETE", { missing: "secret" });
    return "";
  }
  const made = createAdapter(kind, settings, secret, null);
  if (!made) throw new AppError("CHANNEL_INCOMPLETE", { missing: "settings" });
  const adapter = made.open();
  return adapter.verify().finally(() => adapter.close());
}

/** New VAPID keys. Browsers that subscribed under the old ones no longer receive anything and have to be asked again. */
export async function createPushKeys(ctx: ShopContext, { subject }: { subject: string }): Promise<{ publicKey: string }> {
  const { publicKey, privateKey } = createVapidKeys();
  const settings = parseInput(pushSettings, { publicKey, subject });
  await withTenant(ctx, ({ trx, now }) =>
    trx.updateTable("push_subscription").set({ gone_at: now }).where("shop_id", "=", ctx.shopId).where("gone_at", "is", null).execute(),
  );
  await saveChannel(ctx, { kind: "push", enabled: true, settings, secret: privateKey });
  return { publicKey };
}

export type InboundAccess = { secret: string; urls: { events: string; bounce: string; twilio: string } };

/** A new secret for what providers and the mail server report; shown once. The old one stops working. */
export async function createInboundSecret(ctx: ShopContext, { address }: { address?: string | null }): Promise<InboundAccess> {
  const secret = `whin_${randomBytes(32).toString("base64url")}`;
  await saveChannel(ctx, { kind: "inbound", enabled: true, settings: { address: address ?? null }, secret });
  return { secret, urls: await inboundUrls(ctx) };
}

export const inboundUrls = (ctx: ShopContext): Promise<InboundAccess["urls"]> =>
  withTenant(ctx, async (handle) => {
    const { pepper } = await readSettings(handle, ctx);
    const token = signLink(pepper, { purpose: "inbound", orgId: ctx.orgId, shopId: ctx.shopId, subject: ctx.shopId });
    const local = (source: "twilio" | "events" | "bounce") =>
      inboundUrl(pepper, ctx, source) ?? `${env().APP_URL.replace(/\/$/, "")}/api/hooks/${token}/${source}`;
    return { events: local("events"), bounce: local("bounce"), twilio: local("twilio") };
  });
