import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { createSegment } from "./create-segment";
import { findSegment } from "./queries";
import type { Segment } from "./schema";

const MAX_COPIES = 1000;

/** A second segment with the same query under the next free name: `VIP (2)`. */
export function duplicateSegment(ctx: ShopContext, id: string): Promise<Segment> {
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const source = await findSegment(handle, ctx, id);
    const stem = source.name.replace(/ \(\d+\)$/, "").slice(0, 190);
    const names = await trx
      .selectFrom("segment")
      .select("name")
      .where("shop_id", "=", ctx.shopId)
      .where("archived_at", "is", null)
      .limit(MAX_COPIES)
      .execute();
    const taken = new Set(names.map(({ name }) => name.toLowerCase()));
    let no = 2;
    while (taken.has(`${stem} (${no})`.toLowerCase())) no += 1;
    return createSegment(
      { ...ctx, trx: handle },
      { name: `${stem} (${no})`, description: source.description, query: source.query, tags: source.tags },
    );
  });
}
