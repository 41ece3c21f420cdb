import type { ScoringKind } from "@db/schema/scoring";
import { sql } from "kysely";
import { findCustomerByExternalId } from "@/server/customers/find-customer";
import { maskEmail } from "@/server/customers/schema";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { groupOfNumber } from "./queries";
import { monthlyRuns } from "./runs";
import {
  groupMembersSchema,
  type PredictionResult,
  predictionResultSchema,
  type RfmGroup,
  type RfmResult,
  rfmResultSchema,
} from "./schema";

type Running = { runId: string; phase: string | null; progress: number; at: Date } | null;

async function states({ trx }: TenantTrx, shopId: string, kind: ScoringKind) {
  const newest = (status: "running" | "failed" | "done") =>
    trx
      .selectFrom("scoring_run")
      .select(["id", "cause", "phase", "progress", "result", "started_at", "finished_at"])
      .where("shop_id", "=", shopId)
      .where("kind", "=", kind)
      .where("status", "=", status)
      .orderBy("id", "desc")
      .executeTakeFirst();
  const [running, failed, done] = [await newest("running"), await newest("failed"), await newest("done")];
  const open: Running = running ? { runId: running.id, phase: running.phase, progress: running.progress, at: running.started_at } : null;
  // A failure is told until a later run succeeds.
  const broken = failed && (!done || failed.id > done.id) ? { at: failed.finished_at ?? failed.started_at } : null;
  return { running: open, failed: broken, done };
}

export type RfmOverview = {
  latest: { runId: string; at: Date; cause: "monthly" | "daily" | "manual"; result: RfmResult } | null;
  /** The newest run that made borders; its migration tells who moved since the one before. */
  monthly: { runId: string; at: Date; result: RfmResult } | null;
  running: Running;
  failed: { at: Date } | null;
};

/** Groups, borders, map and migration of a shop as the last run left them. */
export const readRfm = (ctx: ShopContext): Promise<RfmOverview> =>
  withTenant(ctx, async (handle) => {
    const { running, failed, done } = await states(handle, ctx.shopId, "rfm");
    const monthly = (await monthlyRuns(handle, ctx.shopId, 1))[0];
    return {
      latest: done ? { runId: done.id, at: done.started_at, cause: done.cause, result: rfmResultSchema.parse(done.result) } : null,
      monthly: monthly ? { runId: monthly.id, at: monthly.at, result: monthly.result } : null,
      running,
      failed,
    };
  });

/** Group sizes of the kept monthly runs, oldest first. */
export const readRfmHistory = (ctx: ShopContext, limit = 36) =>
  withTenant(ctx, async (handle) =>
    (await monthlyRuns(handle, ctx.shopId, limit)).reverse().map(({ id, at, result }) => ({
      runId: id,
      at,
      groups: result.groups.map(({ group, customers, revenue }) => ({ group, customers, revenue: BigInt(revenue) })),
    })),
  );

export type PredictionOverview = {
  latest: { runId: string; at: Date; result: PredictionResult } | null;
  running: Running;
  failed: { at: Date } | null;
  tiers: { tier: "HIGH" | "MEDIUM" | "LOW"; customers: number; value: bigint; from: bigint | null }[];
  groups: { group: RfmGroup; customers: number; alive: number | null; orders: number; value: bigint; clv12: bigint | null }[];
  /** Customers by probability of being alive, ten equal buckets from 0 to 1. */
  alive: { from: number; to: number; customers: number }[];
};

/** The forecasts of a shop with the model behind them and how it did on the past. */
export const readPredictions = (ctx: ShopContext): Promise<PredictionOverview> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const { running, failed, done } = await states(handle, ctx.shopId, "prediction");
    const tiers = await sql<PredictionOverview["tiers"][number]>`
      select predicted_spend_tier as tier, count(*)::int as customers, sum(predicted_value)::int8 as value, min(predicted_value) as "from"
      from customer_score where shop_id = ${ctx.shopId} and predicted_spend_tier is not null group by 1 order by 4 desc`.execute(trx);
    const groups = await sql<PredictionOverview["groups"][number]>`
      select rfm_group as "group", count(*)::int as customers, (1 - avg(churn_probability))::float8 as alive, coalesce(sum(predicted_orders), 0)::float8 as orders,
        coalesce(sum(predicted_value), 0)::int8 as value, sum(clv_12)::int8 as clv12
      from customer_score where shop_id = ${ctx.shopId} and rfm_group is not null and predicted_at is not null group by 1 order by 5 desc`.execute(
      trx,
    );
    const alive = await sql<{ bucket: number; customers: number }>`
      select least(9, floor((1 - churn_probability) * 10))::int as bucket, count(*)::int as customers
      from customer_score where shop_id = ${ctx.shopId} and churn_probability is not null group by 1`.execute(trx);
    const buckets = Array.from({ length: 10 }, (_, i) => ({
      ...{ from: i / 10, to: (i + 1) / 10 },
      customers: alive.rows.find((row) => row.bucket === i)?.customers ?? 0,
    }));
    return {
      latest: done ? { runId: done.id, at: done.started_at, result: predictionResultSchema.parse(done.result) } : null,
      running,
      failed,
      tiers: tiers.rows,
      groups: groups.rows,
      alive: alive.rows.length > 0 ? buckets : [],
    };
  });

export type ScoredMember = {
  id: string;
  externalId: string;
  name: string | null;
  email: string | null;
  score: number;
  group: RfmGroup;
  orders: number;
  spent: bigint;
  lastOrderAt: Date | null;
  churnProbability: number | null;
  predictedValue: bigint | null;
};

