import { sql } from "kysely";
import { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";
import type { Source } from "./schema";

const answer = z.object({ lots: z.int(), total: moneyAnswer, more: z.boolean() });

export type RecallSource = { key: string; source: Source; reason: string; limit?: number };

/**
 * Takes back what nobody has spent of a source, at most `limit` lots per call (each call with its own key, such as `recall:{drop}:{n}`).
 * Spent and held parts stay; value that returns to the source's unpaid lots later is recalled at once.
 */
export const recallSource = (ctx: ShopContext, { key, source, reason, limit = 10_000 }: RecallSource) =>
  ledgerOperation(
    ctx,
    answer,
    (actor) => sql`ledger.recall_source(${key}, ${actor}, ${source.type}, ${source.id}::uuid, ${reason}, ${limit}::int)`,
  );
