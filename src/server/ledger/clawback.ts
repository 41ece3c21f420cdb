import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

export type Clawback = {
  key: string;
  customerId: string;
  unit: string;
  amount: bigint;
  /** What the credit was earned by; its lots are taken from first. */
  sourceId?: string;
  reason: string;
};

const answer = z.object({
  transferId: z.uuid(),
  amount: moneyAnswer,
  unit: z.string(),
  /** What could be taken from earned credit; the rest is debt. */
  taken: moneyAnswer,
  /** All the customer owes in this unit now. */
  debt: moneyAnswer,
  balance: moneyAnswer,
});

/**
 * Takes earned credit back, such as points of an order that was returned. What has been spent already becomes debt, which comes off the next
 * grants of this unit (not off paid credit); the balance never turns negative (domain.md B25).
 */
export const clawback = (ctx: ShopContext, input: Clawback) =>
  ledgerOperation(
    ctx,
    answer,
    (actor) => sql`ledger.clawback(${input.key}, ${actor}, ${input.customerId}::uuid, ${input.unit}, ${input.amount}::bigint,
      ${input.sourceId ?? null}::uuid, ${input.reason})`,
  );
