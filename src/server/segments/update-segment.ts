import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { findSegment, hashOf, parseOrThrow, toSegment, uniqueName } from "./queries";
import { type Segment, updateSegmentInput } from "./schema";

/** Changes a segment. What campaigns froze at launch stays as it was; drafts follow. A version that is not the newest is a CONFLICT. */
export async function updateSegment(ctx: ShopContext, rawInput: z.input<typeof updateSegmentInput>): Promise<Segment> {
  const input = parseInput(updateSegmentInput, rawInput);
  const ast = input.query === undefined ? undefined : parseOrThrow(input.query);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const before = await findSegment(handle, ctx, input.id, true);
    if (before.version !== input.version) throw new AppError("CONFLICT");
    const row = await uniqueName(() =>
      trx
        .updateTable("segment")
        .set({
          name: input.name ?? before.name,
          description: input.description ?? before.description,
          ...(ast ? { query: input.query?.trim() ?? before.query, ast: JSON.stringify(ast), hash: hashOf(ast) } : {}),
          version: before.version + 1,
          updated_at: now,
        })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", input.id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    await recordAudit(trx, ctx, {
      action: "segment.updated",
      entity: "segment",
      entityId: row.id,
      before: { name: before.name, hash: before.hash, version: before.version },
      after: { name: row.name, hash: row.hash, version: row.version },
    });
    return toSegment(row);
  });
}
