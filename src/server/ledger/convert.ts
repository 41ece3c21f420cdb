import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

export type Convert = {
  key: string;
  customerId: string;
  from: { unit: string; amount: bigint };
  to: { unit: string; amount: bigint };
  /** Exclusive; null never lapses. */
  expiresAt: Date | null;
  reason?: string;
};

const answer = z.object({
  linkId: z.uuid(),
  transferIds: z.tuple([z.uuid(), z.uuid()]),
  lotId: z.uuid(),
  points: moneyAnswer,
  amount: moneyAnswer,
  /** Of the new credit, what went against debt at once. */
  netted: moneyAnswer,
  left: moneyAnswer,
});

/** Turns points into credit: two transfers that share a link, both or neither. The rate is the caller's; both amounts are given. */
export const convert = (ctx: ShopContext, input: Convert) =>
  ledgerOperation(
    ctx,
    answer,
    (actor) => sql`ledger.convert(${input.key}, ${actor}, ${input.customerId}::uuid, ${input.from.unit}, ${input.from.amount}::bigint,
      ${input.to.unit}, ${input.to.amount}::bigint, ${input.expiresAt}::timestamptz, ${input.reason ?? null})`,
  );
