import { estimateOf, round } from "./effects";
import type { ArmSums, DaySums } from "./queries";
import type { Estimate } from "./schema";
import { type Interval, MIN_ARM, momentsFromExact, sequential, welch } from "./statistics/compare";

export type CurvePoint = { day: number; treated: bigint; control: bigint; difference: Estimate | null };

/**
 * Cumulative revenue per person and day with the band of the difference; a day without sales repeats the day before. Curves are looked at
 * while they grow, so their band is the one that stays valid under repeated looking.
 * @param comparable whether the report may say a difference at all: what it refuses as a number must not stand there as a line
 */
export function curveOf(
  days: readonly DaySums[],
  arms: { treated: ArmSums; control: ArmSums },
  length: number,
  comparable: boolean,
): CurvePoint[] {
  const sums = { treated: { net: 0n, squares: 0n }, control: { net: 0n, squares: 0n } };
  const people = arms.treated.people + arms.control.people;
  const enough = comparable && arms.treated.people >= MIN_ARM && arms.control.people >= MIN_ARM;
  const curve: CurvePoint[] = [];
  let next = 0;
  for (let day = 0; day < length; day++) {
    for (let row = days[next]; row && row.day <= day; row = days[++next]) {
      sums[row.arm].net += row.net;
      sums[row.arm].squares += row.squares;
    }
    const moments = (arm: "treated" | "control") => momentsFromExact(arms[arm].people, sums[arm].net, sums[arm].squares);
    const [treated, control] = [moments("treated"), moments("control")];
    const comparison = enough ? welch(treated, control) : null;
    const band: Interval | null = comparison?.status === "ok" ? sequential(comparison, people, people).interval : null;
    curve.push({
      day,
      treated: round(treated.mean),
      control: round(control.mean),
      difference: band && comparison?.status === "ok" ? estimateOf(comparison.difference, band) : null,
    });
  }
  return curve;
}

/** Cumulative redemption by day; days without any repeat the day before. */
export function redemptionOf(days: readonly { day: number; redeemed: bigint; redeemers: number }[], length: number) {
  const curve: { day: number; redeemed: bigint; redeemers: number }[] = [];
  let [redeemed, redeemers, next] = [0n, 0, 0];
  for (let day = 0; day < length; day++) {
    for (let row = days[next]; row && row.day <= day; row = days[++next]) {
      redeemed += row.redeemed;
      redeemers += row.redeemers;
    }
    curve.push({ day, redeemed, redeemers });
  }
  return curve;
}
