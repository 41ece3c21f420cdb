import { describe, expect, it } from "vitest";
import { curveOf } from "./curves";
import { sumArm } from "./effects";
import type { DaySums } from "./queries";

const days: DaySums[] = [
  { day: 0, arm: "treated", net: 50_000n, squares: 500_000_000n },
  { day: 1, arm: "control", net: 40_000n, squares: 400_000_000n },
];
const arms = { treated: { ...sumArm("treated", []), people: 500 }, control: { ...sumArm("control", []), people: 400 } };

describe("the curve of a campaign", () => {
  it("draws a difference with its band where the report may say one", () => {
    const curve = curveOf(days, arms, 3, true);
    expect(curve.map(({ treated, control }) => [treated, control])).toEqual([
      [100n, 0n],
      [100n, 100n],
      [100n, 100n],
    ]);
    expect(curve.at(-1)?.difference).toMatchObject({ value: 0n });
  });

  it("draws none where the report refuses the number: too few buyers, arms off plan", () => {
    expect(curveOf(days, arms, 3, false).map(({ difference }) => difference)).toEqual([null, null, null]);
  });
});
