import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { segmentInput } from "./inputs";
import { hashOf, toSegment, uniqueName } from "./queries";
import { readQuery } from "./read-query";
import type { Segment } from "./schema";

/** Saves a query under a name. A query with errors is refused: what is saved always means something. */
export async function createSegment(ctx: ShopContext, rawInput: z.input<typeof segmentInput>): Promise<Segment> {
  const input = parseInput(segmentInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const { ast, scope } = await readQuery(handle, ctx.shopId, input.query);
    const hash = hashOf(ast, scope);
    const row = await uniqueName(() =>
      trx
        .insertInto("segment")
        .values({
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          name: input.name,
          description: input.description,
          tags: input.tags,
          query: input.query.trim(),
          ast: JSON.stringify(ast),
          hash,
          created_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
          created_by_label: ctx.actor.label,
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    await recordAudit(trx, ctx, { action: "segment.created", entity: "segment", entityId: row.id, after: { name: row.name, hash } });
    return toSegment(row);
  });
}
