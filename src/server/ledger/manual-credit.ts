import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { endOfLocalDayAfter, localDay, startOfLocalDay } from "@/server/time";
import { deduct } from "./deduct";
import { grantMany } from "./grant-many";
import { DEFAULT_MANUAL_LIMIT, manualCreditSchema } from "./schema";
import { type Beyond, neverBeyond } from "./strength";

const settingsSchema = z.object({
  manualCreditLimit: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .optional()
    .catch(undefined),
});

/** What a person may give or take by hand for one customer today: the limit of the shop and what is left of it. */
export async function limitToday({ trx, now }: TenantTrx, ctx: ShopContext, customerId: string) {
  const shop = await trx
    .selectFrom("shop")
    .select(["currency", "time_zone", "settings"])
    .where("id", "=", ctx.shopId)
    .executeTakeFirstOrThrow();
  const since = startOfLocalDay(localDay(now, shop.time_zone), shop.time_zone);
  const perDay = settingsSchema.parse(shop.settings).manualCreditLimit ?? DEFAULT_MANUAL_LIMIT;
  const used = await trx
    .selectFrom("ledger.transfer")
    .select(sql<bigint>`coalesce(sum(amount), 0)::bigint`.as("used"))
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", customerId)
    .where("unit", "=", shop.currency)
    .where("source_type", "=", "manual")
    .where("at", ">=", since)
    .executeTakeFirstOrThrow();
  return { unit: shop.currency, timeZone: shop.time_zone, since, perDay, used: used.used };
}

/** The limit a dialog shows before anything is booked. */
export const manualCreditLimit = (ctx: ShopContext, customerId: string) =>
  withTenant(ctx, async (handle) => {
    const { unit, perDay, used } = await limitToday(handle, ctx, customerId);
    return { unit, perDay, left: perDay > used ? perDay - used : 0n };
  });

/**
 * Gives or takes credit by hand, with a reason, in the shop's currency, audited. LIMIT_EXCEEDED above the shop's limit per customer and
 * day (given and taken both count) unless `beyond` allows it; the limit is checked again under the customer's lock. Giving is goodwill and
 * can lapse.
 */
export const manualCredit = (ctx: ShopContext, raw: z.input<typeof manualCreditSchema>, beyond: Beyond = neverBeyond) =>
  withTenant(ctx, async (handle) => {
    const input = parseInput(manualCreditSchema, raw);
    const inner = { ...ctx, trx: handle };
    const known = await handle.trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", input.customerId)
      .executeTakeFirst();
    if (!known) throw new AppError("NOT_FOUND", { entity: "customer" });
    const replayed = await handle.trx
      .selectFrom("ledger.request")
      .select("op")
      .where("shop_id", "=", ctx.shopId)
      .where("idem_key", "=", `manual:${input.key}`)
      .executeTakeFirst();
    const limit = await limitToday(handle, ctx, input.customerId);
    const left = limit.perDay > limit.used ? limit.perDay - limit.used : 0n;
    const above = !replayed && input.amount > left;
    if (above) {
      const { unit, perDay } = limit;
      await beyond(new AppError("LIMIT_EXCEEDED", { unit, limit: perDay.toString(), left: left.toString() }));
    }
    const bound = above ? undefined : limit;
    const expiresAt = input.expiryDays === null ? null : endOfLocalDayAfter(handle.now, input.expiryDays, limit.timeZone);
    const transferId =
      input.direction === "give"
        ? (
            await grantMany(
              inner,
              {
                source: { type: "manual", id: input.key },
                chunkKey: `manual:${input.key}`,
                unit: limit.unit,
                originClass: "unpaid",
                availableFrom: null,
                expiresAt,
                grants: [{ customerId: input.customerId, amount: input.amount }],
                reason: input.reason,
              },
              bound,
            )
          ).transferId
        : (
            await deduct(
              inner,
              {
                key: `manual:${input.key}`,
                sourceType: "manual",
                customerId: input.customerId,
                unit: limit.unit,
                amount: input.amount,
                reason: input.reason,
              },
              bound,
            )
          ).transferId;
    // A replay moved nothing, so it has nothing to tell.
    if (!replayed)
      await recordAudit(handle.trx, ctx, {
        action: input.direction === "give" ? "credit.given" : "credit.taken",
        entity: "customer",
        entityId: input.customerId,
        after: { transferId, amount: input.amount.toString(), unit: limit.unit, ...(above ? { aboveLimit: limit.perDay.toString() } : {}) },
      });
    return { transferId };
  });
