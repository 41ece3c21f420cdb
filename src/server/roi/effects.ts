import type { ArmSums } from "./queries";
import type { Estimate } from "./schema";
import {
  type Comparison,
  guardedWelch,
  type Insufficient,
  type Interval,
  type Moments,
  momentsFromExact,
  relativeLift,
  sequential,
} from "./statistics/compare";
import { cuped, jointFromExact } from "./statistics/cuped";
import { isUnderpowered, minimumDetectableEffect } from "./statistics/power";
import { ratioInterval } from "./statistics/ratio";

/** Contribution is summed in ten-thousandths of a minor unit (basis points). */
const FINE = 10_000;

export const round = (value: number): bigint => BigInt(Math.round(value));
export const estimateOf = (value: number, interval: Interval): Estimate => ({
  value: round(value),
  low: round(interval.low),
  high: round(interval.high),
});

const EMPTY: Omit<ArmSums, "arm"> = {
  ...{ variant: 0, amount: 0n, people: 0, buyers: 0, orders: 0, withBaseline: 0, revenue: 0n, revenue2: 0n, capped: 0n, capped2: 0n },
  ...{ contribution: 0n, contribution2: 0n, cost: 0n, cost2: 0n, contributionCost: 0n, revenueCost: 0n },
  ...{ baseline: 0n, baseline2: 0n, revenueBaseline: 0n },
};

/** All amounts of an arm together. */
export function sumArm(arm: ArmSums["arm"], parts: readonly ArmSums[]): ArmSums {
  const own = parts.filter((part) => part.arm === arm);
  const sum: ArmSums = { arm, ...EMPTY };
  for (const part of own) {
    sum.amount += part.amount * BigInt(part.people);
    sum.people += part.people;
    sum.buyers += part.buyers;
    sum.orders += part.orders;
    sum.withBaseline += part.withBaseline;
    for (const key of ["revenue", "revenue2", "capped", "capped2", "contribution", "contribution2", "cost", "cost2"] as const)
      sum[key] += part[key];
    for (const key of ["contributionCost", "revenueCost", "baseline", "baseline2", "revenueBaseline"] as const) sum[key] += part[key];
  }
  if (sum.people > 0) sum.amount /= BigInt(sum.people);
  return sum;
}

type Judged = Moments & { buyers: number };
const revenueOf = (arm: ArmSums): Judged => ({ ...momentsFromExact(arm.people, arm.revenue, arm.revenue2), buyers: arm.buyers });
const cappedOf = (arm: ArmSums): Judged => ({ ...momentsFromExact(arm.people, arm.capped, arm.capped2), buyers: arm.buyers });
const profitOf = (arm: ArmSums): Judged => {
  const { n, mean, variance } = momentsFromExact(arm.people, arm.contribution, arm.contribution2);
  return { n, mean: mean / FINE, variance: variance / FINE ** 2, buyers: arm.buyers };
};

/** The interval a page shows: the one that stays valid under repeated looking until returns have matured (domain.md 2.2, 11). */
export const shownInterval = (comparison: Comparison, people: number, preliminary: boolean): Interval =>
  preliminary ? sequential(comparison, people, people).interval : comparison.interval;

export type Effect = {
  revenuePerPerson: Estimate;
  profitPerPerson: Estimate;
  incrementalRevenue: Estimate;
  profit: Estimate;
  /** Lift relative to the holdout: 0.1 is 10 % more. */
  relativeLift: { value: number; low: number; high: number } | null;
  /** Credit redeemed and messages sent, face value (domain.md 2.2, 5). */
  cost: bigint;
  messageCost: bigint;
  pValue: number;
  /** Of the profit per person, minor units: what pooling over campaigns weighs with. */
  profitStandardError: number;
  roi: number | null;
  /** Null: nothing was spent, or the interval has no end. */
  roiInterval: Interval | null;
  iroas: number | null;
  iroasInterval: Interval | null;
  breakEvenRevenue: bigint | null;
};

export type Compared = { revenue: Comparison | Insufficient; profit: Comparison | Insufficient };

export const compareArms = (treated: ArmSums, control: ArmSums): Compared => ({
  revenue: guardedWelch(revenueOf(treated), revenueOf(control)),
  profit: guardedWelch(profitOf(treated), profitOf(control)),
});

const covariance = (n: number, xy: bigint, x: bigint, y: bigint): number => {
  const count = BigInt(n);
  return n < 2 ? 0 : Number(count * xy - x * y) / Number(count * (count - 1n));
};

