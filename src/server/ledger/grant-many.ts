import { sql } from "kysely";
import { z } from "zod";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";
import { MAX_GRANTS_PER_CALL, type OriginClass, type Source } from "./schema";

export type GrantMany = {
  source: Source;
  /** The idempotency key of this call. The same key with other arguments is IDEMPOTENCY_CONFLICT; with the same ones it is replayed. */
  chunkKey: string;
  unit: string;
  originClass: OriginClass;
  /** Null: from the moment of booking. */
  availableFrom: Date | null;
  /** Exclusive; null never lapses. */
  expiresAt: Date | null;
  grants: readonly { customerId: string; amount: bigint }[];
  reason?: string;
  /** Budgets (`setBudget`) the sum counts against, in the same transaction. BUDGET_EXCEEDED books nothing of this call. */
  budgets?: readonly string[];
};

const answer = z.object({
  granted: z.int(),
  total: moneyAnswer,
  transferId: z.uuid().nullable(),
  lotId: z.uuid().nullable(),
  netted: moneyAnswer.optional(),
});
export type GrantAnswer = z.output<typeof answer>;

/**
 * Grants credit to up to 10,000 customers in one transaction and one round trip: all of them or nobody. A customer gets the credit of one
 * drop once, whatever the key (CONFLICT). NOT_FOUND when one customer is not of this shop, EXPIRES_IN_PAST, UNKNOWN_UNIT.
 */
export function grantMany(ctx: ShopContext, input: GrantMany, manualLimit?: { perDay: bigint; since: Date }): Promise<GrantAnswer> {
  if (input.grants.length > MAX_GRANTS_PER_CALL) throw new AppError("VALIDATION", { field: "grants", max: MAX_GRANTS_PER_CALL });
  const customers = input.grants.map((grant) => grant.customerId);
  const amounts = input.grants.map((grant) => grant.amount);
  // Written only when asked for: an argument more is another request to the idempotency check.
  const budgets = input.budgets?.length ? sql`, ${[...new Set(input.budgets)].sort()}::text[]` : sql``;
  const facts = JSON.stringify(input.reason ? { reason: input.reason } : {});
  return ledgerOperation(
    ctx,
    answer,
    (actor) => sql`ledger.grant_many(${input.chunkKey}, ${actor}, ${input.source.type}, ${input.source.id}::uuid, ${input.unit},
      ${input.originClass}::ledger.origin_class, ${input.availableFrom}::timestamptz, ${input.expiresAt}::timestamptz, ${customers}::uuid[],
      ${amounts}::bigint[], ${facts}::jsonb, ${manualLimit?.perDay ?? null}::bigint, ${manualLimit?.since ?? null}::timestamptz${budgets})`,
  );
}
