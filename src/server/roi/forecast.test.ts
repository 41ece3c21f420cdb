import { describe, expect, it } from "vitest";
import { forecast, scaled } from "./forecast";
import type { KeptResult } from "./results";

const kept = (campaignId: string, strategy: string | null, perPerson: number, patch: Partial<KeptResult["result"]> = {}): KeptResult => ({
  ...{ campaignId, strategy, name: campaignId, segment: null, query: null, status: "done" },
  ...{ releasedAt: null, windowEndsAt: null, computedAt: new Date("2026-06-01") },
  result: {
    ...{ unit: "EUR", verdict: "not_proven", reason: null, preliminary: false, people: 1_000, granted: 1_000_000n, cost: 300_000n },
    profitPerPerson: { value: BigInt(perPerson), low: BigInt(perPerson - 200), high: BigInt(perPerson + 200) },
    ...{ profit: null, profitStandardError: 100, marginBps: 4_000, ...patch },
  },
});
const asked = { campaignId: "draft", strategy: "winback", unit: "EUR" };
const three = [kept("a", "winback", 100), kept("b", "winback", 200), kept("c", "winback", 300)];

describe("what a draft may earn", () => {
  it("is what three campaigns of its strategy earned per unit granted, in proportion to its own credit", () => {
    const found = forecast(three, asked);
    // 1.00, 2.00 and 3.00 per person of 10.00 granted: 10, 20 and 30 %.
    expect(found).toMatchObject({ campaigns: 3, sameKind: true });
    expect(found?.perGranted.value).toBeCloseTo(0.2, 10);
    // They spread as much as their noise of 10 % explains: no τ², SE 0.1/√3, t of two degrees of freedom at 95 % 4.302653.
    const reach = 4.302653 * (0.1 / Math.sqrt(3));
    expect(found?.perGranted.low).toBeCloseTo(0.2 - reach, 6);
    expect(found?.perGranted.high).toBeCloseTo(0.2 + reach, 6);
    if (!found) throw new Error("no forecast");
    expect(scaled(found, 5_000n).value).toBe(1_000n);
  });

  it("has a wider range the more campaigns differ than chance explains", () => {
    const differing = [kept("a", "winback", -1_000), kept("b", "winback", 200), kept("c", "winback", 1_400)];
    const width = (rows: KeptResult[]) => {
      const found = forecast(rows, asked);
      return found ? found.perGranted.high - found.perGranted.low : 0;
    };
    expect(width(differing)).toBeGreaterThan(5 * width(three));
  });

  it("falls back to all campaigns of the shop, and says so", () => {
    const mixed = [kept("a", "winback", 100), kept("b", "birthday", 200), kept("c", null, 300)];
    expect(forecast(mixed, asked)).toMatchObject({ campaigns: 3, sameKind: false });
    expect(forecast(three, { ...asked, strategy: null })).toMatchObject({ campaigns: 3, sameKind: false });
  });

  it("needs three results that are final, in its unit, with a number, and not its own", () => {
    const two = three.slice(0, 2);
    expect(forecast(two, asked)).toBeNull();
    expect(forecast([...two, kept("c", "winback", 300, { preliminary: true })], asked)).toBeNull();
    expect(forecast([...two, kept("c", "winback", 300, { unit: "CHF" })], asked)).toBeNull();
    expect(forecast([...two, kept("c", "winback", 300, { profitPerPerson: null })], asked)).toBeNull();
    expect(forecast([...two, kept("c", "winback", 300, { granted: 0n })], asked)).toBeNull();
    expect(forecast([...two, kept("draft", "winback", 300)], asked)).toBeNull();
  });
});
