/** Checks of the books, worked off part by part by a background function and kept with what they found (domain.md 1.9). */
import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withSnapshot, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext } from "@/server/tenancy/context";
import { accountSumSchema, agreementSchema, agreements, orderSums, orderSumsSchema } from "./reconcile";
import { CHECK_PARTS, type CheckPart } from "./schema";

const MAX_NAMED = 20;
/** After this a check that has not finished is taken for lost, and another may be asked for. */
const LOST_AFTER_MS = 15 * 60_000;

const foundSchema = z.object({ count: z.int(), first: z.array(z.object({ subject: z.string(), detail: z.unknown() })) });
const resultSchema = z.object({
  agreements: z.array(agreementSchema).optional(),
  accounts: z.array(accountSumSchema).optional(),
  orders: orderSumsSchema.optional(),
  invariants: z.partialRecord(z.string(), foundSchema).default({}),
});
export type CheckResult = z.output<typeof resultSchema>;

export type BooksCheck = {
  id: string;
  requestedAt: Date;
  requestedBy: string;
  finishedAt: Date | null;
  done: number;
  total: number;
  violations: number;
  result: CheckResult;
};

/** The newest check, running or finished, and the newest finished one; null where there is none yet. */
export const lastChecks = (ctx: ShopContext): Promise<{ running: BooksCheck | null; finished: BooksCheck | null }> =>
  withTenant(ctx, async ({ trx, now }) => {
    const rows = await trx
      .selectFrom("ledger_check")
      .select(["id", "requested_at", "requested_by_label", "finished_at", "done", "violations", "result"])
      .where("shop_id", "=", ctx.shopId)
      .orderBy("requested_at", "desc")
      .limit(20)
      .execute();
    const checks = rows.map(
      (row): BooksCheck => ({
        id: row.id,
        requestedAt: row.requested_at,
        requestedBy: row.requested_by_label,
        finishedAt: row.finished_at,
        done: row.done,
        total: CHECK_PARTS.length,
        violations: row.violations,
        result: resultSchema.parse(row.result),
      }),
    );
    const [newest] = checks;
    const alive = newest && !newest.finishedAt && now.getTime() - newest.requestedAt.getTime() < LOST_AFTER_MS;
    return { running: alive ? newest : null, finished: checks.find((check) => check.finishedAt) ?? null };
  });

/** Asks for a check now; one that is under way already is the answer to a second wish. */
export const requestCheck = (ctx: ShopContext): Promise<{ id: string }> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    await sql`select pg_advisory_xact_lock(hashtextextended(${`ledger.check:${ctx.shopId}`}, 0))`.execute(trx);
    const { running } = await lastChecks({ ...ctx, trx: handle });
    if (running) return { id: running.id };
    const { id } = await openCheck({ ...ctx, trx: handle });
    await enqueue(trx, { name: "ledger/check.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, checkId: id } });
    return { id };
  });

/** The row of a check that begins; the nightly one opens its own. */
export const openCheck = (ctx: ShopContext): Promise<{ id: string }> =>
  withTenant(ctx, ({ trx }) =>
    trx
      .insertInto("ledger_check")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, requested_by_label: ctx.actor.label, finished_at: null })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );

const invariantOf = async (ctx: ShopContext, invariant: string): Promise<z.output<typeof foundSchema>> =>
  withTenant(ctx, async ({ trx }) => {
    const found = await trx
      .selectFrom("ledger.violation")
      .select(["subject", "detail", sql<number>`(count(*) over ())::int`.as("count")])
      .where("shop_id", "=", ctx.shopId)
      .where("invariant", "=", invariant)
      .limit(MAX_NAMED)
      .execute();
    return { count: found[0]?.count ?? 0, first: found.map(({ subject, detail }) => ({ subject, detail })) };
  });

/** Works one part off and writes down what it found. Doing it twice writes the same again. */
export async function checkPart(ctx: ShopContext, id: string, part: CheckPart): Promise<void> {
  // As of one moment: what is granted or expires between two sums is no incident.
  const found = await withSnapshot(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    if (part === "accounts") return agreements(inner);
    if (part === "orders") return { orders: await orderSums(inner) };
    return { invariants: { [part]: await invariantOf(inner, part) } };
  });
  await withTenant(ctx, async (handle) => {
    const row = await handle.trx
      .selectFrom("ledger_check")
      .select("result")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND", { entity: "check" });
    const before = resultSchema.parse(row.result);
    const invariants = { ...before.invariants, ...("invariants" in found ? found.invariants : {}) };
    await handle.trx
      .updateTable("ledger_check")
      .set({ result: JSON.stringify({ ...before, ...found, invariants }), done: CHECK_PARTS.indexOf(part) + 1 })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
  });
}

/**
 * Closes a check. A breach, or sums that differ, is an incident: it goes to the audit log, where it can neither be changed nor removed.
 * @returns the number of breaches.
 */
export const finishCheck = (ctx: ShopContext, id: string): Promise<number> =>
  withTenant(ctx, async (handle) => {
    const row = await handle.trx
      .selectFrom("ledger_check")
      .select(["result", "finished_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND", { entity: "check" });
    const result = resultSchema.parse(row.result);
    const unequal = (result.agreements ?? []).filter(({ left, right }) => left !== right);
    const broken = Object.entries(result.invariants).flatMap(([name, found]) => (found && found.count > 0 ? [{ name, ...found }] : []));
    const violations = unequal.length + broken.reduce((total, { count }) => total + count, 0);
    if (row.finished_at) return violations;
    await handle.trx
      .updateTable("ledger_check")
      .set({ finished_at: handle.now, violations })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    if (violations === 0) return 0;
    const first = [
      ...unequal.map(({ name, unit, left, right }) => `${name} ${unit} ${left} ${right}`),
      ...broken.flatMap(({ name, first: named }) => named.map(({ subject }) => `${name} ${subject}`)),
    ].slice(0, 10);
    console.error(`ledger: ${violations} violations in shop ${ctx.shopId}: ${first.join("; ")}`);
    await recordAudit(handle.trx, ctx, {
      action: "ledger.violated",
      entity: "shop",
      entityId: ctx.shopId,
      after: { check: id, count: violations, first },
    });
    return violations;
  });
