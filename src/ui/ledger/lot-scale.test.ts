import { describe, expect, test } from "vitest";
import { lotParts, timeScale } from "./lot-scale";

const now = new Date("2026-06-01T00:00:00Z");

describe("timeScale", () => {
  test("spans all lots and at least thirty days around today", () => {
    const alone = timeScale([], now);
    expect(alone.now).toBe(50);
    const scale = timeScale([{ availableFrom: new Date("2026-01-01T00:00:00Z"), expiresAt: new Date("2027-01-01T00:00:00Z") }], now);
    expect(scale.at(scale.from)).toBe(0);
    expect(scale.at(scale.to)).toBe(100);
    expect(scale.from.toISOString()).toBe("2026-01-01T00:00:00.000Z");
    expect(scale.at(new Date("2040-01-01T00:00:00Z"))).toBe(100);
  });
});

describe("lotParts", () => {
  test("leaves empty parts out and keeps the proportion of amounts above 2^53", () => {
    const granted = 9_007_199_254_740_994n;
    const parts = lotParts({ granted, remaining: granted / 2n, held: 0n, redeemed: granted / 2n, expired: 0n, recalled: 0n, moved: 0n });
    expect(parts.map(({ part, share }) => [part, share])).toEqual([
      ["remaining", 0.5],
      ["redeemed", 0.5],
    ]);
  });
});
