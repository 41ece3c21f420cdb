import { describe, expect, test } from "vitest";
import { breakageSchedule } from "./breakage";
import { type Cohort, chainLadder } from "./chain-ladder";

const cohort = (month: string, ...redeemed: bigint[]): Cohort => ({ month, granted: 1000n, lapsed: 0n, redeemed });
/** 100 in the first month, 200 by the second, 300 by the third and no more: 700 of every 1000 lapse in the end. */
const cohorts = [
  cohort("2025-11", 100n, 200n, 300n, 300n, 300n, 300n),
  cohort("2025-12", 100n, 200n, 300n, 300n, 300n),
  cohort("2026-01", 100n, 200n, 300n, 300n),
  cohort("2026-02", 100n, 200n, 300n),
  cohort("2026-03", 100n, 200n),
  cohort("2026-04", 100n),
];
const report = { unit: "EUR", origin: "earned" as const, cohorts, ladder: chainLadder(cohorts) };

describe("breakage by B46", () => {
  test("is recognised in proportion to the rights exercised", () => {
    const schedule = breakageSchedule(report);
    if (schedule?.method !== "proportional") throw new Error("expected a schedule");
    // A third of the rights that are expected to be exercised: a third of the expected breakage.
    expect(schedule.cohorts.at(-1)).toEqual({ month: "2026-04", granted: 1000n, redeemed: 100n, expected: 700n, recognised: 233n });
    expect(schedule.cohorts[0]).toMatchObject({ expected: 700n, recognised: 700n });
    expect(schedule.expected).toBe(4200n);
    expect(schedule.months.map(({ month }) => month)).toEqual(["2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]);
    expect(schedule.months[0]).toEqual({ month: "2025-11", redeemed: 100n, breakage: 233n, cumulative: 233n });
    expect(schedule.months.at(-1)?.cumulative).toBe(schedule.recognised);
    expect(schedule.months.reduce((total, { redeemed }) => total + redeemed, 0n)).toBe(1500n);
  });

  test("promotional credit has none; without history only what lapses counts", () => {
    expect(breakageSchedule({ ...report, origin: "unpaid" })).toBeNull();
    const short = cohorts.slice(1);
    expect(breakageSchedule({ ...report, cohorts: short, ladder: chainLadder(short) })).toEqual({
      unit: "EUR",
      origin: "earned",
      method: "onLapse",
      cohorts: 5,
      needed: 6,
    });
  });

  test("a refund takes recognised breakage back in its month; nothing redeemed recognises nothing", () => {
    const refunded = [
      cohort("2025-11", 300n, 150n),
      ...["2025-12", "2026-01", "2026-02", "2026-03"].map((m) => cohort(m, 0n, 0n)),
      cohort("2026-04", 0n),
    ];
    const schedule = breakageSchedule({ ...report, cohorts: refunded, ladder: chainLadder(refunded) });
    if (schedule?.method !== "proportional") throw new Error("expected a schedule");
    expect(schedule.months[1]?.redeemed).toBe(-150n);
    expect(schedule.recognised).toBe(schedule.months.at(-1)?.cumulative);
    expect(schedule.cohorts.at(-1)?.recognised).toBe(0n);
  });
});
