import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { compileSegment } from "./compile";
import { loadSample } from "./count-members";
import { freezeInput, snapshotMembersInput } from "./inputs";
import { findSegment, hashOf, scopeOf } from "./queries";
import { readQuery } from "./read-query";
import type { Snapshot } from "./results";
import type { SamplePerson, Sight } from "./schema";

const PART = 5_000;
/** Frozen memberships of one segment; each may be as large as the shop. */
const MAX_SNAPSHOTS = 100;

/** Freezes who is in a segment now, with the query, the zone, the instant and the hash that decided it. */
export function freezeSegment(ctx: ShopContext, rawInput: z.input<typeof freezeInput>): Promise<Snapshot> {
  const input = parseInput(freezeInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    // Locked: two at once must not pass the bound together.
    const segment = await findSegment(handle, ctx, input.id, true);
    const kept = await trx
      .selectFrom("segment_snapshot")
      .select(({ fn }) => fn.countAll<bigint>().as("n"))
      .where("shop_id", "=", ctx.shopId)
      .where("segment_id", "=", segment.id)
      .executeTakeFirstOrThrow();
    if (kept.n >= BigInt(MAX_SNAPSHOTS)) throw new AppError("LIMIT_EXCEEDED");
    const { ast, scope } = await readQuery(handle, ctx.shopId, segment.query);
    const counted = await sql<{ id: string; members: number }>`
      with member as materialized (select customer_id, (row_number() over (order by customer_id) - 1) / ${PART}::bigint as no from (${compileSegment(ast, scope)}) s),
      snapshot as (
        insert into segment_snapshot (org_id, shop_id, segment_id, name, query, hash, time_zone, currency, taken_at, members, created_by_label)
        select ${ctx.orgId}, ${ctx.shopId}, ${segment.id}, ${input.name || segment.name}, ${segment.query}, ${hashOf(ast, scope)}, ${scope.timeZone},
          ${scope.currency}, ${now.toISOString()}::timestamptz, (select count(*) from member), ${ctx.actor.label}
        returning id, members),
      parts as (
        insert into segment_snapshot_part (org_id, shop_id, snapshot_id, no, members)
        select ${ctx.orgId}, ${ctx.shopId}, s.id, m.no, array_agg(m.customer_id order by m.customer_id) from member m, snapshot s group by s.id, m.no)
      select id, members from snapshot`.execute(trx);
    const [row] = counted.rows;
    if (!row) throw new Error("a snapshot gave no row");
    await recordAudit(trx, ctx, {
      action: "segment.frozen",
      entity: "segment",
      entityId: segment.id,
      after: { snapshot: row.id, hash: hashOf(ast, scope), members: row.members },
    });
    const all = await listed(ctx, handle, segment.id);
    const made = all.find(({ id }) => id === row.id);
    if (!made) throw new Error("a snapshot is not among those of its segment");
    return made;
  });
}

/** The frozen memberships of a segment, newest first. */
export const listSnapshots = (ctx: ShopContext, id: string): Promise<Snapshot[]> =>
  withTenant(ctx, async (handle) => {
    await findSegment(handle, ctx, id);
    return listed(ctx, handle, id);
  });

type Handle = Parameters<typeof scopeOf>[0];

async function listed(ctx: ShopContext, { trx }: Handle, segmentId: string): Promise<Snapshot[]> {
  const rows = await trx
    .selectFrom("segment_snapshot")
    .selectAll()
    .where("shop_id", "=", ctx.shopId)
    .where("segment_id", "=", segmentId)
    .orderBy("id", "desc")
    .limit(MAX_SNAPSHOTS)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.taken_at,
    createdBy: row.created_by_label,
    query: row.query,
    hash: row.hash,
    timeZone: row.time_zone,
    count: row.members,
  }));
}

/** The frozen members, by customer id. People erased since are no longer shown; they still count. */
export function snapshotMembers(
  ctx: ShopContext,
  rawInput: z.input<typeof snapshotMembersInput>,
  see: Exclude<Sight, "nobody">,
): Promise<{ items: SamplePerson[]; nextCursor: string | null }> {
  const input = parseInput(snapshotMembersInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const found = await trx
      .selectFrom("segment_snapshot")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", input.snapshotId)
      .executeTakeFirst();
    if (!found) throw new AppError("NOT_FOUND");
    const after = input.cursor ?? "00000000-0000-0000-0000-000000000000";
    const page = await sql<{ id: string }>`
      select u.id from segment_snapshot_part p, unnest(p.members) u(id)
      where p.shop_id = ${ctx.shopId} and p.snapshot_id = ${input.snapshotId} and u.id > ${after}::uuid
        and p.members[cardinality(p.members)] > ${after}::uuid
        and exists (select from customer c where c.shop_id = ${ctx.shopId} and c.id = u.id and c.erased_at is null)
      order by u.id limit ${input.limit + 1}`.execute(trx);
    const ids = page.rows.slice(0, input.limit).map(({ id }) => id);
    const people = await loadSample(handle, await scopeOf(handle, ctx.shopId), ids, ids.length, see);
    return {
      items: people.sort((a, b) => (a.id < b.id ? -1 : 1)),
      nextCursor: page.rows.length > input.limit ? (ids.at(-1) ?? null) : null,
    };
  });
}
