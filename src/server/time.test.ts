import { describe, expect, it } from "vitest";
import {
  addMonthsToDay,
  dayToIsoDate,
  endOfLocalDayAfter,
  instantToLocal,
  isoDateToDay,
  isTimeZone,
  LocalDays,
  localDay,
  localToInstant,
  startOfLocalDay,
} from "./time";

const BERLIN = "Europe/Berlin";
const iso = (date: Date) => date.toISOString();

describe("localToInstant (domain.md 4.6)", () => {
  it("T1: moves a wall time of the spring gap later", () => {
    const instant = localToInstant("2026-03-29T02:30", BERLIN);
    expect(iso(instant)).toBe("2026-03-29T01:30:00.000Z");
    expect(instantToLocal(instant, BERLIN)).toBe("2026-03-29T03:30:00");
  });
  it("T2: takes the first occurrence in the autumn overlap", () => {
    expect(iso(localToInstant("2026-10-25T02:30", BERLIN))).toBe("2026-10-25T00:30:00.000Z");
  });
  it("T3: follows winter and summer time", () => {
    expect(iso(localToInstant("2026-02-20T14:00", BERLIN))).toBe("2026-02-20T13:00:00.000Z");
    expect(iso(localToInstant("2026-07-20T14:00:00", BERLIN))).toBe("2026-07-20T12:00:00.000Z");
  });
  it.each(["2026-02-30T10:00", "2026-01-01T25:00", "tomorrow", ""])("refuses %j", (text) => {
    expect(() => localToInstant(text, BERLIN)).toThrow(RangeError);
  });
  it("refuses an unknown zone", () => {
    expect(() => localToInstant("2026-01-01T10:00", "Europe/Nowhere")).toThrow(RangeError);
  });
});

describe("endOfLocalDayAfter", () => {
  it("T8: 14 days over the spring change", () => {
    expect(iso(endOfLocalDayAfter(new Date("2026-03-20T13:00:00Z"), 14, BERLIN))).toBe("2026-04-03T22:00:00.000Z");
  });
  it("T8: 14 days over the autumn change", () => {
    expect(iso(endOfLocalDayAfter(new Date("2026-10-20T12:00:00Z"), 14, BERLIN))).toBe("2026-11-03T23:00:00.000Z");
  });
  it("uses the zone's date, not the date in UTC", () => {
    expect(iso(endOfLocalDayAfter(new Date("2026-01-01T11:30:00Z"), 1, "Pacific/Kiritimati"))).toBe("2026-01-03T10:00:00.000Z");
  });
  it.each([-1, 1.5, Number.NaN])("refuses %s days", (days) => {
    expect(() => endOfLocalDayAfter(new Date(), days, BERLIN)).toThrow(RangeError);
  });
});

describe("local days", () => {
  it("changes at local midnight", () => {
    expect(localDay(new Date("1970-01-01T22:59:59Z"), BERLIN)).toBe(0);
    expect(localDay(new Date("1970-01-01T23:00:00Z"), BERLIN)).toBe(1);
  });
  it("goes back and forth", () => {
    expect(isoDateToDay("2026-11-22")).toBe(20_779);
    expect(dayToIsoDate(20_779)).toBe("2026-11-22");
    expect(iso(startOfLocalDay(20_779, BERLIN))).toBe("2026-11-21T23:00:00.000Z");
  });
  it("starts a day later where summer time begins at midnight", () => {
    expect(instantToLocal(startOfLocalDay(isoDateToDay("2026-09-06"), "America/Santiago"), "America/Santiago")).toBe("2026-09-06T01:00:00");
  });
  it("adds months to the original date", () => {
    const january = isoDateToDay("2026-01-31");
    expect([1, 2, -2].map((months) => dayToIsoDate(addMonthsToDay(january, months)))).toEqual(["2026-02-28", "2026-03-31", "2025-11-30"]);
  });
});

describe("isTimeZone", () => {
  it("knows names and refuses offsets and nonsense", () => {
    expect(["Europe/London", "UTC", "+02:00", "Europe/Nowhere", ""].map(isTimeZone)).toEqual([true, true, false, false, false]);
  });
});

describe("LocalDays", () => {
  // Havana changes at midnight, Apia skipped a day.
  it.each([BERLIN, "America/Havana", "Pacific/Apia", "Asia/Kolkata", "UTC"])("agrees with localDay in %s", (zone) => {
    const days = new LocalDays(zone);
    let state = 7;
    for (let n = 0; n < 600; n++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const start = [Date.UTC(2011, 11, 28), Date.UTC(2010, 10, 6), Date.UTC(2026, 2, 28), Date.UTC(1969, 11, 30)][state % 4] ?? 0;
      const at = start + (Math.floor((state / 2 ** 32) * 4 * 1440) * 60_000 + (n % 3) * 999);
      expect(days.of(at), new Date(at).toISOString()).toBe(localDay(new Date(at), zone));
    }
  });
});
