import { createHash } from "node:crypto";
import type { SegmentTables } from "@db/schema/segments";
import type { Selectable } from "kysely";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { canonical, print } from "./language/print";
import { type Ast, nodeSchema, type Segment } from "./schema";
import type { Scope } from "./semantics";

/** The shop a query is asked in, with its zone, currency and the database's clock. */
export async function scopeOf({ trx, now }: TenantTrx, shopId: string): Promise<Scope> {
  const shop = await trx.selectFrom("shop").select(["time_zone", "currency"]).where("id", "=", shopId).executeTakeFirst();
  if (!shop) throw new AppError("NOT_FOUND");
  return { shopId, timeZone: shop.time_zone, currency: shop.currency, now };
}

/**
 * Identifies what a query means by construction: approvals and snapshots bind to it. The segments it names are part of the meaning, so a
 * change of one of them changes the hash.
 */
export function hashOf(ast: Ast, scope: Pick<Scope, "segments"> = {}): string {
  const hash = createHash("sha256").update(print(canonical(ast)));
  const named = [...(scope.segments ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [id, inner] of named) hash.update(`\n${id} ${print(canonical(inner))}`);
  return hash.digest("hex");
}

export type SegmentRow = Selectable<SegmentTables["segment"]>;

export const toSegment = (row: SegmentRow): Segment => ({
  id: row.id,
  name: row.name,
  description: row.description,
  tags: row.tags,
  query: row.query,
  ast: nodeSchema.parse(row.ast),
  hash: row.hash,
  version: row.version,
  createdBy: row.created_by_label,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  archivedAt: row.archived_at,
});

export async function findSegment({ trx }: TenantTrx, ctx: ShopContext, id: string, lock = false): Promise<SegmentRow> {
  const base = trx.selectFrom("segment").selectAll().where("shop_id", "=", ctx.shopId).where("id", "=", id);
  const row = await (lock ? base.forUpdate() : base).executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return row;
}

/** Two live segments of a shop never share a name; the database is the judge, this only words it. */
export async function uniqueName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && "constraint" in error && error.constraint === "segment_name") {
      throw new AppError("SEGMENT_NAME_TAKEN", {}, { cause: error });
    }
    throw error;
  }
}