/** Customers of a group or of cells of the map, in order of id. */
export function listScored(
  ctx: ShopContext,
  input: unknown,
  { pii }: { pii: boolean },
): Promise<{ items: ScoredMember[]; nextCursor: string | null }> {
  const { group, cell, cursor, limit } = parseInput(groupMembersSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("customer_score as s")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "s.shop_id").onRef("c.id", "=", "s.customer_id"))
      .innerJoin("customer_metrics as m", (join) => join.onRef("m.shop_id", "=", "s.shop_id").onRef("m.customer_id", "=", "s.customer_id"))
      .select([
        "c.id",
        "c.external_id",
        "c.first_name",
        "c.last_name",
        "c.email",
        "s.rfm_recency",
        "s.rfm_frequency",
        "s.rfm_monetary",
        "s.rfm_group",
      ])
      .select(["m.orders_count", "m.gross_spent", "m.last_order_at", "s.churn_probability", "s.predicted_value"])
      .where("s.shop_id", "=", ctx.shopId)
      .where("s.rfm_group", "is not", null)
      .$if(group !== undefined, (query) => query.where("s.rfm_group", "=", group ?? "NEW"))
      .$if(cell.recency !== undefined, (query) => query.where("s.rfm_recency", "=", cell.recency ?? 0))
      .$if(cell.frequency !== undefined, (query) => query.where("s.rfm_frequency", "=", cell.frequency ?? 0))
      .$if(cell.monetary !== undefined, (query) => query.where("s.rfm_monetary", "=", cell.monetary ?? 0))
      .$if(Boolean(cursor), (query) => query.where("s.customer_id", ">", cursor ?? ""))
      .orderBy("s.customer_id")
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    return {
      items: page.map((row) => ({
        id: row.id,
        externalId: row.external_id,
        name: [row.first_name, row.last_name].filter(Boolean).join(" ") || null,
        email: row.email && !pii ? maskEmail(row.email) : row.email,
        score: (row.rfm_recency ?? 0) * 100 + (row.rfm_frequency ?? 0) * 10 + (row.rfm_monetary ?? 0),
        group: row.rfm_group ?? "NEW",
        orders: row.orders_count,
        spent: row.gross_spent,
        lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
        churnProbability: row.churn_probability,
        predictedValue: row.predicted_value,
      })),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

export type CustomerScores = {
  rfm: {
    recency: number;
    frequency: number;
    monetary: number;
    score: number;
    group: RfmGroup;
    at: Date;
    values: { orders: number; spent: bigint; lastOrderAt: Date | null };
  } | null;
  history: { at: Date; score: number; group: RfmGroup }[];
  prediction: {
    alive: number | null;
    orders: number;
    value: bigint;
    tier: "HIGH" | "MEDIUM" | "LOW" | null;
    clv3: bigint | null;
    clv12: bigint | null;
    clv24: bigint | null;
    at: Date;
  } | null;
};

/** One customer's scores, what they were calculated from, and how they came about. NOT_FOUND for an unknown customer. */
export const customerScores = (ctx: ShopContext, customerId: string): Promise<CustomerScores> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("customer_metrics as m")
      .leftJoin("customer_score as s", (join) => join.onRef("s.shop_id", "=", "m.shop_id").onRef("s.customer_id", "=", "m.customer_id"))
      .selectAll("s")
      .select(["m.orders_count", "m.gross_spent", "m.last_order_at"])
      .where("m.shop_id", "=", ctx.shopId)
      .where("m.customer_id", "=", customerId)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const history = await sql<{ at: Date; score: number }>`
      select r.started_at as at, h.score from scoring_run r
      join rfm_history h on h.shop_id = r.shop_id and h.run_id = r.id and h.customer_id = ${customerId}
      where r.shop_id = ${ctx.shopId} and r.kind = 'rfm' and r.status = 'done' order by r.id`.execute(trx);
    const { rfm_recency: recency, rfm_frequency: frequency, rfm_monetary: monetary, rfm_group: group, rfm_scored_at: scoredAt } = row;
    const scored = recency !== null && frequency !== null && monetary !== null && group !== null && scoredAt !== null;
    return {
      rfm: scored
        ? {
            ...{ recency, frequency, monetary, group, at: scoredAt, score: recency * 100 + frequency * 10 + monetary },
            values: {
              orders: row.orders_count,
              spent: row.gross_spent,
              lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
            },
          }
        : null,
      history: history.rows.map(({ at, score }) => ({ at, score, group: groupOfNumber(score) })),
      prediction:
        row.predicted_at === null || row.predicted_orders === null || row.predicted_value === null
          ? null
          : {
              alive: row.churn_probability === null ? null : 1 - row.churn_probability,
              orders: row.predicted_orders,
              value: row.predicted_value,
              tier: row.predicted_spend_tier,
              ...{ clv3: row.clv_3, clv12: row.clv_12, clv24: row.clv_24, at: row.predicted_at },
            },
    };
  });

/** The same by the shop's own id, for machines. */
export const customerScoresByExternalId = (ctx: ShopContext, externalId: string): Promise<CustomerScores> =>
  withTenant(ctx, async (handle) => {
    const customerId = await findCustomerByExternalId(handle.trx, ctx.shopId, externalId);
    if (customerId === null) throw new AppError("NOT_FOUND");
    return customerScores({ ...ctx, trx: handle }, customerId);
  });
