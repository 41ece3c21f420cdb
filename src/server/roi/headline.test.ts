import { describe, expect, it } from "vitest";
import type { HoldoutYear } from "./global-holdout";
import { addUp, headlineOf, sumOfEstimates } from "./headline";
import type { KeptResult } from "./results";
import type { Estimate } from "./schema";

const result = (profit: Estimate | null, preliminary = false): KeptResult => ({
  ...{ campaignId: crypto.randomUUID(), name: "K", strategy: null, segment: null, query: null, status: "done" },
  ...{ releasedAt: null, windowEndsAt: null, computedAt: new Date(0) },
  result: {
    ...{ unit: "EUR", verdict: "not_proven", reason: null, preliminary, people: 10, granted: 0n, cost: 0n, marginBps: 4_000 },
    ...{ profitPerPerson: profit, profit, profitStandardError: 1 },
  },
});
const year = (of: number, profit: Estimate | null, preliminary: boolean): HoldoutYear => ({
  ...{ year: of, bps: 200, startedAt: new Date(0), until: new Date(0), people: { held: 20, others: 980 } },
  ...{ revenuePerPerson: profit, profitPerPerson: profit, profit, preliminary, marginBps: 4_000, reason: profit ? null : "arm_too_small" },
});

describe("several results as one", () => {
  it("adds values, and half-widths by their squares", () => {
    expect(sumOfEstimates([])).toBeNull();
    const sum = sumOfEstimates([
      { value: 100n, low: 70n, high: 130n },
      { value: -20n, low: -60n, high: 20n },
    ]);
    expect(sum).toEqual({ value: 80n, low: 30n, high: 130n });
  });

  it("leaves out what has not matured while anything has", () => {
    const done = { value: 500n, low: 100n, high: 900n };
    const early = { value: 9_000n, low: -9_000n, high: 27_000n };
    expect(addUp([result(done), result(early, true), result(null, true)])).toEqual({
      profit: done,
      verdict: "proven_profit",
      campaigns: 1,
      open: 2,
    });
    expect(addUp([result(early, true), result(null, true)])).toEqual({ profit: early, verdict: "too_early", campaigns: 1, open: 1 });
  });

  it("says which kind of nothing there is", () => {
    expect(addUp([])).toEqual({ profit: null, verdict: "not_started", campaigns: 0, open: 0 });
    expect(addUp([result(null, true)])).toEqual({ profit: null, verdict: "too_early", campaigns: 0, open: 1 });
    expect(addUp([result(null)])).toEqual({ profit: null, verdict: "insufficient_data", campaigns: 0, open: 0 });
  });

  it.each([
    [{ value: 3n, low: 1n, high: 5n }, "proven_profit"],
    [{ value: -3n, low: -5n, high: -1n }, "proven_loss"],
    [{ value: 1n, low: 0n, high: 2n }, "not_proven"],
  ] as const)("judges %o as %s", (estimate, verdict) => {
    expect(addUp([result(estimate)]).verdict).toBe(verdict);
  });

  it("lets the newest year of the holdout that has a number speak first", () => {
    const estimate = { value: 7n, low: 2n, high: 12n };
    const own = [result({ value: 1n, low: 0n, high: 2n })];
    const years = [year(2025, { value: 1n, low: 1n, high: 1n }, false), year(2027, null, true), year(2026, estimate, true)];
    expect(headlineOf("EUR", own, years, null)).toMatchObject({
      holdout: { year: 2026, profit: estimate, verdict: "too_early", people: 980 },
      added: { verdict: "not_proven", campaigns: 1 },
    });
    expect(headlineOf("EUR", own, [year(2026, estimate, false)], null).holdout?.verdict).toBe("proven_profit");
    expect(headlineOf("EUR", own, [year(2026, null, true)], null).holdout).toBeNull();
  });
});
