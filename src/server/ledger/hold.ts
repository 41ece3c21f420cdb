import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";
import { HOLD_TTL_SECONDS } from "./schema";
import { orderFactsJson } from "./terms";
import type { OrderFacts } from "./terms-schema";

const holdAnswer = z.object({
  holdId: z.uuid(),
  transferId: z.uuid(),
  amount: moneyAnswer,
  unit: z.string(),
  balance: moneyAnswer,
  expiresAt: z.coerce.date(),
});
const closeAnswer = z.object({
  holdId: z.uuid(),
  transferId: z.uuid(),
  captured: moneyAnswer,
  released: moneyAnswer,
  unit: z.string(),
  balance: moneyAnswer,
});

export type Hold = {
  key: string;
  customerId: string;
  unit: string;
  amount: bigint;
  orderRef: string;
  ttlSeconds?: number;
  /** What terms look at; without it credit with terms is not spendable. */
  order?: OrderFacts;
};

/**
 * Reserves credit for a checkout until its time to live ends (domain.md 1.6). HOLD_EXISTS: the order has an open one. CREDIT_TERMS_UNMET: it
 * would be enough but for the terms of some credit.
 */
export const hold = (ctx: ShopContext, input: Hold) =>
  ledgerOperation(
    ctx,
    holdAnswer,
    (actor) => sql`ledger.hold(${input.key}, ${actor}, ${input.customerId}::uuid, ${input.unit}, ${input.amount}::bigint, ${input.orderRef},
      ${input.ttlSeconds ?? HOLD_TTL_SECONDS}::int, ${orderFactsJson(input.order)}::jsonb)`,
  );

/** Gives the order what it takes of the hold and the rest back to its lots. Without an amount: all of it. NO_OPEN_HOLD after its time. */
export const capture = (ctx: ShopContext, input: { key: string; holdId: string; amount?: bigint }) =>
  ledgerOperation(
    ctx,
    closeAnswer,
    (actor) => sql`ledger.capture(${input.key}, ${actor}, ${input.holdId}::uuid, ${input.amount ?? null}::bigint)`,
  );

/** Ends a hold without a purchase. */
export const release = (ctx: ShopContext, input: { key: string; holdId: string; reason?: string }) =>
  ledgerOperation(ctx, closeAnswer, (actor) => sql`ledger.release(${input.key}, ${actor}, ${input.holdId}::uuid, ${input.reason ?? null})`);

/** Releases holds past their time to live. @returns how many; call again while it equals the limit. */
export const releaseOverdueHolds = (ctx: ShopContext, { limit = 500 }: { limit?: number } = {}): Promise<number> =>
  ledgerOperation(ctx, z.int(), (actor) => sql`ledger.release_overdue(${actor}, ${limit}::int)`);
