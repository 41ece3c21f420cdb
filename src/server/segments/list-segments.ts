import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { toSegment } from "./queries";
import { listSegmentsInput, type SegmentListItem } from "./schema";

const cursorSchema = z.tuple([z.iso.datetime(), z.uuid()]);

function readCursor(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch (error) {
    throw new AppError("VALIDATION", { field: "cursor" }, { cause: error });
  }
}

/** Segments of a shop, last changed first. Counts are a question of their own (`countSegments`), because they take longer. */
export async function listSegments(
  ctx: ShopContext,
  rawInput: z.input<typeof listSegmentsInput> = {},
): Promise<{ items: SegmentListItem[]; nextCursor: string | null }> {
  const input = parseInput(listSegmentsInput, rawInput);
  const after = input.cursor ? readCursor(input.cursor) : undefined;
  const rows = await withTenant(ctx, ({ trx }) => {
    let query = trx
      .selectFrom("segment as s")
      .selectAll("s")
      // Whole milliseconds, so that the cursor of a page names its last row exactly.
      .select((eb) =>
        eb
          .selectFrom("campaign as c")
          .select(({ fn }) => fn.countAll<bigint>().as("n"))
          .whereRef("c.shop_id", "=", "s.shop_id")
          .whereRef("c.segment_id", "=", "s.id")
          .as("used_by"),
      )
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom("segment_day as n")
            .select(["n.day as counted_day", "n.members as counted"])
            .whereRef("n.shop_id", "=", "s.shop_id")
            .whereRef("n.segment_id", "=", "s.id")
            .whereRef("n.hash", "=", "s.hash")
            .orderBy("n.day", "desc")
            .limit(1)
            .as("last"),
        (join) => join.onTrue(),
      )
      .select(["last.counted_day", "last.counted"])
      .where("s.shop_id", "=", ctx.shopId)
      .where("s.archived_at", input.archived ? "is not" : "is", null);
    if (input.search) query = query.where(sql<boolean>`position(lower(${input.search}) in lower(s.name || ' ' || s.description)) > 0`);
    if (input.tag) query = query.where(sql<boolean>`lower(${input.tag}) in (select lower(t.tag) from unnest(s.tags) t(tag))`);
    if (after) {
      query = query.where(sql<boolean>`(date_trunc('milliseconds', s.updated_at), s.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
    }
    return query
      .orderBy(sql`date_trunc('milliseconds', s.updated_at)`, "desc")
      .orderBy("s.id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ used_by, counted, counted_day, ...row }) => {
      const { ast: _ast, ...segment } = toSegment(row);
      const members = counted === null || counted_day === null ? null : { count: counted, day: counted_day };
      return { ...segment, usedBy: Number(used_by ?? 0n), members };
    }),
    nextCursor:
      rows.length > input.limit && last
        ? Buffer.from(JSON.stringify([last.updated_at.toISOString(), last.id])).toString("base64url")
        : null,
  };
}
