import superjson, { type SuperJSONResult } from "superjson";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/** Counts up whenever the shape of what is kept changes: what an older version left behind is calculated anew. */
const SHAPE = 1;

export type KeptKind = "overview" | "programme";
export type Kept<T> = { value: T; at: Date; tookMs: number };

const isSerialised = (value: object): value is SuperJSONResult => "json" in value;

/** What was kept last, or null. `T` is what `keepFigures` was given for this kind; the shape's number vouches for it. */
export async function readKept<T>({ trx }: TenantTrx, shopId: string, kind: KeptKind): Promise<Kept<T> | null> {
  const row = await trx
    .selectFrom("kept_figures")
    .select(["value", "computed_at", "took_ms"])
    .where("shop_id", "=", shopId)
    .where("kind", "=", kind)
    .where("shape", "=", SHAPE)
    .executeTakeFirst();
  if (!row || !isSerialised(row.value)) return null;
  return { value: superjson.deserialize<T>(row.value), at: row.computed_at, tookMs: row.took_ms };
}

/** Calculates, keeps, and says how long it took. */
export async function keepFigures<T>(handle: TenantTrx, ctx: ShopContext, kind: KeptKind, calculate: () => Promise<T>): Promise<Kept<T>> {
  const began = performance.now();
  const value = await calculate();
  const tookMs = Math.round(performance.now() - began);
  const row = { computed_at: handle.now, took_ms: tookMs, shape: SHAPE, value: JSON.stringify(superjson.serialize(value)) };
  await handle.trx
    .insertInto("kept_figures")
    .values({ org_id: ctx.orgId, shop_id: ctx.shopId, kind, ...row })
    .onConflict((conflict) => conflict.columns(["shop_id", "kind"]).doUpdateSet(row))
    .execute();
  return { value, at: handle.now, tookMs };
}
