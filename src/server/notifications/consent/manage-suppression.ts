import type { SuppressionReason } from "@db/schema/notifications";
import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { MAX_ADDRESSES } from "../schema";
import { readSettings } from "../settings";
import { placeIn, placeOf, shopCountry } from "./address-place";
import type { Refusal } from "./refused-address";

const channel = z.enum(["email", "sms"]);
const SUPPRESSION_REASONS = ["hardBounce", "softBounce", "complaint", "manual", "optedOut"] as const satisfies readonly SuppressionReason[];
export const listSuppressionSchema = z.object({
  channel: channel.nullish(),
  reason: z.enum(SUPPRESSION_REASONS).nullish(),
  cursor: z.string().max(100).nullish(),
  limit: z.int().min(1).max(100).default(50),
});
export const addressSchema = z.object({ channel, address: z.string().trim().min(3).max(320) });
export const addSuppressionSchema = z.object({
  addresses: z.array(z.string().trim().min(1).max(320)).min(1).max(MAX_ADDRESSES),
  hint: z.string().trim().max(100).default(""),
});
export const removeSuppressionSchema = z.object({ channel, id: z.string().regex(/^[0-9a-f]{64}$/) });

export type SuppressionItem = {
  /** The address's hash; the address itself is not kept (it survives erasure this way). */
  id: string;
  channel: "email" | "sms";
  reason: SuppressionReason;
  hint: string | null;
  until: Date | null;
  createdAt: Date;
  by: string;
};

const COLUMNS = ["channel", "address_hash", "reason", "hint", "until", "created_at", "created_by_label"] as const;
type Row = {
  channel: "email" | "sms";
  address_hash: Buffer;
  reason: SuppressionItem["reason"];
  hint: string | null;
  until: Date | null;
  created_at: Date;
  created_by_label: string;
};
const item = (row: Row): SuppressionItem => ({
  id: row.address_hash.toString("hex"),
  channel: row.channel,
  reason: row.reason,
  hint: row.hint,
  until: row.until,
  createdAt: row.created_at,
  by: row.created_by_label,
});

/** Who is not written to, whatever anyone plans. Newest first. */
export async function listSuppression(
  ctx: ShopContext,
  input: unknown,
): Promise<{ items: SuppressionItem[]; nextCursor: string | null; total: number }> {
  const filter = parseInput(listSuppressionSchema, input);
  return withTenant(ctx, async ({ trx, now }) => {
    let base = trx
      .selectFrom("suppression")
      .where("shop_id", "=", ctx.shopId)
      .where((eb) => eb.or([eb("until", "is", null), eb("until", ">", now)]));
    if (filter.channel) base = base.where("channel", "=", filter.channel);
    if (filter.reason) base = base.where("reason", "=", filter.reason);
    let query = base.select(COLUMNS);
    const [at, hash] = filter.cursor?.split("|") ?? [];
    if (at && hash && !Number.isNaN(Date.parse(at)))
      query = query.where(
        sql<boolean>`(date_trunc('milliseconds', created_at), address_hash) < (${new Date(at)}::timestamptz, ${Buffer.from(hash, "hex")}::bytea)`,
      );
    const rows = await query
      .orderBy(sql`date_trunc('milliseconds', created_at)`, "desc")
      .orderBy("address_hash", "desc")
      .limit(filter.limit + 1)
      .execute();
    const { count } = await base.select(sql<number>`count(*)::int`.as("count")).executeTakeFirstOrThrow();
    const last = rows[filter.limit - 1];
    return {
      items: rows.slice(0, filter.limit).map(item),
      nextCursor: rows.length > filter.limit && last ? `${last.created_at.toISOString()}|${last.address_hash.toString("hex")}` : null,
      total: count,
    };
  });
}

async function hashOf(handle: TenantTrx, ctx: ShopContext, typed: z.infer<typeof addressSchema>): Promise<Buffer> {
  const place = await placeOf(handle, ctx, typed);
  if (place === null) throw new AppError("VALIDATION", { fields: "address" });
  return place.hash;
}

