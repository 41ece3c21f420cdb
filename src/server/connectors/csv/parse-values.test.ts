import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localToInstant } from "@/server/time";
import { DateReader, parseDecimal, parseDecimalBytes, parseIntBytes, toMinor } from "./parse-values";

const minor = (text: string, mark: "." | ",", scale = 2) => {
  const value = parseDecimal(text, mark);
  return value && toMinor(value, scale);
};

describe("parseDecimal", () => {
  it.each([
    ["12.50", ".", 1250],
    ["1,234.50", ".", 123450],
    ["1.234,50 €", ",", 123450],
    ["GBP 2.55", ".", 255],
    ["(3.00)", ".", -300],
    ["5-", ".", -500],
    ["−4,5", ",", -450],
    ["1'000.00", ".", 100000],
    ["1 234,5", ",", 123450],
    ["0.001", ".", 0],
    ["0.005", ".", 1],
    ["-0.005", ".", -1],
    [".5", ".", 50],
  ] as const)("%s with %s is %d", (text, mark, expected) => {
    expect(minor(text, mark)).toBe(expected);
  });
  it.each(["", "abc", "1,2,3", "1.2.3", "12,34.5x", "--1", "1e5", "99999999999999999999"])("refuses %j", (text) => {
    expect(parseDecimal(text, ".")).toBeNull();
  });
  it("multiplies before it rounds", () => {
    expect(toMinor({ mantissa: 1, scale: 3 }, 2, 7)).toBe(1);
    expect(toMinor({ mantissa: 1999, scale: 0 }, 3)).toBe(1_999_000);
    expect(toMinor({ mantissa: 9_007_199_254_740_991, scale: 0 }, 2)).toBeNull();
  });
  it("reads the plain form from bytes like the slow way", () => {
    const into = { mantissa: 0, scale: 0 };
    for (const text of ["2.55", "-11062.06", "0", "7.0"]) {
      expect(parseDecimalBytes(Buffer.from(text), 0, text.length, 46, into)).toBe(true);
      expect(toMinor(into, 2)).toBe(minor(text, "."));
    }
    for (const text of ["", "-", "1.", "1,5", "x", " 1"])
      expect(parseDecimalBytes(Buffer.from(text), 0, text.length, 46, into)).toBe(false);
  });
  it("reads whole numbers from bytes", () => {
    expect(["12", "-3", "0", "", "-", "1.5", "9999999999"].map((text) => parseIntBytes(Buffer.from(text), 0, text.length))).toEqual([
      12,
      -3,
      0,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("DateReader", () => {
  const read = (order: "ymd" | "dmy" | "mdy" | "epoch", text: string, zone = "Europe/Berlin") => {
    const at = new DateReader(order, zone).instant(text);
    return at === null ? null : new Date(at).toISOString();
  };
  it.each([
    ["ymd", "2010-12-01 08:26:00", "2010-12-01T07:26:00.000Z"],
    ["ymd", "2023-01-31 12:00:00 +0100", "2023-01-31T11:00:00.000Z"],
    ["ymd", "2023-01-31T12:00:00.5Z", "2023-01-31T12:00:00.500Z"],
    ["dmy", "31.03.2026 14:05", "2026-03-31T12:05:00.000Z"],
    ["dmy", "31/3/26", "2026-03-30T22:00:00.000Z"],
    ["mdy", "12/1/2010 8:26", "2010-12-01T07:26:00.000Z"],
    ["mdy", "07/04/2026 12:30 AM", "2026-07-03T22:30:00.000Z"],
    ["epoch", "1700000000", "2023-11-14T22:13:20.000Z"],
    ["ymd", "2026-03-29 02:30", "2026-03-29T01:30:00.000Z"],
    ["ymd", "2026-10-25 02:30", "2026-10-25T00:30:00.000Z"],
  ] as const)("%s reads %s", (order, text, expected) => {
    expect(read(order, text)).toBe(expected);
  });
  it("follows zones that move by half an hour", () => {
    expect(read("ymd", "2026-10-04 02:15", "Australia/Lord_Howe")).toBe("2026-10-03T15:45:00.000Z");
    expect(read("ymd", "2026-10-04 02:45", "Australia/Lord_Howe")).toBe("2026-10-03T15:45:00.000Z");
  });
  it("is as the calendar says on any day of any zone, around changes of the clock most of all", () => {
    const zones = ["Europe/Berlin", "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"];
    // Midnight, 01:00, 02:00, 24 hours less: days on which these zones changed their clocks, or had none at all.
    const changes = [
      "2026-03-29",
      "2026-10-25",
      "2018-11-04",
      "2018-02-18",
      "2007-03-11",
      "2026-04-05",
      "2011-12-30",
      "2011-12-29",
      "2026-02-15",
    ];
    const start = Date.UTC(1950, 0, 1);
    const date = fc.oneof(
      fc.integer({ min: 0, max: 55_000 }).map((day) => new Date(start + day * 86_400_000).toISOString().slice(0, 10)),
      fc.constantFrom(...changes),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        date,
        fc.array(fc.integer({ min: 0, max: 1_439 }), { minLength: 1, maxLength: 5 }),
        (zone, day, minutes) => {
          const reader = new DateReader("ymd", zone);
          const two = (value: number) => `${value}`.padStart(2, "0");
          for (const minute of minutes) {
            const [hour, half] = [two(Math.floor(minute / 60)), minute % 60 < 30 ? 0 : 30];
            const expected = localToInstant(`${day}T${hour}:${two(half)}:00`, zone).getTime() + ((minute % 60) - half) * 60_000;
            expect(reader.instant(`${day} ${hour}:${two(minute % 60)}`)).toBe(expected);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
  it.each([
    ["ymd", "2026-02-30"],
    ["ymd", "01.02.2026"],
    ["dmy", "32.01.2026"],
    ["dmy", "2026-01-02"],
    ["mdy", "13/01/2026"],
    ["ymd", "2026-01-01 25:00"],
    ["ymd", "soon"],
    ["epoch", "12"],
  ] as const)("%s refuses %s", (order, text) => {
    expect(read(order, text)).toBeNull();
  });
});
