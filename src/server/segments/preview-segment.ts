import { type RawBuilder, sql } from "kysely";
import type { z } from "zod";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { cancellable } from "./cancellable";
import { countMembers, SMALL_SHOP } from "./count-members";
import { previewInput } from "./inputs";
import { countReach } from "./reach";
import { type ReadQuery, readQuery } from "./read-query";
import type { Preview, Reach, Sight } from "./schema";

type Asked = { see: Sight; signal?: AbortSignal };

/**
 * How many people a query means now, which share of the shop they are, and some of them. Asking again from the same `editor`, or
 * `signal`, cancels the running query in the database. The reach comes apart, because the number must not wait for it.
 */
export const previewSegment = (ctx: ShopContext, input: z.input<typeof previewInput>, options: Asked): Promise<Preview> =>
  preview(ctx, input, options, async (counted) => counted);

/** The same with how many of them can be reached. */
export const previewWithReach = (
  ctx: ShopContext,
  input: z.input<typeof previewInput>,
  options: Asked,
): Promise<Preview & { reach: Reach }> =>
  preview(ctx, input, options, async (counted, handle, { ast, scope }) => ({ ...counted, reach: await countReach(handle, ast, scope) }));

async function preview<T>(
  ctx: ShopContext,
  rawInput: z.input<typeof previewInput>,
  options: Asked,
  finish: (counted: Preview, handle: TenantTrx, query: ReadQuery) => Promise<T>,
): Promise<T> {
  const input = parseInput(previewInput, rawInput);
  const asking = { editor: input.editor, channel: "preview", signal: options.signal };
  return cancellable(ctx, asking, async (handle) => {
    const query = await readQuery(handle, ctx.shopId, input.query);
    const size = await recentSize(handle, ctx.shopId);
    const sample = options.see === "nobody" ? 0 : input.sample;
    const counted = await countMembers(handle, query.ast, query.scope, { size: sample, see: options.see, shopSize: size });
    const total = Math.max(counted.count, size);
    return finish({ ...counted, total, share: total === 0 ? 0 : counted.count / total }, handle, query);
  });
}

const known = new Map<string, { size: number; until: number }>();
const KEPT_MS = 30_000;
const KEPT_SHOPS = 1_000;

/** The size of a large shop may be half a minute old: a share is read in whole per cent, and typing asks for it with every letter. */
async function recentSize(handle: TenantTrx, shopId: string): Promise<number> {
  const kept = known.get(shopId);
  if (kept && kept.until > performance.now()) return kept.size;
  const size = await shopSize(handle, shopId);
  if (known.size >= KEPT_SHOPS) known.clear();
  if (size >= SMALL_SHOP) known.set(shopId, { size, until: performance.now() + KEPT_MS });
  return size;
}

/** Index entries minus the few erased people, not a look at every row. */
const sizeOf = (shopId: string): RawBuilder<bigint> => sql`
  (select count(*) from customer_metrics where shop_id = ${shopId}) - (select count(*) from customer where shop_id = ${shopId} and erased_at is not null)`;

/** Customers of the shop. */
export async function shopSize({ trx }: TenantTrx, shopId: string): Promise<number> {
  const result = await sql<{ n: bigint }>`select ${sizeOf(shopId)} as n`.execute(trx);
  return Number(result.rows[0]?.n ?? 0n);
}
