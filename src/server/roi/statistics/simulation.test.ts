import { describe, expect, it } from "vitest";
import { seededRandom } from "./bootstrap";
import { type Moments, momentsOf, sequential, welch } from "./compare";
import { cuped, jointOf } from "./cuped";

/*
 * What the intervals promise, tried on invented shops: 15 % of the people buy, amounts are log-normal with a heavy tail (σ = 1), the arms are
 * 80 : 20. Seeds are fixed, so the rates are numbers and not chances.
 */
const PEOPLE = 3_000;
const HOLDOUT = 0.2;
const ROUNDS = 800;

/** Net revenue of a person who was not treated, and a covariate that knows half of it. */
function person(random: () => number): { x: number; y: number } {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const taste = normal();
  const spend = (): number => (random() < 0.15 ? Math.exp(3 + 0.7 * taste + 0.7 * normal()) : 0);
  return { x: spend() + spend() + spend(), y: spend() };
}

function campaign(seed: string, lift: number): { treated: { x: number; y: number }[]; control: { x: number; y: number }[] } {
  const random = seededRandom(seed);
  const people = Array.from({ length: PEOPLE }, () => person(random));
  const held = Math.round(PEOPLE * HOLDOUT);
  return { control: people.slice(0, held), treated: people.slice(held).map(({ x, y }) => ({ x, y: y + lift })) };
}

const moments = (people: readonly { y: number }[]): Moments => momentsOf(people.map(({ y }) => y));

/** Share of simulated campaigns in which the interval misses the true difference. */
function missed(name: string, lift: number, interval: (c: ReturnType<typeof campaign>) => { low: number; high: number } | null): number {
  let misses = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const found = interval(campaign(`${name}-${round}`, lift));
    if (found && (found.low > lift || found.high < lift)) misses++;
  }
  return misses / ROUNDS;
}

const plain = (c: ReturnType<typeof campaign>) => {
  const result = welch(moments(c.treated), moments(c.control));
  return result.status === "ok" ? result.interval : null;
};
const adjusted = (c: ReturnType<typeof campaign>) => {
  const result = cuped(jointOf(c.treated), jointOf(c.control));
  return result.status === "ok" ? result.interval : null;
};

describe("A/A and A/B simulations", () => {
  it("A/A: finds an effect where there is none in about 5 of 100 campaigns", () => {
    for (const rate of [missed("aa", 0, plain), missed("aa-cuped", 0, adjusted)]) {
      expect(rate).toBeGreaterThan(0.03);
      expect(rate).toBeLessThan(0.07);
    }
  });

  it("A/B: the interval holds the true effect in about 95 of 100", () => {
    const covered = 1 - missed("ab", 2, plain);
    expect(covered).toBeGreaterThan(0.925);
    expect(covered).toBeLessThan(0.97);
  });

  it("looking twenty times fools the fixed interval, not the sequential one", () => {
    const PEEKS = 20;
    let fixed = 0;
    let valid = 0;
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const { treated, control } = campaign(`peek-${round}`, 0);
      let [foundFixed, foundValid] = [false, false];
      for (let peek = 1; peek <= PEEKS; peek++) {
        const share = (people: readonly { y: number }[]) => people.slice(0, Math.round((people.length * peek) / PEEKS));
        const result = welch(moments(share(treated)), moments(share(control)));
        if (result.status !== "ok") continue;
        const { interval } = sequential(result, Math.round((PEOPLE * peek) / PEEKS), PEOPLE);
        foundFixed ||= result.interval.low > 0 || result.interval.high < 0;
        foundValid ||= interval.low > 0 || interval.high < 0;
      }
      if (foundFixed) fixed++;
      if (foundValid) valid++;
    }
    expect(fixed / rounds).toBeGreaterThan(0.15);
    expect(valid / rounds).toBeLessThan(0.06);
  });
});
