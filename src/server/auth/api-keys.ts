import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { createApiKeySchema } from "@/server/tenancy/schema";
import { hashToken } from "./session";

/** Old and new side by side while a client is switched over; more would be forgotten ones. */
const ACTIVE_PER_NAME = 2;

/** Makes a key for one shop. The secret is in the answer and nowhere else: only its SHA-256 is stored. */
export async function createApiKey(ctx: ShopContext, input: z.input<typeof createApiKeySchema>): Promise<{ id: string; secret: string }> {
  const key = parseInput(createApiKeySchema, input);
  const publicId = randomBytes(6).toString("hex");
  const secret = `gh_live_${publicId}_${randomBytes(32).toString("base64url")}`;
  return withTenant(ctx, async ({ trx, now }) => {
    if (key.expiresAt && key.expiresAt <= now) throw new AppError("VALIDATION", { field: "expiresAt" });
    await sql`select pg_advisory_xact_lock(hashtextextended(${`api_key:${ctx.shopId}:${key.name}`}, 0))`.execute(trx);
    const active = await trx
      .selectFrom("api_key")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("name", "=", key.name)
      .where("revoked_at", "is", null)
      .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
      .execute();
    if (active.length >= ACTIVE_PER_NAME) throw new AppError("KEY_LIMIT");
    const { id } = await trx
      .insertInto("api_key")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        public_id: publicId,
        name: key.name,
        secret_hash: hashToken(secret),
        scopes: [...new Set(key.scopes)],
        created_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
        expires_at: key.expiresAt,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(trx, ctx, {
      action: "apiKey.created",
      entity: "apiKey",
      entityId: id,
      after: { name: key.name, publicId, scopes: key.scopes, expiresAt: key.expiresAt },
    });
    return { id, secret };
  });
}

/** Ends a key at once. */
export async function revokeApiKey(ctx: ShopContext, keyId: string): Promise<void> {
  await withTenant(ctx, async ({ trx, now }) => {
    const revoked = await trx
      .updateTable("api_key")
      .set({ revoked_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", keyId)
      .where("revoked_at", "is", null)
      .returning(["name", "public_id"])
      .executeTakeFirst();
    if (!revoked) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, {
      action: "apiKey.revoked",
      entity: "apiKey",
      entityId: keyId,
      after: { name: revoked.name, publicId: revoked.public_id },
    });
  });
}

/** The keys of the shop, newest first; revoked ones stay visible, because logs and audit name them. */
export const listApiKeys = (ctx: ShopContext) =>
  withTenant(ctx, async ({ trx, now }) => {
    const keys = await trx
      .selectFrom("api_key as k")
      .leftJoin("app_user as u", "u.id", "k.created_by")
      .select([
        "k.id",
        "k.name",
        "k.public_id as publicId",
        "k.scopes",
        "k.created_at as createdAt",
        "k.expires_at as expiresAt",
        "k.revoked_at as revokedAt",
        "k.last_used_at as lastUsedAt",
        "u.name as createdBy",
      ])
      .where("k.shop_id", "=", ctx.shopId)
      .orderBy("k.created_at", "desc")
      .limit(200)
      .execute();
    return keys.map((key) => ({
      ...key,
      status: key.revokedAt ? ("revoked" as const) : key.expiresAt && key.expiresAt <= now ? ("expired" as const) : ("active" as const),
    }));
  });
