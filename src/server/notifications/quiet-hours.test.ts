import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quietUntil } from "./policy";
import { zoneOf } from "./zones";

const at = (iso: string) => Date.parse(iso);

describe("quiet hours", () => {
  it("end with the second of two equal times, and never in the past", () => {
    const quiet = { from: "22:00", to: "02:30" };
    // Berlin shows 02:00 to 03:00 twice, from 00:00 and from 01:00 UTC.
    for (const now of ["2026-10-24T20:00:00Z", "2026-10-25T00:10:00Z", "2026-10-25T01:10:00Z"]) {
      const until = quietUntil(at(now), "Europe/Berlin", quiet, "someone") ?? 0;
      expect(until).toBeGreaterThanOrEqual(at("2026-10-25T01:30:00Z"));
      expect(until).toBeLessThan(at("2026-10-25T02:00:00Z"));
    }
  });

  it("hold back to an instant that is later and not quiet, in every zone, on every day, at any hours", () => {
    const zone = fc.constantFrom(
      ...["Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Santiago", "America/Sao_Paulo", "Asia/Tehran"],
      ...["Asia/Kolkata", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham", "Africa/Casablanca", "Asia/Beirut", "UTC"],
    );
    const time = fc.integer({ min: 0, max: 1_439 }).map(
      (minute) =>
        `${Math.floor(minute / 60)
          .toString()
          .padStart(2, "0")}:${(minute % 60).toString().padStart(2, "0")}`,
    );
    // Half of them around the hours in which clocks change.
    const changes = [
      "2026-03-29T01:00:00Z",
      "2026-10-25T01:00:00Z",
      "2026-03-08T07:00:00Z",
      "2026-11-01T06:00:00Z",
      "2026-04-04T15:00:00Z",
    ];
    const instant = fc.oneof(
      fc.integer({ min: at("2024-01-01T00:00:00Z"), max: at("2031-01-01T00:00:00Z") }),
      fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -14_400_000, max: 14_400_000 })).map(([change, by]) => at(change) + by),
    );
    fc.assert(
      fc.property(zone, instant, time, time, fc.string(), (where, now, from, to, id) => {
        const until = quietUntil(now, where, { from, to }, id);
        if (until === null) return;
        expect(until).toBeGreaterThan(now);
        expect(quietUntil(until, where, { from, to }, id)).toBeNull();
      }),
      { numRuns: 4_000 },
    );
  });
});

describe("a person's time", () => {
  const person = { timeZone: null, country: null, region: null };
  const zone = (country: string, region: string | null = null) => zoneOf({ ...person, country, region }, "Europe/Berlin");
  const clock = (name: string) => [0, 6].map((month) => new Date(Date.UTC(2027, month, 1)).toLocaleString("sv", { timeZone: name })).join();

  it("is their own, else that of where they are, else the shop's", () => {
    expect(zoneOf(person, "Europe/Berlin")).toBe("Europe/Berlin");
    expect(zoneOf({ ...person, timeZone: "Asia/Tokyo", country: "DE" }, "Europe/Rome")).toBe("Asia/Tokyo");
    expect(zone("GB")).toBe("Europe/London");
    for (const unknown of ["BR", "US", "RU", "XX", "", "Germany", "de"]) expect(zone(unknown)).toBe("Europe/Berlin");
  });

  it.each([
    ["CN", "Asia/Shanghai"],
    ["HK", "Asia/Hong_Kong"],
    ["TW", "Asia/Taipei"],
    ["AE", "Asia/Dubai"],
    ["IL", "Asia/Jerusalem"],
    ["SA", "Asia/Riyadh"],
    ["TH", "Asia/Bangkok"],
    ["VN", "Asia/Ho_Chi_Minh"],
    ["PH", "Asia/Manila"],
    ["EG", "Africa/Cairo"],
    ["IN", "Asia/Kolkata"],
    ["DE", "Europe/Berlin"],
    ["MY", "Asia/Kuala_Lumpur"],
    ["AR", "America/Buenos_Aires"],
    ["ES", "Europe/Madrid"],
    ["KE", "Africa/Nairobi"],
  ])("is that of a country with one clock: %s, %s", (country, expected) => {
    expect(clock(zoneOf({ ...person, country }, "America/Adak"))).toBe(clock(expected));
  });

  it.each([
    ["US", "ca", "America/Los_Angeles"],
    ["US", "California", "America/Los_Angeles"],
    ["US", "US-NY", "America/New_York"],
    ["US", "Arizona", "America/Phoenix"],
    ["US", "Washington", "America/Los_Angeles"],
    ["US", "District of Columbia", "America/New_York"],
    ["CA", "BC", "America/Vancouver"],
    ["CA", "Québec", "America/Toronto"],
    ["AU", "Western Australia", "Australia/Perth"],
    ["AU", "QLD", "Australia/Brisbane"],
    ["BR", "São Paulo", "America/Sao_Paulo"],
    ["BR", "AM", "America/Manaus"],
    ["BR", "nowhere", "Europe/Berlin"],
    ["DE", "BY", "Europe/Berlin"],
  ])("is that of a state by code and by name: %s, %s, %s", (country, region, expected) => {
    expect(zone(country, region)).toBe(expected);
  });
});
