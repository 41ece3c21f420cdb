import type { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { TenantContext } from "@/server/tenancy/context";
import { selectEntries } from "./queries";
import { auditListSchema } from "./schema";

/** One page of the audit log, newest first. `sealed` is the entry's place in the chain, null for the last moments before it is chained. */
export function listAudit(ctx: TenantContext, input: z.input<typeof auditListSchema>) {
  const { cursor, limit, ...filter } = parseInput(auditListSchema, input);
  return withTenant(ctx, async (handle) => {
    const rows = await selectEntries(handle, ctx.orgId, filter, cursor ?? null, limit + 1).execute();
    const items = rows.slice(0, limit).map(({ seq, hash, ...entry }) => ({
      ...entry,
      sealed: seq === null || hash === null ? null : { seq: String(seq), hash },
    }));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? { at: last.at, id: last.id } : null };
  });
}

/** The values that occur, for the filter's menus. */
export const auditFacets = (ctx: TenantContext) =>
  withTenant(ctx, async ({ trx }) => {
    const actors = await trx
      .selectFrom("audit")
      .select(["actor_id as id", (eb) => eb.fn.max("actor_label").as("label")])
      .where("org_id", "=", ctx.orgId)
      .where("actor_id", "is not", null)
      .groupBy("actor_id")
      .orderBy("label")
      .limit(500)
      .execute();
    const actions = await trx
      .selectFrom("audit")
      .select(["action", "entity"])
      .distinct()
      .where("org_id", "=", ctx.orgId)
      .orderBy("action")
      .limit(500)
      .execute();
    return {
      actors: actors.flatMap(({ id, label }) => (id === null ? [] : [{ id, label: label ?? id }])),
      actions: [...new Set(actions.map(({ action }) => action))],
      entities: [...new Set(actions.map(({ entity }) => entity))].sort(),
    };
  });
