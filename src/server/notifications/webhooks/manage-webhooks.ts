import { randomBytes } from "node:crypto";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { seal } from "../seal";
import { deliverPing, webhookSecretPlace } from "./deliver-webhooks";
import { createWebhookSchema, listDeliveriesSchema, updateWebhookSchema } from "./schema";

const MAX_ENDPOINTS = 20;

export const listWebhooks = (ctx: ShopContext) =>
  withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("webhook_endpoint")
      .select(["id", "url", "types", "enabled", "failing_since as failingSince", "created_at as createdAt", "created_by_label as by"])
      .where("shop_id", "=", ctx.shopId)
      .where("deleted_at", "is", null)
      .orderBy("id", "desc")
      .limit(MAX_ENDPOINTS)
      .execute(),
  );

/** A new endpoint; its secret is shown once. Events from now on are told, none from before. */
export async function createWebhook(ctx: ShopContext, input: unknown): Promise<{ id: string; secret: string }> {
  const wanted = parseInput(createWebhookSchema, input);
  const secret = `whsec_${randomBytes(32).toString("base64url")}`;
  const id = crypto.randomUUID();
  await withTenant(ctx, async ({ trx }) => {
    const { count } = await trx
      .selectFrom("webhook_endpoint")
      .select((eb) => eb.fn.countAll<bigint>().as("count"))
      .where("shop_id", "=", ctx.shopId)
      .where("deleted_at", "is", null)
      .executeTakeFirstOrThrow();
    if (count >= BigInt(MAX_ENDPOINTS)) throw new AppError("LIMIT_EXCEEDED", { limit: MAX_ENDPOINTS });
    await trx
      .insertInto("webhook_endpoint")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        id,
        url: wanted.url,
        types: wanted.types,
        secret: seal(secret, webhookSecretPlace(ctx, id)),
        created_by_label: ctx.actor.label,
      })
      .execute();
    await recordAudit(trx, ctx, { action: "webhook.created", entity: "webhook", entityId: id, after: { host: new URL(wanted.url).host } });
    await enqueue(trx, { name: "message/feed.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
  });
  return { id, secret };
}

const found = async ({ trx }: TenantTrx, ctx: ShopContext, id: string) => {
  const row = await trx
    .selectFrom("webhook_endpoint")
    .select(["id", "types"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return row;
};

export async function updateWebhook(ctx: ShopContext, input: unknown): Promise<void> {
  const { id, ...change } = parseInput(updateWebhookSchema, input);
  await withTenant(ctx, async (handle) => {
    await found(handle, ctx, id);
    if (Object.keys(change).length > 0)
      await handle.trx.updateTable("webhook_endpoint").set(change).where("shop_id", "=", ctx.shopId).where("id", "=", id).execute();
    await recordAudit(handle.trx, ctx, { action: "webhook.changed", entity: "webhook", entityId: id });
  });
}

export const removeWebhook = (ctx: ShopContext, { id }: { id: string }): Promise<void> =>
  withTenant(ctx, async (handle) => {
    await found(handle, ctx, id);
    await handle.trx
      .updateTable("webhook_endpoint")
      .set({ deleted_at: handle.now, enabled: false })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(handle.trx, ctx, { action: "webhook.removed", entity: "webhook", entityId: id });
  });

export async function listWebhookDeliveries(ctx: ShopContext, input: unknown) {
  const filter = parseInput(listDeliveriesSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    let query = trx
      .selectFrom("webhook_delivery")
      .select(["id", "status", "attempts", "next_at as nextAt", "response_status as responseStatus", "error"])
      .select(["created_at as createdAt", "delivered_at as deliveredAt", "replay_of as replayOf", "event_ids as eventIds"])
      .where("shop_id", "=", ctx.shopId)
      .where("endpoint_id", "=", filter.endpointId);
    if (filter.status) query = query.where("status", "=", filter.status);
    if (filter.cursor) query = query.where("id", "<", filter.cursor);
    const rows = await query
      .orderBy("id", "desc")
      .limit(filter.limit + 1)
      .execute();
    return {
      items: rows.slice(0, filter.limit).map(({ eventIds, ...row }) => ({ ...row, events: eventIds.length })),
      nextCursor: rows.length > filter.limit ? (rows[filter.limit - 1]?.id ?? null) : null,
    };
  });
}

/** Sends the events of a delivery once more, as a new delivery that names the old one. */
export const replayDelivery = (ctx: ShopContext, { deliveryId }: { deliveryId: string }): Promise<{ id: string }> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const old = await trx
      .selectFrom("webhook_delivery")
      .select(["endpoint_id", "event_ids"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", deliveryId)
      .executeTakeFirst();
    if (!old) throw new AppError("NOT_FOUND");
    await found(handle, ctx, old.endpoint_id);
    const { id } = await trx
      .insertInto("webhook_delivery")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        endpoint_id: old.endpoint_id,
        event_ids: old.event_ids,
        replay_of: deliveryId,
        next_at: handle.now,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(trx, ctx, { action: "webhook.replayed", entity: "webhook", entityId: old.endpoint_id, after: { deliveryId } });
    await enqueue(trx, { name: "message/feed.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
    return { id };
  });

/** Sends a delivery without events right now, and says what the other side answered. */
export async function pingWebhook(
  ctx: ShopContext,
  { id }: { id: string },
  options: { allowPrivate?: boolean } = {},
): Promise<{ ok: boolean; status: number | null; error: string | null }> {
  const { status, error } = await deliverPing(ctx, id, options);
  return { ok: error === null, status, error };
}
