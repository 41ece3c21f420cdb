/** What people with the right to manage credit do to one customer by hand: merge, claw back, convert, recall; each with its preview. */
import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { endOfLocalDayAfter } from "@/server/time";
import { clawback } from "./clawback";
import { convert } from "./convert";
import { limitToday } from "./manual-credit";
import { mergeCustomerCredit } from "./merge-customers";
import { recallSource } from "./recall-source";
import { rehearse } from "./rehearse";
import {
  clawbackPreviewSchema,
  convertPreviewSchema,
  manualClawbackSchema,
  manualConvertSchema,
  manualRecallSchema,
  mergePreviewSchema,
  mergeSchema,
  recallPreviewSchema,
} from "./schema";
import { type Beyond, neverBeyond } from "./strength";

const LOTS_PER_RECALL = 100;

/** Whether a key has been used: a replay moves nothing, so it has nothing to tell the audit log. */
async function isReplay({ trx }: TenantTrx, shopId: string, key: string): Promise<boolean> {
  const known = await trx
    .selectFrom("ledger.request")
    .select("op")
    .where("shop_id", "=", shopId)
    .where("idem_key", "=", key)
    .executeTakeFirst();
  return known !== undefined;
}

/** More than a person may move a day, in the shop's currency; points have no limit of their own and always want the proof. */
async function askBeyond(handle: TenantTrx, ctx: ShopContext, customerId: string, unit: string, amount: bigint, beyond: Beyond) {
  const limit = await limitToday(handle, ctx, customerId);
  if (unit === limit.unit && amount <= limit.perDay) return;
  await beyond(new AppError("LIMIT_EXCEEDED", { unit, limit: limit.perDay.toString(), left: limit.perDay.toString() }));
}

export type MergePreview = Awaited<ReturnType<typeof mergeCustomerCredit>> & { lots: number };

/** What merging would move, from doing it and rolling it back. CONFLICT where it is not possible any more. */
export const previewMerge = (ctx: ShopContext, raw: z.input<typeof mergePreviewSchema>): Promise<MergePreview> => {
  const input = parseInput(mergePreviewSchema, raw);
  return rehearse(ctx, (inner, key) =>
    withTenant(inner, async ({ trx }) => {
      const lots = await trx
        .selectFrom("ledger.lot")
        .select(sql<number>`count(*)::int`.as("lots"))
        .where("shop_id", "=", ctx.shopId)
        .where("customer_id", "=", input.fromCustomerId)
        .where(sql<boolean>`remaining > 0 or held > 0`)
        .executeTakeFirstOrThrow();
      return { ...(await mergeCustomerCredit(inner, { ...input, key, reason: "preview" })), ...lots };
    }),
  );
};

/** Merges another customer's credit into this one's, with a reason; audited by the operation itself. Cannot be undone. */
export const manualMerge = (ctx: ShopContext, raw: z.input<typeof mergeSchema>) => {
  const { key, ...input } = parseInput(mergeSchema, raw);
  return mergeCustomerCredit(ctx, { ...input, key: `manual-merge:${key}` });
};

export const previewClawback = (ctx: ShopContext, raw: z.input<typeof clawbackPreviewSchema>) => {
  const input = parseInput(clawbackPreviewSchema, raw);
  return rehearse(ctx, (inner, key) => clawback(inner, { ...input, key, reason: "preview" }));
};

/** Takes earned credit back; what is spent already becomes the customer's debt, which the next grants pay off. */
export const manualClawback = (ctx: ShopContext, raw: z.input<typeof manualClawbackSchema>, beyond: Beyond = neverBeyond) =>
  withTenant(ctx, async (handle) => {
    const input = parseInput(manualClawbackSchema, raw);
    const key = `manual-clawback:${input.key}`;
    const replayed = await isReplay(handle, ctx.shopId, key);
    if (!replayed) await askBeyond(handle, ctx, input.customerId, input.unit, input.amount, beyond);
    const done = await clawback({ ...ctx, trx: handle }, { ...input, key });
    if (!replayed)
      await recordAudit(handle.trx, ctx, {
        action: "credit.clawedBack",
        entity: "customer",
        entityId: input.customerId,
        after: { transferId: done.transferId, unit: done.unit, amount: done.amount.toString(), taken: done.taken.toString() },
      });
    return done;
  });

