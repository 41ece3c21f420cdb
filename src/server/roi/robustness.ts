import { readCampaign } from "@/server/campaigns/read-campaigns";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { estimateOf } from "./effects";
import { readMargins } from "./margins";
import { measuredOf } from "./measure";
import { readPeople } from "./queries";
import { campaignIdSchema, type Estimate } from "./schema";
import { BOOTSTRAP_ROUNDS, stratifiedBootstrap, widthsDisagree } from "./statistics/bootstrap";
import { guardedWelch, type Insufficient, type Interval, type Moments, momentsOf } from "./statistics/compare";

export type Robustness = {
  status: "ok";
  rounds: number;
  profit: Estimate | null;
  /** Null: the resamples do not agree on an end. */
  roi: Interval | null;
  welchProfit: Estimate;
  /** The two intervals of the profit differ in width by more than a fifth: the normal approximation is in doubt. */
  disagrees: boolean;
};

/** Draws per page: about a second. Large campaigns get fewer rounds, and the page says how many. */
const MAX_DRAWS = 20_000_000;
const MIN_ROUNDS = 500;

const momentsWith = (arm: { n: number; nonZero: number[][] }): Moments & { buyers: number } => {
  const values = arm.nonZero.map((row) => row[0] ?? 0);
  const { mean, variance } = momentsOf([...values, ...new Array<number>(Math.max(0, arm.n - values.length)).fill(0)]);
  return { n: arm.n, mean, variance, buyers: values.filter((value) => value !== 0).length };
};

/** The same profit and its ratio to the cost by a seeded bootstrap: no assumption about the shape of revenue (domain.md 2.2, 9). */
export async function robustness(ctx: ShopContext, input: unknown): Promise<Robustness | Insufficient> {
  const { id } = parseInput(campaignIdSchema, input);
  const people = await withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const measured = await measuredOf(handle, ctx.shopId, campaign, await readMargins(handle, ctx.shopId));
    return measured && (await readPeople(handle, measured));
  });
  if (!people) return { status: "insufficient_data", reason: "no_treated" };
  const welch = guardedWelch(momentsWith(people.treated), momentsWith(people.control));
  if (welch.status !== "ok") return welch;
  const n = people.treated.n;
  const active = people.treated.nonZero.length + people.control.nonZero.length;
  const rounds = Math.max(MIN_ROUNDS, Math.min(BOOTSTRAP_ROUNDS, Math.floor(MAX_DRAWS / Math.max(1, active))));
  const arms = [people.treated, people.control];
  const difference = (means: readonly Float64Array[]): number => (means[0]?.[0] ?? 0) - (means[1]?.[0] ?? 0);
  const profit = stratifiedBootstrap(arms, difference, { seed: id, width: 2, rounds }).interval;
  const roi = stratifiedBootstrap(arms, (means) => difference(means) / (means[0]?.[1] ?? 0), { seed: id, width: 2, rounds }).interval;
  const times = ({ low, high }: Interval): Interval => ({ low: low * n, high: high * n });
  return {
    status: "ok",
    rounds,
    profit: profit && estimateOf(welch.difference * n, times(profit)),
    roi,
    welchProfit: estimateOf(welch.difference * n, times(welch.interval)),
    disagrees: profit !== null && widthsDisagree(profit, welch.interval),
  };
}
