import { createHmac } from "node:crypto";
import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { errorText } from "../channels/adapter";
import { ForbiddenAddress, guardedRequest } from "../channels/guarded-request";
import { unseal } from "../seal";

/** Events of one POST. A drop to a hundred thousand people is a thousand requests, not a hundred thousand. */
const EVENTS_PER_DELIVERY = 100;
const FAN_OUT = 5_000;
const DELIVERIES_PER_STEP = 20;
/** About three days in all. */
const BACK_OFF_MINUTES = [1, 5, 15, 60, 180, 360, 720, 1_440, 1_440] as const;

export const webhookSecretPlace = (ctx: ShopContext, id: string): string => `${ctx.orgId}:webhook_endpoint:secret:${id}`;

/** `t=<unix>,v1=<hex HMAC-SHA256 of "t.body">`; receivers refuse what is older than five minutes (domain.md 5.4). */
export const signBody = (secret: string, body: string, unixSeconds: number): string =>
  `t=${unixSeconds.toString()},v1=${createHmac("sha256", secret).update(`${unixSeconds.toString()}.${body}`).digest("hex")}`;

/** Turns events whose time has come into deliveries, one list per endpoint that asked for their type by then. Oldest first. */
export const fanOutEvents = (ctx: ShopContext): Promise<{ deliveries: number }> =>
  withTenant(ctx, async ({ trx, now }) => {
    // Credit that became available is only told about while there is some of it left.
    const events = await sql<{ id: string; type: string; at: Date }>`
      select e.id, e.type, e.at from outbound_event e
      where e.shop_id = ${ctx.shopId} and e.fanned_at is null and e.at <= ${now} order by e.at, e.id limit ${FAN_OUT} for update skip locked`.execute(
      trx,
    );
    if (events.rows.length === 0) return { deliveries: 0 };
    const endpoints = await trx
      .selectFrom("webhook_endpoint")
      .select(["id", "types", "created_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("enabled", "=", true)
      .where("deleted_at", "is", null)
      .execute();
    const deliveries: { endpoint_id: string; event_ids: string[] }[] = [];
    for (const endpoint of endpoints) {
      const wanted = events.rows.filter(({ type, at }) => at >= endpoint.created_at && endpoint.types.includes(type)).map(({ id }) => id);
      for (let from = 0; from < wanted.length; from += EVENTS_PER_DELIVERY)
        deliveries.push({ endpoint_id: endpoint.id, event_ids: wanted.slice(from, from + EVENTS_PER_DELIVERY) });
    }
    if (deliveries.length > 0)
      await trx
        .insertInto("webhook_delivery")
        .values(deliveries.map((delivery) => ({ org_id: ctx.orgId, shop_id: ctx.shopId, next_at: now, ...delivery })))
        .execute();
    await sql`update outbound_event set fanned_at = ${now} where shop_id = ${ctx.shopId} and id = any(${events.rows.map(({ id }) => id)}::uuid[])`.execute(
      trx,
    );
    return { deliveries: deliveries.length };
  });

type Due = { id: string; endpoint_id: string; event_ids: string[]; attempts: number; url: string; secret: Buffer };

export type WebhookResult = { delivered: number; failed: number; retried: number; more: boolean };

/**
 * Sends what is due. A delivery is taken by moving its next try ahead, so that a sender that dies leaves it to be tried again; receivers
 * recognise repeats by the ids of delivery and events. Any answer but 2xx is tried again, redirects are not followed.
 */
export async function deliverWebhooks(
  ctx: ShopContext,
  { allowPrivate = env().GUTHABEN_MODE === "local" }: { allowPrivate?: boolean } = {},
): Promise<WebhookResult> {
  const due = await withTenant(ctx, async ({ trx, now }) => {
    const result = await sql<Due>`
      update webhook_delivery d set next_at = ${now}::timestamptz + interval '2 minutes'
      from webhook_endpoint e
      where d.shop_id = ${ctx.shopId} and e.shop_id = d.shop_id and e.id = d.endpoint_id and e.enabled and e.deleted_at is null
        and d.id in (select id from webhook_delivery where shop_id = ${ctx.shopId} and status = 'waiting' and next_at <= ${now}
                     order by next_at, id limit ${DELIVERIES_PER_STEP} for update skip locked)
      returning d.id, d.endpoint_id, d.event_ids, d.attempts, e.url, e.secret`.execute(trx);
    return result.rows;
  });
  const total: WebhookResult = { delivered: 0, failed: 0, retried: 0, more: due.length === DELIVERIES_PER_STEP };
  const broken: unknown[] = [];
  for (const delivery of due) {
    const answer = await attempt(ctx, delivery, allowPrivate);
    try {
      total[await withTenant(ctx, (handle) => note(handle, ctx, delivery, answer))]++;
    } catch (error) {
      // What cannot be noted is tried again after its two minutes; the others do not wait for it.
      broken.push(error);
    }
  }
  if (broken.length > 0) throw new AggregateError(broken, `${broken.length.toString()} deliveries could not be noted`);
  return total;
}

/**
 * Sends one delivery without events, and nothing else that waits. It is born taken, so that no other sender has it meanwhile, and is not
 * tried again: whoever asked sees the answer.
 */
export async function deliverPing(
  ctx: ShopContext,
  endpointId: string,
  { allowPrivate = env().GUTHABEN_MODE === "local" }: { allowPrivate?: boolean } = {},
): Promise<Pick<Answer, "status" | "error">> {
  const ping = await withTenant(ctx, async ({ trx, now }) => {
    const endpoint = await trx
      .selectFrom("webhook_endpoint")
      .select(["url", "secret"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", endpointId)
      .where("deleted_at", "is", null)
      .executeTakeFirst();
    if (!endpoint) throw new AppError("NOT_FOUND");
    const row = { endpoint_id: endpointId, event_ids: [] };
    const { id } = await trx
      .insertInto("webhook_delivery")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, ...row, next_at: new Date(now.getTime() + 120_000) })
      .returning("id")
      .executeTakeFirstOrThrow();
    return { id, ...row, ...endpoint, attempts: 0 };
  });
  const answer = { ...(await attempt(ctx, ping, allowPrivate)), final: true };
  await withTenant(ctx, (handle) => note(handle, ctx, ping, answer));
  return answer;
}

type Answer = { status: number | null; error: string | null; final: boolean };

async function attempt(ctx: ShopContext, delivery: Due, allowPrivate: boolean): Promise<Answer> {
  try {
    const body = await bodyOf(ctx, delivery);
    const secret = unseal(delivery.secret, webhookSecretPlace(ctx, delivery.endpoint_id));
    const answer = await guardedRequest(delivery.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Guthaben-Webhooks/1",
        "x-delivery-id": delivery.id,
        // Real time: the receiver's clock is not moved by a test clock here.
        "x-signature": signBody(secret, body, Math.floor(Date.now() / 1_000)),
      },
      body,
      allowPrivate,
    });
    const ok = answer.status >= 200 && answer.status < 300;
    return { status: answer.status, error: ok ? null : answer.body.slice(0, 300) || "no 2xx", final: false };
  } catch (error) {
    return { status: null, error: errorText(error), final: error instanceof ForbiddenAddress };
  }
}