async function conversion(handle: TenantTrx, ctx: ShopContext, input: z.output<typeof convertPreviewSchema>) {
  const shop = await handle.trx.selectFrom("shop").select(["currency", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  return {
    customerId: input.customerId,
    from: { unit: input.fromUnit, amount: input.points },
    to: { unit: shop.currency, amount: input.amount },
    expiresAt: input.expiryDays === null ? null : endOfLocalDayAfter(handle.now, input.expiryDays, shop.time_zone),
  };
}

export const previewConvert = (ctx: ShopContext, raw: z.input<typeof convertPreviewSchema>) => {
  const input = parseInput(convertPreviewSchema, raw);
  return rehearse(ctx, (inner, key) =>
    withTenant(inner, async (handle) => {
      const facts = await conversion(handle, ctx, input);
      return { ...(await convert(inner, { ...facts, key })), expiresAt: facts.expiresAt };
    }),
  );
};

/** Turns points into credit at the amounts the person names. */
export const manualConvert = (ctx: ShopContext, raw: z.input<typeof manualConvertSchema>, beyond: Beyond = neverBeyond) =>
  withTenant(ctx, async (handle) => {
    const input = parseInput(manualConvertSchema, raw);
    const key = `manual-convert:${input.key}`;
    const facts = await conversion(handle, ctx, input);
    const replayed = await isReplay(handle, ctx.shopId, key);
    if (!replayed) await askBeyond(handle, ctx, input.customerId, facts.to.unit, input.amount, beyond);
    const done = await convert({ ...ctx, trx: handle }, { ...facts, key, reason: input.reason });
    if (!replayed)
      await recordAudit(handle.trx, ctx, {
        action: "credit.converted",
        entity: "customer",
        entityId: input.customerId,
        after: { from: facts.from.unit, points: input.points.toString(), to: facts.to.unit, amount: input.amount.toString() },
      });
    return done;
  });

export type RecallPreview = { unit: string; customers: number; lots: number; total: bigint; kept: bigint }[];

/** The source must have given to this customer: the page of one customer recalls nothing of another. */
async function sourceSums({ trx, now }: TenantTrx, ctx: ShopContext, input: z.output<typeof recallPreviewSchema>): Promise<RecallPreview> {
  const result = await sql<RecallPreview[number]>`
    select unit, count(distinct customer_id)::int as customers,
      (count(*) filter (where remaining > 0 and (expires_at is null or expires_at > ${now})))::int as lots,
      coalesce(sum(remaining) filter (where expires_at is null or expires_at > ${now}), 0)::bigint as total,
      sum(held + redeemed)::bigint as kept
    from ledger.lot where shop_id = ${ctx.shopId}::uuid and source_id = ${input.sourceId}::uuid and source_type = ${input.sourceType}
    group by unit having bool_or(customer_id = ${input.customerId}::uuid) order by unit`.execute(trx);
  if (result.rows.length === 0) throw new AppError("NOT_FOUND", { entity: "source" });
  return result.rows;
}

export const previewRecall = (ctx: ShopContext, raw: z.input<typeof recallPreviewSchema>): Promise<RecallPreview> =>
  withTenant(ctx, (handle) => sourceSums(handle, ctx, parseInput(recallPreviewSchema, raw)));

/** Takes back what is unspent of one grant. Spent and held parts stay; value that returns to it later is recalled at once. */
export const manualRecall = (ctx: ShopContext, raw: z.input<typeof manualRecallSchema>, beyond: Beyond = neverBeyond) =>
  withTenant(ctx, async (handle) => {
    const input = parseInput(manualRecallSchema, raw);
    const key = `manual-recall:${input.key}`;
    const sums = await sourceSums(handle, ctx, input);
    const replayed = await isReplay(handle, ctx.shopId, key);
    if (!replayed) for (const { unit, total } of sums) if (total > 0n) await askBeyond(handle, ctx, input.customerId, unit, total, beyond);
    const { sourceType: type, sourceId: id, reason } = input;
    const done = await recallSource({ ...ctx, trx: handle }, { key, source: { type, id }, reason, limit: LOTS_PER_RECALL });
    if (done.more) throw new AppError("CONFLICT", { reason: "too many lots for one recall by hand" });
    if (!replayed)
      await recordAudit(handle.trx, ctx, {
        action: "credit.recalled",
        entity: "customer",
        entityId: input.customerId,
        after: { sourceType: type, sourceId: id, lots: done.lots, total: done.total.toString() },
      });
    return { lots: done.lots, total: done.total };
  });
