import fc from "fast-check";
import { beforeAll, test } from "vitest";
import { AT_ONCE, createWorlds, programs, stopTheClock } from "./testing-program";

/**
 * Random programs agree with the in-memory oracle. More programs: GUTHABEN_PROGRAMS=5000. A failure prints the seed and the shortest program.
 * Which defects this notices: mutations.db.test.ts.
 */
const PROGRAMS = Number(process.env.GUTHABEN_PROGRAMS ?? 1_000);

beforeAll(stopTheClock);

test(`${PROGRAMS} random programs agree with the oracle`, { timeout: 60_000 + PROGRAMS * 1_000 }, async () => {
  const property = programs(await createWorlds(AT_ONCE));
  await fc.assert(property, { numRuns: Math.ceil(PROGRAMS / AT_ONCE), endOnFailure: process.env.CI !== undefined });
});
