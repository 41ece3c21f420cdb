import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

export type Deduct = {
  key: string;
  sourceType: "manual" | "adjustment";
  customerId: string;
  unit: string;
  amount: bigint;
  reason: string;
};

const answer = z.object({ transferId: z.uuid(), amount: moneyAnswer, unit: z.string(), balance: moneyAnswer });

/** Takes spendable credit away, soonest-expiring first, against the adjustment account. INSUFFICIENT_CREDIT names what is missing. */
export const deduct = (ctx: ShopContext, input: Deduct, manualLimit?: { perDay: bigint; since: Date }) =>
  ledgerOperation(
    ctx,
    answer,
    (actor) => sql`ledger.deduct(${input.key}, ${actor}, ${input.sourceType}, ${input.customerId}::uuid, ${input.unit},
      ${input.amount}::bigint, ${input.reason}, ${manualLimit?.perDay ?? null}::bigint, ${manualLimit?.since ?? null}::timestamptz)`,
  );
