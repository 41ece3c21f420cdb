import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { dependantsOf } from "./dependants";
import { updateSegmentInput } from "./inputs";
import { findSegment, hashOf, toSegment, uniqueName } from "./queries";
import { readQuery } from "./read-query";
import type { Segment } from "./schema";

/** Changes a segment. What campaigns froze at launch stays as it was; drafts follow. A version that is not the newest is a CONFLICT. */
export async function updateSegment(ctx: ShopContext, rawInput: z.input<typeof updateSegmentInput>): Promise<Segment> {
  const input = parseInput(updateSegmentInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    // Two edits at once could each close one half of a circle: edits of a shop's queries wait for each other.
    if (input.query !== undefined) await lockQueries(handle, ctx);
    const before = await findSegment(handle, ctx, input.id, true);
    if (before.version !== input.version) throw new AppError("CONFLICT");
    const read = input.query === undefined ? undefined : await readQuery(handle, ctx.shopId, input.query, input.id);
    const row = await uniqueName(() =>
      trx
        .updateTable("segment")
        .set({
          name: input.name ?? before.name,
          description: input.description ?? before.description,
          tags: input.tags ?? before.tags,
          ...(read
            ? { query: input.query?.trim() ?? before.query, ast: JSON.stringify(read.ast), hash: hashOf(read.ast, read.scope) }
            : {}),
          version: before.version + 1,
          updated_at: now,
        })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", input.id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    if (read && row.hash !== before.hash) await rehashDependants(handle, ctx, input.id);
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

const lockQueries = ({ trx }: TenantTrx, ctx: ShopContext) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`segments:${ctx.shopId}`}, 0))`.execute(trx);

/** What this segment means is part of what the segments that name it mean: their hash follows, so that approvals of them are void. */
async function rehashDependants(handle: TenantTrx, ctx: ShopContext, id: string): Promise<void> {
  for (const segment of await dependantsOf(handle, ctx.shopId, [id])) {
    const { ast, scope } = await readQuery(handle, ctx.shopId, segment.query, segment.id);
    await handle.trx
      .updateTable("segment")
      .set({ hash: hashOf(ast, scope) })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", segment.id)
      .execute();
  }
}
