import { describe, expect, it } from "vitest";
import { isoDateToDay } from "@/server/time";
import { isAnniversary, monthDaysBetween } from "./anniversary";
import { parseQuery } from "./language/parse";
import type { ClauseOf, DateValue } from "./schema";
import { type Clock, dateBetween, dateRange, fold, integerBetween, integerRange, regionsOf } from "./semantics";

/** 21 April 2026, 00:30 in Berlin, while UTC still has the 20th. */
const clock: Clock = { now: new Date("2026-04-20T22:30:00Z"), timeZone: "Europe/Berlin", currency: "EUR" };
const day = (text: string): DateValue => ({ type: "day", day: text });

/** `from/to` of a date condition as written in the language. */
function borders(condition: string): string {
  const { ast } = parseQuery(`last_order_date ${condition}`);
  if (ast?.kind !== "compare" && ast?.kind !== "between") throw new Error(condition);
  const range = ast.kind === "between" ? dateBetween(ast.from, ast.to, clock) : dateRange(ast.op, ast.value, clock);
  const text = `${range.from?.at.toISOString() ?? ""}/${range.to?.at.toISOString() ?? ""}`;
  return range.negated ? `not ${text}` : text;
}

describe("dates are whole days in the shop's zone", () => {
  it.each([
    ["> 2020-05-30", "2020-05-30T22:00:00.000Z/"], // from 00:00 on 31 May
    [">= 2020-05-30", "2020-05-29T22:00:00.000Z/"],
    ["< 2020-05-30", "/2020-05-29T22:00:00.000Z"],
    ["<= 2020-05-30", "/2020-05-30T22:00:00.000Z"],
    ["= 2020-05-30", "2020-05-29T22:00:00.000Z/2020-05-30T22:00:00.000Z"],
    ["!= 2020-05-30", "not 2020-05-29T22:00:00.000Z/2020-05-30T22:00:00.000Z"],
    // The day summer time begins has 23 hours, the day it ends 25.
    ["= 2026-03-29", "2026-03-28T23:00:00.000Z/2026-03-29T22:00:00.000Z"],
    ["= 2025-10-26", "2025-10-25T22:00:00.000Z/2025-10-26T23:00:00.000Z"],
    ["= today", "2026-04-20T22:00:00.000Z/2026-04-21T22:00:00.000Z"],
    ["= yesterday", "2026-04-19T22:00:00.000Z/2026-04-20T22:00:00.000Z"],
    [">= -30d", "2026-03-21T23:00:00.000Z/"],
    [">= -2w", "2026-04-06T22:00:00.000Z/"],
    [">= -2m", "2026-02-20T23:00:00.000Z/"],
    [">= -1y", "2025-04-20T22:00:00.000Z/"],
    ["BETWEEN -1y AND today", "2025-04-20T22:00:00.000Z/2026-04-21T22:00:00.000Z"],
    // A time is one second. The gap of 29 March moves it later, the overlap of 26 October takes the first.
    ["= 2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z/2026-03-29T01:30:01.000Z"],
    ["> 2025-10-26T02:30:00", "2025-10-26T00:30:01.000Z/"],
    ["BETWEEN 2026-01-01T12:00 AND 2026-01-02", "2026-01-01T11:00:00.000Z/2026-01-02T23:00:00.000Z"],
  ])("last_order_date %s", (condition, expected) => {
    expect(borders(condition)).toBe(expected);
  });
});

describe("amounts are exact", () => {
  const number = (text: string) => ({ type: "number" as const, text });
  it.each([
    [">=", "49.99", 2, 4999n, null],
    [">", "49.99", 2, 5000n, null],
    [">=", "49.995", 2, 5000n, null],
    [">", "49.995", 2, 5000n, null],
    ["<", "49.995", 2, null, 4999n],
    ["<=", "49.995", 2, null, 4999n],
    ["<", "50", 2, null, 4999n],
    ["=", "49.995", 2, 5000n, 4999n], // no whole cent: nobody
    [">=", "-0.5", 0, 0n, null],
    ["<=", "-0.5", 0, null, -1n],
    ["=", "1000", 0, 1000n, 1000n],
    ["=", "0.1", 3, 100n, 100n],
  ] as const)("%s %s with %i decimals", (op, text, scale, from, to) => {
    expect(integerRange(op, number(text), scale)).toEqual({ from, to, negated: false });
  });
  it("is inclusive on both ends of BETWEEN", () => {
    expect(integerBetween(number("10"), number("20.5"), 2)).toEqual({ from: 1000n, to: 2050n, negated: false });
  });
});

describe("anniversaries", () => {
  const { ast } = parseQuery("anniversary('metafields.facts.birth_date') BETWEEN today AND +30d");
  const next30 = ast as ClauseOf<"anniversary">;
  const on = (birth: string, from: DateValue, to: DateValue, zone: string | null = null) => isAnniversary(birth, zone, from, to, clock);

  it("wrap the year and keep 29 February on the 28th of common years (B12)", () => {
    expect(on("2000-02-29", day("2026-02-28"), day("2026-02-28"))).toBe(true);
    expect(on("2000-02-29", day("2026-03-01"), day("2026-03-01"))).toBe(false);
    expect(on("2000-02-29", day("2028-02-28"), day("2028-02-28"))).toBe(false);
    expect(on("2000-02-29", day("2028-02-29"), day("2028-02-29"))).toBe(true);
    expect(on("1970-01-01", day("2026-12-20"), day("2027-01-10"))).toBe(true);
    expect(on("1970-12-31", day("2026-12-20"), day("2027-01-10"))).toBe(true);
    expect(on("1970-12-19", day("2026-12-20"), day("2027-01-10"))).toBe(false);
    expect(on("1970-06-15", day("2026-01-01"), day("2027-01-01"))).toBe(true);
    expect(on("1970-06-15", day("2026-08-01"), day("2026-07-01"))).toBe(false);
  });

  it("are evaluated on the person's own local date", () => {
    if (!next30.to) throw new Error("a span");
    const today: DateValue = { type: "named", name: "today" };
    expect(on("1985-04-21", today, today)).toBe(true);
    expect(on("1985-04-21", today, today, "America/Los_Angeles")).toBe(false); // still the 20th there
    expect(on("1985-04-20", today, today, "America/Los_Angeles")).toBe(true);
    expect(on("1985-05-21", next30.from, next30.to)).toBe(true);
    expect(on("1985-05-22", next30.from, next30.to)).toBe(false);
    // An absolute day is that day everywhere.
    expect(on("1985-04-21", day("2026-04-21"), day("2026-04-21"), "America/Los_Angeles")).toBe(true);
  });

  it("cover every day of a long span", () => {
    const span = monthDaysBetween(isoDateToDay("2026-01-15"), isoDateToDay("2027-01-16"));
    expect(span).toEqual([{ from: 101, to: 1231 }]);
  });
});

it("compares tags and places without case, beyond ASCII", () => {
  expect(fold("ÖKO Straße ÉŁÓDŹ")).toBe("öko straße éłódź");
  expect(regionsOf("DE", "BE")).toEqual(["BE", "DE-BE"]);
});
