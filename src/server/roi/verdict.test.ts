import { describe, expect, it } from "vitest";
import { guardedWelch, momentsFromExact, profitOf } from "./statistics/compare";
import { type VerdictInput, verdictOf } from "./verdict";

const day = (n: number) => new Date(Date.UTC(2026, 5, n));
// R9: more revenue is proven, a profit is not.
const comparison = guardedWelch(
  { ...momentsFromExact(9000, 162_000n, 19_440_000n), buyers: 900 },
  { ...momentsFromExact(1000, 15_000n, 1_700_000n), buyers: 90 },
);
if (comparison.status !== "ok") throw new Error("R9 must compare");
const r9: VerdictInput = {
  now: day(61),
  releasedAt: day(1),
  windowEndsAt: day(31),
  maturesAt: day(61),
  sampleRatio: 1,
  comparison,
  profit: profitOf({ ...comparison, treated: 9000, marginBps: 4000, cost: 13_590 }).interval,
};
const insufficient = (reason: "no_holdout" | "too_few_buyers") => ({ status: "insufficient_data" as const, reason });

describe("verdict", () => {
  it("says for R9 that revenue rose and that a profit is not proven", () => {
    expect(verdictOf(r9)).toEqual({ kind: "not_proven", reason: null, revenueProven: true });
  });
  it("knows proven profit and proven loss, also with proven revenue", () => {
    expect(verdictOf({ ...r9, profit: { low: 1, high: 2 } }).kind).toBe("proven_profit");
    expect(verdictOf({ ...r9, profit: { low: -9, high: -1 } })).toEqual({ kind: "proven_loss", reason: null, revenueProven: true });
    expect(verdictOf({ ...r9, profit: { low: 0, high: 2 } }).kind).toBe("not_proven");
  });
  it("is too early until the last moment before maturity, whatever the numbers say", () => {
    expect(verdictOf({ ...r9, now: new Date(day(61).getTime() - 1), profit: { low: 1, high: 2 } }).kind).toBe("too_early");
  });
  it("waits for buyers while they can come, then says there were too few", () => {
    expect(verdictOf({ ...r9, now: day(20), comparison: insufficient("too_few_buyers") })).toMatchObject({
      kind: "too_early",
      reason: "too_few_buyers",
    });
    expect(verdictOf({ ...r9, now: day(31), comparison: insufficient("too_few_buyers") })).toMatchObject({ kind: "insufficient_data" });
    expect(verdictOf({ ...r9, now: day(20), comparison: insufficient("no_holdout") })).toMatchObject({
      kind: "insufficient_data",
      reason: "no_holdout",
    });
  });
  it("hides everything behind a broken split (R5: 8900 to 1100)", () => {
    expect(verdictOf({ ...r9, sampleRatio: 0.000858121 })).toMatchObject({ kind: "insufficient_data", reason: "sample_ratio_mismatch" });
    expect(verdictOf({ ...r9, sampleRatio: 0.001 }).kind).toBe("not_proven");
  });
  it("has nothing to say before the release", () => {
    expect(verdictOf({ ...r9, releasedAt: null }).kind).toBe("not_started");
  });
});
