import { sql } from "kysely";
import type { z } from "zod";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { cancellable } from "./cancellable";
import { countMembers } from "./count-members";
import { readQuery } from "./read-query";
import { type Preview, previewInput, type Sight } from "./schema";

/**
 * How many people a query means now, which share of the shop they are, how many of them can be reached, and some of them. Asking again
 * from the same `editor`, or `signal`, cancels the running query in the database.
 */
export async function previewSegment(
  ctx: ShopContext,
  rawInput: z.input<typeof previewInput>,
  options: { see: Sight; signal?: AbortSignal },
): Promise<Preview> {
  const input = parseInput(previewInput, rawInput);
  const asking = { editor: input.editor, channel: "preview", signal: options.signal };
  return cancellable(ctx, asking, async (handle) => {
    const { ast, scope } = await readQuery(handle, ctx.shopId, input.query);
    const counted = await countMembers(handle, ast, scope, options.see === "nobody" ? 0 : input.sample, options.see);
    const total = await shopSize(handle, ctx.shopId);
    return { ...counted, total, share: total === 0 ? 0 : counted.count / total };
  });
}

/** Customers of the shop. Their number is a sum of index entries minus the few erased ones, not a look at every row. */
export async function shopSize({ trx }: TenantTrx, shopId: string): Promise<number> {
  const result = await sql<{ n: bigint }>`
    select (select count(*) from customer_metrics where shop_id = ${shopId})
         - (select count(*) from customer where shop_id = ${shopId} and erased_at is not null) as n`.execute(trx);
  return Number(result.rows[0]?.n ?? 0n);
}
