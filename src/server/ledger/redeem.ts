import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";
import { orderFactsJson } from "./terms";
import type { OrderFacts } from "./terms-schema";

export type Redeem = {
  key: string;
  customerId: string;
  unit: string;
  amount: bigint;
  orderRef: string;
  reason?: string;
  /** What terms look at; without it credit with terms is not spendable. */
  order?: OrderFacts;
};

const answer = z.object({ transferId: z.uuid(), amount: moneyAnswer, unit: z.string(), balance: moneyAnswer });

/**
 * Spends credit for an order at once, soonest-expiring lots first. INSUFFICIENT_CREDIT names what is missing; CREDIT_TERMS_UNMET when it
 * would be enough but for the terms of some credit.
 */
export const redeem = (ctx: ShopContext, input: Redeem) =>
  ledgerOperation(
    ctx,
    answer,
    (
      actor,
    ) => sql`ledger.redeem(${input.key}, ${actor}, ${input.customerId}::uuid, ${input.unit}, ${input.amount}::bigint, ${input.orderRef},
      ${input.reason ?? null}, ${orderFactsJson(input.order)}::jsonb)`,
  );
