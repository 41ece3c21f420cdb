import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantToLocal } from "@/server/time";
import { isPast, maturesAt, releaseOf, scheduleOf, windowOf } from "./schedule";

const berlin = (availableLocal: string, expiryDays: number | null = null) =>
  scheduleOf({ availableLocal, timeZone: "Europe/Berlin", expiryDays });

describe("when a campaign runs (B11)", () => {
  it.each([
    ["T1 spring gap moves later", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z", "2026-03-29T03:30"],
    ["T2 autumn overlap means the first", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z", null],
    ["T3 winter", "2026-02-20T14:00", "2026-02-20T13:00:00.000Z", null],
    ["T3 summer", "2026-07-20T14:00", "2026-07-20T12:00:00.000Z", null],
  ])("%s", (_, local, instant, shiftedTo) => {
    const schedule = berlin(local);
    expect(schedule.runAt.toISOString()).toBe(instant);
    expect(schedule.shiftedTo).toBe(shiftedTo);
  });

  it("refuses a date that is in no calendar", () => {
    expect(() => berlin("2026-02-30T14:00")).toThrow(RangeError);
  });
});

describe("when its credit ends (T8)", () => {
  it.each([
    ["into summer time", "2026-03-20T14:00", "2026-04-03T22:00:00.000Z"],
    ["into winter time", "2026-10-20T14:00", "2026-11-03T23:00:00.000Z"],
  ])("14 days %s", (_, local, expiry) => {
    expect(berlin(local, 14).expiresAt?.toISOString()).toBe(expiry);
  });

  it("is always a local midnight, N whole days after the day of release", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2025-01-01"), max: new Date("2035-01-01"), noInvalidDate: true }),
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "UTC"),
        (release, days, timeZone) => {
          const { expiresAt, windowEndsAt } = windowOf({ release, expiryDays: days, timeZone });
          if (!expiresAt) throw new Error("expiry expected");
          expect(instantToLocal(expiresAt, timeZone).slice(11)).toBe("00:00:00");
          expect(expiresAt.getTime() - release.getTime()).toBeGreaterThan(days * 86_400_000 - 3_600_001);
          expect(windowEndsAt.getTime()).toBeGreaterThanOrEqual(expiresAt.getTime());
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("observation", () => {
  it("lasts to the expiry, but at least 30 days, and matures 30 days later", () => {
    const short = berlin("2026-06-01T10:00", 14);
    expect(short.windowEndsAt.toISOString()).toBe("2026-07-01T08:00:00.000Z");
    const long = berlin("2026-06-01T10:00", 60);
    expect(long.windowEndsAt).toEqual(long.expiresAt);
    expect(berlin("2026-06-01T10:00").windowEndsAt.toISOString()).toBe("2026-07-01T08:00:00.000Z");
    expect(maturesAt(short.windowEndsAt).toISOString()).toBe("2026-07-31T08:00:00.000Z");
  });
});

describe("release", () => {
  const runAt = new Date("2026-06-01T10:00:00Z");
  const later = (ms: number) => new Date(runAt.getTime() + ms);
  it("is the planned time for a punctual drop and the real one for a late drop", () => {
    expect(releaseOf(runAt, later(4_000))).toEqual(runAt);
    expect(releaseOf(runAt, later(600_000))).toEqual(runAt);
    expect(releaseOf(runAt, later(600_001))).toEqual(later(600_001));
    expect(releaseOf(runAt, later(-500))).toEqual(runAt);
  });
  it("may be chosen for the minute that has begun, not for an earlier one", () => {
    expect(isPast(runAt, later(59_000))).toBe(false);
    expect(isPast(runAt, later(61_000))).toBe(true);
  });
});
