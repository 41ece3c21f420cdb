import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantToLocal } from "@/server/time";
import {
  isPast,
  maturesAt,
  monthlyLocal,
  monthlyLocalOf,
  monthOf,
  nextMonthly,
  releaseOf,
  scheduleOf,
  windowOf,
  zoneTimes,
} from "./schedule";

const timing = (availableLocal: string, expiryDays: number | null = null) => ({
  ...{ availableLocal, timeZone: "Europe/Berlin", zone: "shop" as const, expiryDays, expiryDate: null },
});
const berlin = (availableLocal: string, expiryDays: number | null = null) => scheduleOf(timing(availableLocal, expiryDays));

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
          const times = zoneTimes({ ...timing("2025-01-01T00:00", days), timeZone }, release);
          const { expiresAt, windowEndsAt } = windowOf(times, release);
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

describe("each customer's own clock", () => {
  const everywhere = { ...timing("2026-06-01T14:00", 14), zone: "customer" as const };
  const zones = ["America/New_York", "Asia/Tokyo"];
  it("starts with the first zone that reaches the hour and is good as long everywhere", () => {
    const schedule = scheduleOf(everywhere, zones);
    expect(schedule.runAt.toISOString()).toBe("2026-06-01T05:00:00.000Z");
    expect(schedule.atHome.toISOString()).toBe("2026-06-01T12:00:00.000Z");
    expect(
      zoneTimes(everywhere, schedule.runAt, zones).map((z) => [
        z.no,
        z.timeZone,
        z.availableFrom.toISOString(),
        z.expiresAt?.toISOString(),
      ]),
    ).toEqual([
      [0, "Europe/Berlin", "2026-06-01T12:00:00.000Z", "2026-06-15T22:00:00.000Z"],
      [1, "America/New_York", "2026-06-01T18:00:00.000Z", "2026-06-16T04:00:00.000Z"],
      [2, "Asia/Tokyo", "2026-06-01T05:00:00.000Z", "2026-06-15T15:00:00.000Z"],
    ]);
    expect(schedule.expiresAt?.toISOString()).toBe("2026-06-16T04:00:00.000Z");
  });
  it("gives the credit at once where the hour has passed, never before the release", () => {
    const late = new Date("2026-06-01T13:00:00Z");
    expect(zoneTimes(everywhere, late, zones).map((z) => z.availableFrom.toISOString())).toEqual([
      "2026-06-01T13:00:00.000Z",
      "2026-06-01T18:00:00.000Z",
      "2026-06-01T13:00:00.000Z",
    ]);
  });
  it("ends a fixed last day at each zone's own midnight", () => {
    const dated = { ...everywhere, expiryDays: null, expiryDate: "2026-06-30" };
    expect(zoneTimes(dated, new Date("2026-06-01T05:00:00Z"), zones).map((z) => z.expiresAt?.toISOString())).toEqual([
      "2026-06-30T22:00:00.000Z",
      "2026-07-01T04:00:00.000Z",
      "2026-06-30T15:00:00.000Z",
    ]);
  });
});

describe("every month", () => {
  it("keeps the first day as far as the month has it, and the hour through summer time", () => {
    const days = [0, 1, 2, 3, 13].map((k) => monthlyLocal("2026-01-31T14:00", 1, k));
    expect(days).toEqual(["2026-01-31T14:00", "2026-02-28T14:00", "2026-03-31T14:00", "2026-04-30T14:00", "2027-02-28T14:00"]);
    const next = (after: string) => nextMonthly(timing("2026-01-31T14:00"), 1, new Date(after))?.toISOString();
    expect(next("2026-02-28T12:59:59Z")).toBe("2026-02-28T13:00:00.000Z");
    expect(next("2026-02-28T13:00:00Z")).toBe("2026-03-31T12:00:00.000Z");
    expect(monthlyLocalOf(timing("2026-01-31T14:00"), 1, new Date("2026-03-31T12:00:00Z"))).toBe("2026-03-31T14:00");
  });
  it("counts budgets in the shop's own months", () => {
    expect(monthOf(new Date("2026-03-31T21:59:59Z"), "Europe/Berlin")).toBe("2026-03");
    expect(monthOf(new Date("2026-03-31T22:00:00Z"), "Europe/Berlin")).toBe("2026-04");
  });
});
