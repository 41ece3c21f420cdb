import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import { parseQuery } from "./language/parse";
import { scopeOf } from "./queries";

const inputSchema = z.object({ ids: z.array(z.uuid()).min(1).max(25) });

const TIMEOUT_MS = 20_000;

/** How many people some segments hold now, by id. A segment whose query is no longer understood has no count (null), never a wrong one. */
export async function countSegments(ctx: ShopContext, rawInput: z.input<typeof inputSchema>): Promise<Record<string, number | null>> {
  const { ids } = parseInput(inputSchema, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    await sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(trx);
    const scope = await scopeOf(handle, ctx.shopId);
    const rows = await trx.selectFrom("segment").select(["id", "query"]).where("shop_id", "=", ctx.shopId).where("id", "in", ids).execute();
    const counts: Record<string, number | null> = {};
    for (const { id, query } of rows) {
      const { ast } = parseQuery(query);
      if (!ast) {
        counts[id] = null;
        continue;
      }
      const result = await sql<{ n: bigint }>`select count(*) as n ${membersFrom(ast, scope)}`.execute(trx);
      counts[id] = Number(result.rows[0]?.n ?? 0n);
    }
    return counts;
  });
}
