import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalsOf, indexAfterKey, nearestIndex, thinnedIndexes, toCsv, valueDomain, valueTicks } from "./scales";

describe("valueDomain", () => {
  it("is round and holds every value and zero", () => {
    expect(valueDomain([3, 97])).toEqual([0, 100]);
    expect(valueDomain([-42, 18])).toEqual([-50, 20]);
  });

  it("leaves zero out when it means nothing", () => {
    expect(valueDomain([1012, 1018], false)[0]).toBeGreaterThan(1000);
  });

  it("has room for nothing and for a flat line", () => {
    expect(valueDomain([])).toEqual([0, 1]);
    expect(valueDomain([0, 0])).toEqual([0, 1]);
    expect(valueDomain([5, 5], false)).toEqual([0, 6]);
    expect(valueDomain([-5], false)).toEqual([-6, 0]);
  });

  it("contains whatever it is given", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }), fc.boolean(), (values, zero) => {
        const [low, high] = valueDomain(values, zero);
        return low < high && values.every((value) => value >= low && value <= high);
      }),
    );
  });
});

describe("ticks and labels", () => {
  it("count customers in whole numbers", () => {
    expect(valueTicks([0, 2], 5, true)).toEqual([0, 1, 2]);
    expect(valueTicks([0, 2], 5, false)).toContain(0.5);
  });

  it("need as many decimals as tell neighbours apart", () => {
    expect(decimalsOf([0, 0.005, 0.01])).toBe(3);
    expect(decimalsOf([0, 0.02, 0.04])).toBe(2);
    expect(decimalsOf([0, 0.1, 0.2, 0.3])).toBe(1);
    expect(decimalsOf([0, 20, 40])).toBe(0);
    expect(decimalsOf([3])).toBe(0);
  });

  it("end where the grid ends", () => {
    const domain = valueDomain([0, 0.0134], true, 4);
    expect(valueTicks(domain, 4, false).at(-1)).toBe(domain[1]);
  });

  it("never put labels closer than their width", () => {
    expect(thinnedIndexes(30, 300, 60)).toEqual([0, 6, 12, 18, 24]);
    expect(thinnedIndexes(3, 20, 60)).toEqual([0]);
    expect(thinnedIndexes(0, 300, 60)).toEqual([]);
  });
});

describe("nearestIndex", () => {
  it("agrees with a linear search", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
        fc.integer({ min: -50, max: 1050 }),
        (values, at) => {
          const sorted = values.toSorted((a, b) => a - b);
          const found = sorted[nearestIndex(sorted, at)] ?? Number.NaN;
          return Math.abs(found - at) === Math.min(...sorted.map((value) => Math.abs(value - at)));
        },
      ),
    );
    expect(nearestIndex([], 3)).toBe(-1);
  });
});

describe("keyboard", () => {
  it.each([
    ["ArrowRight", null, 0],
    ["ArrowLeft", null, 4],
    ["ArrowRight", 4, 4],
    ["ArrowLeft", 0, 0],
    ["Home", 3, 0],
    ["End", 0, 4],
    ["a", 0, null],
  ] as const)("%s at %s of five → %s", (key, current, next) => {
    expect(indexAfterKey(key, current, 5)).toBe(next);
  });
});

describe("toCsv", () => {
  it("quotes separators and defuses formulas, but keeps negative numbers", () => {
    expect(
      toCsv([
        ["Tag", "Wert; netto"],
        ["=SUM(A1)", "-4,20"],
        ['Er sagte "ja"', "-x"],
      ]),
    ).toBe('\ufeffTag,"Wert; netto"\r\n\'=SUM(A1),"-4,20"\r\n"Er sagte ""ja""",\'-x\r\n');
  });

  it("tells an amount below zero from a calculation that begins with one", () => {
    const cell = (text: string) => toCsv([[text]]).slice(1, -2);
    for (const amount of ["-4", "-1.234,50 €", "-£3.20", "-12 %", "-5.00 CHF", "+3,1 %"])
      expect(cell(amount).replaceAll('"', "")).toBe(amount);
    for (const formula of ["-2+3+cmd|' /C calc'!A0", "-1-HYPERLINK(A1)", " =A1", "+1+1", "@SUM(1)", "＝A1"])
      expect(cell(formula)).toMatch(/^"?'/);
  });
});
