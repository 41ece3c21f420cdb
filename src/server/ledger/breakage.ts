/**
 * IFRS 15 B46 (domain.md 1.11): breakage that is expected becomes revenue in proportion to the rights that customers exercise; without a
 * reliable expectation, only when the rights have lapsed. Paid and earned credit only: promotional credit is no liability. Pure.
 */
import type { CohortReport } from "./cohorts";
import type { OriginClass } from "./schema";

export type BreakageCohort = {
  month: string;
  granted: bigint;
  redeemed: bigint;
  /** Of the granted credit, what is expected never to be redeemed. */
  expected: bigint;
  /** To be recognised up to the end of the last complete month. */
  recognised: bigint;
};

export type BreakageMonth = {
  month: string;
  /** Redeemed in this month, over all cohorts. */
  redeemed: bigint;
  /** Breakage that goes with it. */
  breakage: bigint;
  cumulative: bigint;
};

export type BreakageSchedule = {
  unit: string;
  origin: Exclude<OriginClass, "unpaid">;
} & (
  | { method: "onLapse"; cohorts: number; needed: number }
  | { method: "proportional"; cohorts: BreakageCohort[]; months: BreakageMonth[]; expected: bigint; recognised: bigint }
);

/** `expected · redeemed / ultimate`, rounded half up; nothing while nothing is expected to be redeemed. */
const share = (expected: bigint, redeemed: bigint, ultimate: bigint): bigint => {
  if (ultimate <= 0n || redeemed <= 0n) return 0n;
  const exercised = redeemed > ultimate ? ultimate : redeemed;
  return (2n * expected * exercised + ultimate) / (2n * ultimate);
};

const addMonths = (month: string, months: number): string => {
  const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
};

/** The schedule of one unit and origin, with today's expectation for every cohort; null for promotional credit. */
export function breakageSchedule({ unit, origin, cohorts, ladder }: CohortReport): BreakageSchedule | null {
  if (origin === "unpaid") return null;
  if (ladder.status === "notEnoughHistory") return { unit, origin, method: "onLapse", cohorts: ladder.cohorts, needed: ladder.needed };
  const months = new Map<string, { redeemed: bigint; breakage: bigint }>();
  const rows = cohorts.map((cohort, at): BreakageCohort => {
    const forecast = ladder.forecasts[at];
    // A cohort nobody can forecast yet recognises nothing (constraint on variable consideration, ¶56).
    const ultimate = forecast?.ultimate ?? 0n;
    const expected = forecast?.breakage ?? 0n;
    let before = { redeemed: 0n, recognised: 0n };
    for (const [age, redeemed] of cohort.redeemed.entries()) {
      const recognised = share(expected, redeemed, ultimate);
      const month = addMonths(cohort.month, age);
      const sums = months.get(month) ?? { redeemed: 0n, breakage: 0n };
      months.set(month, {
        redeemed: sums.redeemed + redeemed - before.redeemed,
        breakage: sums.breakage + recognised - before.recognised,
      });
      before = { redeemed, recognised };
    }
    return { month: cohort.month, granted: cohort.granted, redeemed: before.redeemed, expected, recognised: before.recognised };
  });
  let cumulative = 0n;
  return {
    unit,
    origin,
    method: "proportional",
    cohorts: rows,
    months: [...months]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([month, sums]) => {
        cumulative += sums.breakage;
        return { month, ...sums, cumulative };
      }),
    expected: rows.reduce((total, row) => total + row.expected, 0n),
    recognised: rows.reduce((total, row) => total + row.recognised, 0n),
  };
}
