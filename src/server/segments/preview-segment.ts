import { type RawBuilder, sql } from "kysely";
import type { z } from "zod";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { cancellable } from "./cancellable";
import { countMembers, SMALL_SHOP } from "./count-members";
import { previewInput } from "./inputs";
import { readQuery } from "./read-query";
import type { Preview, Sight } from "./schema";

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
    const { size, push } = await recentShop(handle, ctx.shopId);
    const sample = options.see === "nobody" ? 0 : input.sample;
    const counted = await countMembers(handle, ast, scope, { size: sample, see: options.see, shopSize: size, push });
    const total = Math.max(counted.count, size);
    return { ...counted, total, share: total === 0 ? 0 : counted.count / total };
  });
}

type Recent = { size: number; push: boolean };
const known = new Map<string, Recent & { until: number }>();
const KEPT_MS = 30_000;
const KEPT_SHOPS = 1_000;

/** The size of a large shop may be half a minute old: a share is read in whole per cent, and typing asks for it with every letter. */
async function recentShop({ trx }: TenantTrx, shopId: string): Promise<Recent> {
  const kept = known.get(shopId);
  if (kept && kept.until > performance.now()) return kept;
  const result = await sql<{ n: bigint; push: boolean }>`
    select ${sizeOf(shopId)} as n, exists (select from push_subscription where shop_id = ${shopId} and gone_at is null) as push`.execute(
    trx,
  );
  const recent = { size: Number(result.rows[0]?.n ?? 0n), push: result.rows[0]?.push ?? false };
  if (known.size >= KEPT_SHOPS) known.clear();
  if (recent.size >= SMALL_SHOP) known.set(shopId, { ...recent, until: performance.now() + KEPT_MS });
  return recent;
}

/** Index entries minus the few erased people, not a look at every row. */
const sizeOf = (shopId: string): RawBuilder<bigint> => sql`
  (select count(*) from customer_metrics where shop_id = ${shopId}) - (select count(*) from customer where shop_id = ${shopId} and erased_at is not null)`;

/** Customers of the shop. */
export async function shopSize({ trx }: TenantTrx, shopId: string): Promise<number> {
  const result = await sql<{ n: bigint }>`select ${sizeOf(shopId)} as n`.execute(trx);
  return Number(result.rows[0]?.n ?? 0n);
}