export type Suppressed = { added: number; known: number /** What can be no address, as it was typed. */; invalid: string[] };

/**
 * Ends writing to addresses by hand, of known customers or not: e-mail addresses and telephone numbers as they come, since only the former
 * have an @. A block that ends by itself becomes one for good.
 */
export async function addSuppression(ctx: ShopContext, input: unknown): Promise<Suppressed> {
  const { addresses, hint } = parseInput(addSuppressionSchema, input);
  return withTenant(ctx, async (handle) => {
    const { pepper } = await readSettings(handle, ctx);
    const country = await shopCountry(handle, ctx);
    const places = new Map<string, { channel: "email" | "sms"; hash: Buffer }>();
    const invalid: string[] = [];
    for (const address of addresses) {
      const kind = address.includes("@") ? "email" : "sms";
      const place = placeIn(pepper, { channel: kind, address, country });
      if (place) places.set(`${kind}:${place.key}`, { channel: kind, hash: place.hash });
      else invalid.push(address);
    }
    const wanted = [...places.values()].sort((one, other) => one.hash.compare(other.hash));
    const { numAffectedRows = 0n } = await sql`
      insert into suppression as s (org_id, shop_id, channel, address_hash, reason, hint, created_by_label, created_at)
      select ${ctx.orgId}, ${ctx.shopId}, u.channel, u.hash, 'manual', ${hint || null}, ${ctx.actor.label}, ${handle.now}
      from unnest(${wanted.map(({ channel }) => channel)}::text[], ${wanted.map(({ hash }) => hash)}::bytea[]) u (channel, hash)
      on conflict (shop_id, channel, address_hash) do update set reason = 'manual', until = null, hint = excluded.hint where s.until is not null`.execute(
      handle.trx,
    );
    const added = Number(numAffectedRows);
    const [only] = wanted;
    if (added > 0)
      await recordAudit(handle.trx, ctx, {
        action: "suppression.added",
        entity: "suppression",
        entityId: wanted.length === 1 && only ? only.hash.toString("hex").slice(0, 16) : null,
        after: { added },
      });
    return { added, known: wanted.length - added, invalid };
  });
}

/** Lets an address be written to again; consent is asked all the same. */
export async function removeSuppression(ctx: ShopContext, input: unknown): Promise<void> {
  const { channel: kind, id } = parseInput(removeSuppressionSchema, input);
  await withTenant(ctx, async ({ trx }) => {
    const removed = await trx
      .deleteFrom("suppression")
      .where("shop_id", "=", ctx.shopId)
      .where("channel", "=", kind)
      .where("address_hash", "=", Buffer.from(id, "hex"))
      .executeTakeFirst();
    if (removed.numDeletedRows === 0n) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, { action: "suppression.removed", entity: "suppression", entityId: id.slice(0, 16) });
  });
}

/** What the reader of an address that somebody types said about advertising, under whatever customer; null if nothing is known. */
export async function checkRefusal(ctx: ShopContext, input: unknown): Promise<Refusal | null> {
  const wanted = parseInput(addressSchema, input);
  return withTenant(ctx, async (handle) => {
    const row = await handle.trx
      .selectFrom("refused_address")
      .select(["objected_at as objectedAt", "left_at as leftAt"])
      .where("shop_id", "=", ctx.shopId)
      .where("channel", "=", wanted.channel)
      .where("address_hash", "=", await hashOf(handle, ctx, wanted))
      .executeTakeFirst();
    return row ?? null;
  });
}

/** Whether an address that somebody types is on the list. */
export async function checkSuppression(ctx: ShopContext, input: unknown): Promise<SuppressionItem | null> {
  const wanted = parseInput(addressSchema, input);
  return withTenant(ctx, async (handle) => {
    const row = await handle.trx
      .selectFrom("suppression")
      .select(COLUMNS)
      .where("shop_id", "=", ctx.shopId)
      .where("channel", "=", wanted.channel)
      .where("address_hash", "=", await hashOf(handle, ctx, wanted))
      .executeTakeFirst();
    return row ? item(row) : null;
  });
}
