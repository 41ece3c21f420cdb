import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import { readQuery } from "./read-query";

const inputSchema = z.object({ ids: z.array(z.uuid()).min(1).max(25) });

const TIMEOUT_MS = 20_000;

/** How many people some segments hold now, by id. A segment whose query is no longer understood has no count (null), never a wrong one. */
export async function countSegments(ctx: ShopContext, rawInput: z.input<typeof inputSchema>): Promise<Record<string, number | null>> {
  const { ids } = parseInput(inputSchema, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    await sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(trx);
    const rows = await trx.selectFrom("segment").select(["id", "query"]).where("shop_id", "=", ctx.shopId).where("id", "in", ids).execute();
    const counts: Record<string, number | null> = {};
    for (const { id, query } of rows) {
      const read = await understood(() => readQuery(handle, ctx.shopId, query));
      if (!read) {
        counts[id] = null;
        continue;
      }
      const result = await sql<{ n: bigint }>`select count(*) as n ${membersFrom(read.ast, read.scope)}`.execute(trx);
      counts[id] = Number(result.rows[0]?.n ?? 0n);
    }
    return counts;
  });
}

/** Null for a query that no longer means anything, because an attribute or a segment it names is gone. */
export async function understood<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === "SEGMENT_SYNTAX") return null;
    throw error;
  }
}