/** Numerator over the cost per treated person, both estimated from people (delta method or Fieller). */
function perCost(comparison: Comparison, treated: ArmSums, shared: number): { ratio: number; interval: Interval | null } | null {
  const cost = momentsFromExact(treated.people, treated.cost, treated.cost2);
  const result = ratioInterval({
    numerator: comparison.difference,
    denominator: cost.mean,
    varianceN: comparison.standardError ** 2,
    varianceD: cost.variance / treated.people,
    covariance: shared / treated.people,
  });
  return result.status === "ok" ? { ratio: result.ratio, interval: result.interval } : null;
}

/** What treating these people changed, against those held out. Null when a guard forbids numbers. */
export function effectOf(
  treated: ArmSums,
  control: ArmSums,
  { revenue, profit }: Compared,
  input: { preliminary: boolean; marginBps: number; messageCost: bigint },
): Effect | null {
  if (revenue.status !== "ok" || profit.status !== "ok") return null;
  const n = treated.people;
  const people = n + control.people;
  const [ofRevenue, ofProfit] = [shownInterval(revenue, people, input.preliminary), shownInterval(profit, people, input.preliminary)];
  const times = ({ low, high }: Interval): Interval => ({ low: low * n, high: high * n });
  const lift = relativeLift(revenueOf(treated), revenueOf(control));
  const roi = perCost(profit, treated, covariance(n, treated.contributionCost, treated.contribution, treated.cost) / FINE);
  const iroas = perCost(revenue, treated, covariance(n, treated.revenueCost, treated.revenue, treated.cost));
  return {
    revenuePerPerson: estimateOf(revenue.difference, ofRevenue),
    profitPerPerson: estimateOf(profit.difference, ofProfit),
    incrementalRevenue: estimateOf(revenue.difference * n, times(ofRevenue)),
    profit: estimateOf(profit.difference * n, times(ofProfit)),
    relativeLift: lift.status === "ok" ? { value: lift.difference, ...lift.interval } : null,
    cost: treated.cost,
    messageCost: input.messageCost,
    pValue: revenue.pValue,
    profitStandardError: profit.standardError,
    roi: roi?.ratio ?? null,
    roiInterval: roi?.interval ?? null,
    iroas: iroas?.ratio ?? null,
    iroasInterval: iroas?.interval ?? null,
    breakEvenRevenue: input.marginBps > 0 ? (treated.cost * 10_000n) / BigInt(input.marginBps) : null,
  };
}

export type Method = {
  method: "welch" | "sequential" | "cuped" | "winsorised";
  primary: boolean;
  revenuePerPerson: Estimate;
  correlation: number | null;
  cap: bigint | null;
};

/** The same question asked in other ways, so that nobody has to trust one of them. */
export function methodsOf(
  treated: ArmSums,
  control: ArmSums,
  comparison: Comparison,
  input: { preliminary: boolean; cap: bigint | null },
): Method[] {
  const people = treated.people + control.people;
  const plain = { correlation: null, cap: null };
  const methods: Method[] = [
    { method: "welch", primary: !input.preliminary, revenuePerPerson: estimateOf(comparison.difference, comparison.interval), ...plain },
    {
      method: "sequential",
      primary: input.preliminary,
      revenuePerPerson: estimateOf(comparison.difference, sequential(comparison, people, people).interval),
      ...plain,
    },
  ];
  const joint = (arm: ArmSums) =>
    jointFromExact({ n: arm.people, y: arm.revenue, yy: arm.revenue2, x: arm.baseline, xx: arm.baseline2, xy: arm.revenueBaseline });
  const adjusted = treated.baseline + control.baseline > 0n ? cuped(joint(treated), joint(control)) : null;
  if (adjusted?.status === "ok")
    methods.push({
      method: "cuped",
      primary: false,
      revenuePerPerson: estimateOf(adjusted.difference, adjusted.interval),
      correlation: adjusted.correlation,
      cap: null,
    });
  const capped = input.cap === null ? null : guardedWelch(cappedOf(treated), cappedOf(control));
  if (capped?.status === "ok")
    methods.push({
      method: "winsorised",
      primary: false,
      revenuePerPerson: estimateOf(capped.difference, capped.interval),
      correlation: null,
      cap: input.cap,
    });
  return methods;
}

/** Whether the design was too small for what the campaign had to earn (domain.md 2.2, 12). */
export function underpowered(treated: ArmSums, control: ArmSums, marginBps: number): boolean {
  const sigma = Math.sqrt(momentsFromExact(control.people, control.revenue, control.revenue2).variance);
  const detectable = minimumDetectableEffect(sigma, treated.people, control.people);
  if (detectable === null || treated.people === 0 || marginBps <= 0) return false;
  return isUnderpowered(detectable, (Number(treated.cost) * 10_000) / marginBps / treated.people);
}
