import fc from "fast-check";
import { expect, it } from "vitest";
import { sharedArea, vennOf } from "./venn";

const count = fc.integer({ min: 0, max: 100_000 });

it("draws areas in proportion to the counts, within the space it has", () => {
  fc.assert(
    fc.property(count, count, count, (onlyA, both, onlyB) => {
      fc.pre(onlyA + both + onlyB > 0);
      const { a, b } = vennOf({ onlyA, both, onlyB }, 400, 90);
      expect(Math.min(a.x - a.r, b.x - b.r)).toBeGreaterThanOrEqual(-0.001);
      expect(Math.max(a.x + a.r, b.x + b.r)).toBeLessThanOrEqual(400.001);
      const perPerson = (Math.PI * Math.max(a.r, b.r) ** 2) / Math.max(onlyA + both, onlyB + both);
      expect(Math.PI * a.r ** 2).toBeCloseTo(perPerson * (onlyA + both), 3);
      expect(Math.PI * b.r ** 2).toBeCloseTo(perPerson * (onlyB + both), 3);
      const shared = sharedArea(a.r, b.r, b.x - a.x);
      expect(Math.abs(shared - perPerson * both)).toBeLessThan(0.001 * Math.PI * Math.max(a.r, b.r) ** 2);
    }),
  );
});

it("parts what shares nobody and nests what is contained", () => {
  const apart = vennOf({ onlyA: 10, both: 0, onlyB: 10 }, 400, 90);
  expect(apart.b.x - apart.a.x).toBeGreaterThan(apart.a.r + apart.b.r);
  const inside = vennOf({ onlyA: 90, both: 10, onlyB: 0 }, 400, 90);
  expect(inside.b.x - inside.a.x + inside.b.r).toBeLessThanOrEqual(inside.a.r + 0.001);
});
