import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { dayToIsoDate, localDay } from "@/server/time";
import { compileSegment } from "./compile";
import { understood } from "./count-segments";
import { findSegment, hashOf } from "./queries";
import { readQuery } from "./read-query";

/** Segments of a shop whose members are counted every night: the most recently changed ones. */
const MAX_ROLLED = 200;
/** Nights that are kept: two years and a bit, so that a year can be compared with the one before. */
const MAX_DAYS = 800;

/** The live segments of a shop to count tonight. */
export const segmentsToRoll = (ctx: ShopContext): Promise<string[]> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("segment")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("archived_at", "is", null)
      .orderBy("updated_at", "desc")
      .orderBy("id")
      .limit(MAX_ROLLED)
      .execute();
    return rows.map(({ id }) => id);
  });

/**
 * Counts one segment, and who came and who went since the last count, and remembers its members for the next. Counting twice on one day
 * keeps one entry: what it says is the change since the day before. Null when the query no longer means anything.
 */
export function rollSegment(ctx: ShopContext, id: string): Promise<{ members: number; joined: number | null; left: number | null } | null> {
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const segment = await findSegment(handle, ctx, id, true);
    const read = await understood(() => readQuery(handle, ctx.shopId, segment.query));
    if (!read) return null;
    const { ast, scope } = read;
    const hash = hashOf(ast, scope);
    const day = dayToIsoDate(localDay(scope.now, scope.timeZone));
    const known = await trx
      .selectFrom("segment_day")
      .select(["day", "hash", "joined", "departed"])
      .where("shop_id", "=", ctx.shopId)
      .where("segment_id", "=", id)
      .orderBy("day", "desc")
      .limit(1)
      .executeTakeFirst();
    // Another query has other members; who "came" by its change did not come.
    const comparable = known?.hash === hash;
    const before = comparable && known.day === day ? { joined: known.joined, left: known.departed } : { joined: 0, left: 0 };
    const counted = await sql<{ members: number; joined: number; departed: number }>`
      with now as materialized (select customer_id as id from (${compileSegment(ast, scope)}) s),
      old as materialized (select u.id from segment_roll r, unnest(r.members) u(id) where r.shop_id = ${ctx.shopId} and r.segment_id = ${id})
      select (select count(*) from now)::integer as members,
        (select count(*) from now where not exists (select from old where old.id = now.id))::integer as joined,
        (select count(*) from old where not exists (select from now where now.id = old.id))::integer as departed`.execute(trx);
    const [row] = counted.rows;
    if (!row) throw new Error("a count gave no row");
    await trx.deleteFrom("segment_roll").where("shop_id", "=", ctx.shopId).where("segment_id", "=", id).execute();
    await sql`
      insert into segment_roll (org_id, shop_id, segment_id, part, hash, members)
      select ${ctx.orgId}, ${ctx.shopId}, ${id}, uuid_hash(s.customer_id) & 63, ${hash}, array_agg(s.customer_id order by s.customer_id)
      from (${compileSegment(ast, scope)}) s group by uuid_hash(s.customer_id) & 63`.execute(trx);
    const since = (count: number, earlier: number | null): number | null => (comparable && earlier !== null ? earlier + count : null);
    const result = { members: row.members, joined: since(row.joined, before.joined), left: since(row.departed, before.left) };
    const values = { members: result.members, joined: result.joined, departed: result.left, hash, counted_at: scope.now };
    await trx
      .insertInto("segment_day")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, segment_id: id, day, ...values })
      .onConflict((conflict) => conflict.columns(["shop_id", "segment_id", "day"]).doUpdateSet(values))
      .execute();
    await trx
      .deleteFrom("segment_day")
      .where("shop_id", "=", ctx.shopId)
      .where("segment_id", "=", id)
      .where("day", "<", dayToIsoDate(localDay(scope.now, scope.timeZone) - MAX_DAYS))
      .execute();
    return result;
  });
}
