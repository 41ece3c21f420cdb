import { sql } from "kysely";
import { z } from "zod";
import { emailKey } from "@/server/customers/email-key";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Outcome } from "../channels/adapter";
import { e164 } from "../channels/sms";
import { senderOf } from "../compose";
import { bodyOf, type MessageBody } from "../get-message";
import { messageKindSchema } from "../schema";
import { openSenders, type Senders } from "../senders";
import { readSettings } from "../settings";
import type { Rendered } from "./compile";
import { OutputTooLong } from "./liquid";
import { testSendSchema } from "./schema";
import { renderFor } from "./try-template";

const KEPT_DAYS = 30;
const MAX_SHOWN = 100;

export type TestSent = { id: string; delivered: "sent" | "outbox"; detail: string };
type Wanted = ReturnType<typeof testSendSchema.parse>;
type State = { status: "outbox" | "sent" | "failed"; detail: string };

/**
 * Sends a template to an address of the person who edits it, marked as a test and outside of every count. Every test is kept for thirty days
 * and shown in the outbox; without a way out that is the only place it goes to.
 */
export async function testSend(ctx: ShopContext, input: unknown): Promise<TestSent> {
  const wanted = parseInput(testSendSchema, input);
  const { rendered } = await renderFor(ctx, wanted).catch((error: unknown) => {
    throw error instanceof OutputTooLong ? new AppError("TEMPLATE_INVALID", { code: "tooLong", locale: wanted.locale, path: "" }) : error;
  });
  const senders = await openSenders(ctx);
  const id = crypto.randomUUID();
  const to = await addressOf(ctx, wanted);
  const state = await handOver(ctx, senders, { id, to, rendered });
  await withTenant(ctx, async ({ trx, now }) => {
    await trx
      .insertInto("test_message")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, id, kind: wanted.kind, channel: wanted.channel, locale: wanted.locale, recipient: to },
        customer_id: wanted.customerId ?? null,
        ...{ rendered: JSON.stringify(bodyOf(rendered)), created_by_label: ctx.actor.label, created_at: now },
        ...{ status: state.status, detail: state.detail.slice(0, 500) || null },
      })
      .execute();
  });
  if (state.status === "failed") throw new AppError("CHANNEL_FAILED", { detail: state.detail });
  return { id, delivered: state.status, detail: state.detail };
}

/** Every night: tests that nobody looks at any more. Returns how many. */
export const clearTests = (ctx: ShopContext): Promise<number> =>
  withTenant(ctx, async ({ trx, now }) => {
    const cleared = await sql`
      delete from test_message where shop_id = ${ctx.shopId} and created_at < ${now}::timestamptz - make_interval(days => ${KEPT_DAYS})`.execute(
      trx,
    );
    return Number(cleared.numAffectedRows ?? 0n);
  });

async function addressOf(ctx: ShopContext, { channel, to }: Wanted): Promise<string> {
  if (channel === "push") return to;
  if (channel === "email") {
    if (emailKey(to) === null) throw new AppError("VALIDATION", { fields: "to" });
    return to;
  }
  const { country } = await withTenant(ctx, ({ trx }) =>
    trx.selectFrom("shop").select("country").where("id", "=", ctx.shopId).executeTakeFirstOrThrow(),
  );
  const number = e164(to, country);
  if (number === null) throw new AppError("VALIDATION", { fields: "to" });
  return number;
}

async function handOver(ctx: ShopContext, senders: Senders, { id, to, rendered }: { id: string; to: string; rendered: Rendered }) {
  if (rendered.channel === "sms" && senders.sms) return stateOf(await senders.sms.send({ channel: "sms", id, to, text: rendered.text }));
  // A push message reaches a browser, not an address.
  if (rendered.channel !== "email" || !senders.email) return { status: "outbox", detail: "" } satisfies State;
  if (senders.senderMissing) throw new AppError("SENDER_MISSING");
  const { replyTo, ...from } = await withTenant(ctx, async (handle) => {
    const settings = await readSettings(handle, ctx);
    const shop = await handle.trx
      .selectFrom("shop")
      .select(["name", "time_zone as timeZone"])
      .where("id", "=", ctx.shopId)
      .executeTakeFirstOrThrow();
    return { ...senderOf({ settings, shop }), replyTo: settings.brand.replyTo };
  });
  const { html, text } = rendered;
  const messageId = `<${id}.test@${from.address.split("@").at(1) ?? "localhost.localdomain"}>`;
  const subject = `[Test] ${rendered.subject}`;
  return stateOf(await senders.email.send({ channel: "email", id, to, from, replyTo, subject, html, text, unsubscribe: [], messageId }));
}

const stateOf = (outcome: Outcome): State =>
  outcome.result === "sent" ? { status: "sent", detail: outcome.ref ?? "" } : { status: "failed", detail: outcome.error };

export type TestItem = {
  id: string;
  kind: z.infer<typeof messageKindSchema>;
  channel: "email" | "sms" | "push";
  recipient: string;
  status: State["status"];
  detail: string | null;
  by: string;
  at: Date;
};

const itemColumns = ["id", "kind", "channel", "recipient", "status", "detail", "created_by_label as by", "created_at as at"] as const;

/** The latest tests, newest first. */
export const listTests = (ctx: ShopContext): Promise<{ items: TestItem[] }> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("test_message")
      .select(itemColumns)
      .where("shop_id", "=", ctx.shopId)
      .orderBy("created_at", "desc")
      .limit(MAX_SHOWN)
      .execute();
    return { items: rows.map((row) => ({ ...row, kind: messageKindSchema.parse(row.kind) })) };
  });

const bodySchema = z.object({
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  sms: z.object({ count: z.number(), encoding: z.string(), characters: z.number(), perSegment: z.number() }).nullable(),
  push: z.object({ title: z.string(), body: z.string(), url: z.string() }).nullable(),
  broken: z.string().nullable(),
});

/** A test as it was rendered then. */
export const getTest = (ctx: ShopContext, { id }: { id: string }): Promise<TestItem & MessageBody> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("test_message")
      .select(itemColumns)
      .select("rendered")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const { rendered, ...item } = row;
    return { ...item, kind: messageKindSchema.parse(row.kind), ...bodySchema.parse(rendered) };
  });
