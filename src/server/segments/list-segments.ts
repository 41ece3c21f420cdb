import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { listSegmentsInput } from "./inputs";
import { toSegment } from "./queries";
import type { SegmentListItem } from "./schema";

type Sort = z.infer<typeof listSegmentsInput>["sort"];

/** The last row of the page before: its place in the order, and its id. Cursors of another order are refused. */
const cursorSchema = z.tuple([z.string(), z.string().max(400), z.uuid()]);
const nameOf = ({ by, direction }: Sort) => `${by} ${direction}`;

function readCursor(cursor: string, sort: Sort): { key: string; id: string } {
  try {
    const [order, key, id] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    const fits = order === nameOf(sort) && (sort.by !== "members" || /^-?\d{1,10}$/.test(key));
    if (!fits || (sort.by === "changed" && !z.iso.datetime().safeParse(key).success)) throw new Error("a cursor of another order");
    return { key, id };
  } catch (error) {
    throw new AppError("VALIDATION", { field: "cursor" }, { cause: error });
  }
}

// Whole milliseconds, so that the cursor of a page names its last row exactly.
const CHANGED = sql`date_trunc('milliseconds', s.updated_at)`;
const KEYS: Record<Sort["by"], { key: RawBuilder<unknown>; type: RawBuilder<unknown> }> = {
  changed: { key: CHANGED, type: sql`timestamptz` },
  name: { key: sql`lower(s.name)`, type: sql`text` },
  members: { key: sql`coalesce(last.counted, -1)`, type: sql`integer` },
};

/** Segments of a shop, last changed first unless another order is asked for. Counts are a question of their own (`countSegments`), because they take longer. */
export async function listSegments(
  ctx: ShopContext,
  rawInput: z.input<typeof listSegmentsInput> = {},
): Promise<{ items: SegmentListItem[]; nextCursor: string | null }> {
  const input = parseInput(listSegmentsInput, rawInput);
  const after = input.cursor ? readCursor(input.cursor, input.sort) : undefined;
  const { key, type } = KEYS[input.sort.by];
  const rows = await withTenant(ctx, ({ trx }) => {
    let query = trx
      .selectFrom("segment as s")
      .selectAll("s")
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
      .select(["last.counted_day", "last.counted", sql<string>`lower(s.name)`.as("name_key")])
      .where("s.shop_id", "=", ctx.shopId)
      .where("s.archived_at", input.archived ? "is not" : "is", null);
    if (input.search) query = query.where(sql<boolean>`position(lower(${input.search}) in lower(s.name || ' ' || s.description)) > 0`);
    if (input.tag) query = query.where(sql<boolean>`lower(${input.tag}) in (select lower(t.tag) from unnest(s.tags) t(tag))`);
    if (after) {
      const beyond = input.sort.direction === "desc" ? sql`<` : sql`>`;
      query = query.where(sql<boolean>`(${key}, s.id) ${beyond} (${after.key}::${type}, ${after.id}::uuid)`);
    }
    return query
      .orderBy(key, input.sort.direction)
      .orderBy("s.id", input.sort.direction)
      .limit(input.limit + 1)
      .execute();
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ used_by, counted, counted_day, name_key: _key, ...row }) => {
      const { ast: _ast, ...segment } = toSegment(row);
      const members = counted === null || counted_day === null ? null : { count: counted, day: counted_day };
      return { ...segment, usedBy: Number(used_by ?? 0n), members };
    }),
    nextCursor:
      rows.length > input.limit && last
        ? Buffer.from(JSON.stringify([nameOf(input.sort), placeOf(last, input.sort), last.id])).toString("base64url")
        : null,
  };
}

function placeOf(row: { updated_at: Date; name_key: string; counted: number | null }, { by }: Sort): string {
  if (by === "changed") return row.updated_at.toISOString();
  return by === "name" ? row.name_key : String(row.counted ?? -1);
}