const bodyOf = (ctx: ShopContext, delivery: Due): Promise<string> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("outbound_event")
      .select(["id", "type", "at", "data"])
      .where("shop_id", "=", ctx.shopId)
      // As one array, which may be empty: a test carries no events.
      .where("id", "=", sql<string>`any(${delivery.event_ids}::uuid[])`)
      .execute();
    // In the order in which they were put together, which is that of their time.
    const events = delivery.event_ids
      .flatMap((id) => rows.filter((row) => row.id === id))
      .map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
    return JSON.stringify({ id: delivery.id, shopId: ctx.shopId, events });
  });

async function note({ trx, now }: TenantTrx, ctx: ShopContext, delivery: Due, answer: Answer): Promise<"delivered" | "failed" | "retried"> {
  const ok = answer.error === null;
  const minutes = BACK_OFF_MINUTES[delivery.attempts];
  const over = !ok && (answer.final || minutes === undefined);
  await trx
    .updateTable("webhook_delivery")
    .set({
      status: ok ? "delivered" : over ? "failed" : "waiting",
      attempts: delivery.attempts + 1,
      response_status: answer.status,
      error: answer.error?.slice(0, 500) ?? null,
      delivered_at: ok ? now : null,
      next_at: new Date(now.getTime() + (minutes ?? 0) * 60_000),
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", delivery.id)
    .execute();
  await sql`update webhook_endpoint set failing_since = ${ok ? null : sql`coalesce(failing_since, ${now})`}
    where shop_id = ${ctx.shopId} and id = ${delivery.endpoint_id}`.execute(trx);
  return ok ? "delivered" : over ? "failed" : "retried";
}
