import { describe, expect, test } from "vitest";
import { type Cohort, chainLadder } from "./chain-ladder";

const cohort = (month: string, granted: bigint, ...redeemed: bigint[]): Cohort => ({ month, granted, lapsed: 0n, redeemed });

/** Every cohort of 1000 redeems 100, then doubles to 200, then goes on to 300 and stays there. */
const steady: Cohort[] = [
  cohort("2025-01", 1000n, 100n, 200n, 300n, 300n, 300n, 300n),
  cohort("2025-02", 1000n, 100n, 200n, 300n, 300n, 300n),
  cohort("2025-03", 1000n, 100n, 200n, 300n, 300n),
  cohort("2025-04", 1000n, 100n, 200n, 300n),
  cohort("2025-05", 1000n, 100n, 200n),
  cohort("2025-06", 1000n, 100n),
];

describe("chain ladder", () => {
  test("carries the development of older cohorts to younger ones", () => {
    const result = chainLadder(steady);
    if (result.status !== "estimated") throw new Error("expected an estimate");
    expect(result.forecasts.map(({ ultimate }) => ultimate)).toEqual([300n, 300n, 300n, 300n, 300n, 300n]);
    expect(result).toMatchObject({ granted: 6000n, redeemed: 1500n, ultimate: 1800n, breakage: 4200n });
  });

  test("the factors are weighted by volume, not averaged: (30 + 10) / (10 + 10) = 2", () => {
    const result = chainLadder([
      cohort("a", 100n, 10n, 30n),
      cohort("b", 100n, 10n, 10n),
      ...["c", "d", "e"].map((month) => cohort(month, 100n, 0n, 0n)),
      cohort("f", 100n, 7n),
    ]);
    expect(result).toMatchObject({ status: "estimated", ultimate: 54n });
  });

  test("what has lapsed is not forecast to be redeemed, whatever older cohorts did", () => {
    const lapsed = [...steady.slice(0, 5), { ...cohort("2025-06", 1000n, 100n), lapsed: 850n }];
    const result = chainLadder(lapsed);
    if (result.status !== "estimated") throw new Error("expected an estimate");
    expect(result.forecasts.at(-1)).toMatchObject({ ultimate: 150n, breakage: 850n });
  });

  test("five cohorts are not enough history, six are", () => {
    expect(chainLadder(steady.slice(1))).toEqual({ status: "notEnoughHistory", cohorts: 5, needed: 6 });
    expect(chainLadder([])).toEqual({ status: "notEnoughHistory", cohorts: 0, needed: 6 });
    expect(chainLadder(steady).status).toBe("estimated");
  });

  test("nothing redeemed so far is no division by zero: a month without any event changes nothing", () => {
    const idle = ["a", "b", "c", "d", "e", "f"].map((month, at) => cohort(month, 50n, ...Array.from({ length: 6 - at }, () => 0n)));
    expect(chainLadder(idle)).toMatchObject({ ultimate: 0n, breakage: 300n });
  });

  test("where redemptions began from nothing, younger cohorts stay open instead of being guessed", () => {
    const late = [cohort("a", 50n, 0n, 20n), ...["b", "c", "d", "e"].map((month) => cohort(month, 50n, 0n, 0n)), cohort("f", 50n, 0n)];
    const result = chainLadder(late);
    if (result.status !== "estimated") throw new Error("expected an estimate");
    expect(result.forecasts.at(-1)).toMatchObject({ ultimate: null, breakage: null });
    expect(result.forecasts[0]).toMatchObject({ ultimate: 20n, breakage: 30n });
    expect(result).toMatchObject({ ultimate: null, breakage: null });
  });

  test("never more than granted, half a unit rounds up, amounts above 2^53 are exact", () => {
    const tight = [...steady.slice(0, 5), cohort("2025-06", 250n, 100n)];
    const capped = chainLadder(tight);
    if (capped.status !== "estimated") throw new Error("expected an estimate");
    expect(capped.forecasts.at(-1)).toMatchObject({ ultimate: 250n, breakage: 0n });
    const half = chainLadder([cohort("a", 99n, 2n, 3n), ...["b", "c", "d", "e"].map((m) => cohort(m, 9n, 0n, 0n)), cohort("f", 9n, 1n)]);
    if (half.status !== "estimated") throw new Error("expected an estimate");
    expect(half.forecasts.at(-1)?.ultimate).toBe(2n);
    const big = 9_007_199_254_740_993n;
    const huge = chainLadder(["a", "b", "c", "d", "e", "f"].map((month) => cohort(month, big, big)));
    expect(huge).toMatchObject({ ultimate: 6n * big, breakage: 0n });
  });
});
