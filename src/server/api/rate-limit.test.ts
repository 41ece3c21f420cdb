import { expect, test } from "vitest";
import { RateLimiter } from "./rate-limit";

test("fifty at once, then ten a second", () => {
  const limiter = new RateLimiter();
  for (let n = 0; n < 50; n++) expect(limiter.take("a", 0)).toBe(0);
  expect(limiter.take("a", 0)).toBe(1);
  expect(limiter.take("b", 0)).toBe(0);
  let allowed = 0;
  for (let ms = 1; ms <= 1000; ms++) if (limiter.take("a", ms) === 0) allowed++;
  expect(allowed).toBe(10);
  // A long rest never gives more than the burst.
  for (let n = 0; n < 50; n++) expect(limiter.take("a", 3_600_000)).toBe(0);
  expect(limiter.take("a", 3_600_000)).toBe(1);
});

test("remembers a bounded number of keys", () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 3);
  for (const key of ["a", "b", "c", "d"]) expect(limiter.take(key, 0)).toBe(0);
  // "a" made room and is forgotten; "d" is still known.
  expect(limiter.take("d", 0)).toBe(1);
  expect(limiter.take("a", 0)).toBe(0);
});
