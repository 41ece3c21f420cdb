import type { ScoringCause, ScoringKind } from "@db/schema/scoring";
import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type RfmResult, rfmResultSchema } from "./schema";

/** A run that has said nothing for so long has lost its worker; the next one takes over. */
const STALLED = "2 hours";

export type Run = { id: string; kind: ScoringKind; cause: ScoringCause; status: "running" | "done" | "failed"; at: Date };

/** Opens a run, or gives null when one of this kind is under way. */
export async function openRun(handle: TenantTrx, ctx: ShopContext, kind: ScoringKind, cause: ScoringCause): Promise<string | null> {
  const { trx } = handle;
  await sql`update scoring_run set status = 'failed', error = 'stalled', finished_at = app_now()
    where shop_id = ${ctx.shopId} and kind = ${kind} and status = 'running' and started_at < app_now() - ${STALLED}::interval`.execute(trx);
  const { rows } = await sql<{ id: string }>`
    insert into scoring_run (org_id, shop_id, kind, cause, requested_by) values (${ctx.orgId}, ${ctx.shopId}, ${kind}, ${cause}, ${ctx.actor.label})
    on conflict (shop_id, kind) where status = 'running' do nothing returning id`.execute(trx);
  return rows[0]?.id ?? null;
}

/** The run, while it is under way. CONFLICT when it has ended meanwhile: its work must not go on. */
export async function readOpenRun({ trx }: TenantTrx, shopId: string, id: string): Promise<Run> {
  const row = await trx
    .selectFrom("scoring_run")
    .select(["id", "kind", "cause", "status", "started_at as at"])
    .where("shop_id", "=", shopId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  if (row.status !== "running") throw new AppError("CONFLICT", { status: row.status });
  return row;
}

export const noteProgress = (
  { trx }: TenantTrx,
  shopId: string,
  id: string,
  values: { phase: string; progress: number; customers?: number; result?: string },
) => trx.updateTable("scoring_run").set(values).where("shop_id", "=", shopId).where("id", "=", id).execute();

export const closeRun = ({ trx, now }: TenantTrx, shopId: string, id: string, values: { customers: number; result: object }) =>
  trx
    .updateTable("scoring_run")
    .set({
      status: "done",
      phase: null,
      progress: 100,
      customers: values.customers,
      result: JSON.stringify(values.result),
      finished_at: now,
    })
    .where("shop_id", "=", shopId)
    .where("id", "=", id)
    .execute();

/** Marks a run that cannot go on; the next one starts afresh. Its message is for the people who run the machine. */
export const failRun = (ctx: ShopContext, id: string, error: string): Promise<void> =>
  withTenant(ctx, async ({ trx, now }) => {
    await trx
      .updateTable("scoring_run")
      .set({ status: "failed", error: error.slice(0, 500), finished_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", "running")
      .execute();
  });

/** Monthly runs with their kept results, newest first. Those that had too few customers are not among them. */
export async function monthlyRuns(
  { trx }: TenantTrx,
  shopId: string,
  limit: number,
): Promise<{ id: string; at: Date; result: RfmResult }[]> {
  const rows = await trx
    .selectFrom("scoring_run")
    .select(["id", "started_at", "result"])
    .where("shop_id", "=", shopId)
    .where("kind", "=", "rfm")
    .where("cause", "!=", "daily")
    .where("status", "=", "done")
    .where(sql<boolean>`result ->> 'status' = 'ok'`)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ id: row.id, at: row.started_at, result: rfmResultSchema.parse(row.result) }));
}
