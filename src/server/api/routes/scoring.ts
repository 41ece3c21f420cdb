/** Scores: RFM groups and borders, the forecasting model, one customer (DESIGN section 8). */
import { z } from "zod";
import { customerScoresByExternalId, readPredictions, readRfm } from "@/server/scoring/read-scores";
import { predictionResultSchema, RFM_GROUPS, rfmResultSchema, SPEND_TIERS } from "@/server/scoring/schema";
import { defineRoute } from "../route";
import { externalIdIn } from "../wire";

const running = z.object({ runId: z.uuid(), phase: z.string().nullable(), progress: z.int(), at: z.date() }).nullable();
const failed = z.object({ at: z.date() }).nullable();
const tier = z.enum(SPEND_TIERS);
const group = z.enum(RFM_GROUPS);

const rfm = defineRoute({
  method: "GET",
  path: "/scoring/rfm",
  scope: "scores:read",
  summary: "RFM groups, borders, scores and moves between groups of the last run",
  tag: "Scores",
  response: z.object({
    latest: z.object({ runId: z.uuid(), at: z.date(), cause: z.enum(["monthly", "daily", "manual"]), result: rfmResultSchema }).nullable(),
    monthly: z.object({ runId: z.uuid(), at: z.date(), result: rfmResultSchema }).nullable(),
    running,
    failed,
  }),
  handler: (ctx) => readRfm(ctx),
});

const clv = defineRoute({
  method: "GET",
  path: "/scoring/clv",
  scope: "scores:read",
  summary: "Model parameters, backtest, and forecasts by spend tier and RFM group",
  tag: "Scores",
  response: z.object({
    latest: z.object({ runId: z.uuid(), at: z.date(), result: predictionResultSchema }).nullable(),
    running,
    failed,
    tiers: z.array(z.object({ tier, customers: z.int(), value: z.bigint(), from: z.bigint().nullable() })),
    groups: z.array(
      z.object({
        group,
        customers: z.int(),
        alive: z.number().nullable(),
        orders: z.number(),
        value: z.bigint(),
        clv12: z.bigint().nullable(),
      }),
    ),
    alive: z.array(z.object({ from: z.number(), to: z.number(), customers: z.int() })),
  }),
  handler: (ctx) => readPredictions(ctx),
});

const customer = defineRoute({
  method: "GET",
  path: "/customers/{externalId}/scores",
  scope: "scores:read",
  summary: "One customer's scores and forecasts; null where there are none",
  tag: "Scores",
  params: z.object({ externalId: externalIdIn }),
  response: z.object({
    rfm: z
      .object({
        recency: z.int(),
        frequency: z.int(),
        monetary: z.int(),
        score: z.int(),
        group,
        at: z.date(),
        values: z.object({ orders: z.int(), spent: z.bigint(), lastOrderAt: z.date().nullable() }),
      })
      .nullable(),
    history: z.array(z.object({ at: z.date(), score: z.int(), group })),
    prediction: z
      .object({
        alive: z.number().nullable(),
        orders: z.number(),
        value: z.bigint(),
        tier: tier.nullable(),
        clv3: z.bigint().nullable(),
        clv12: z.bigint().nullable(),
        clv24: z.bigint().nullable(),
        at: z.date(),
      })
      .nullable()
      .describe("Of the next 365 days; money in minor units. alive is null where group medians are used"),
  }),
  handler: (ctx, input) => customerScoresByExternalId(ctx, input.params.externalId),
});

export const scoringRoutes = [rfm, clv, customer];
