import { describe, expect, it } from "vitest";
import { changesBetween } from "./approval-diff";
import { datesOf } from "./campaign-calendar";

describe("what has changed since the last request", () => {
  it("names fields whose values differ, however deep, and no others", () => {
    const before = { amount: "500", offer: { type: "fixed" }, terms: null, expiryDays: 30 };
    const after = { amount: "700", offer: { type: "fixed" }, terms: { minOrder: "2000" }, expiryDays: 30 };
    expect(changesBetween(before, after)).toEqual([
      { field: "amount", before: "500", after: "700" },
      { field: "terms", before: null, after: { minOrder: "2000" } },
    ]);
  });

  it("takes a field that one of them does not know for null", () => {
    expect(changesBetween({ budget: "100" }, {})).toEqual([{ field: "budget", before: "100", after: null }]);
    expect(changesBetween({ budget: null }, {})).toEqual([]);
  });
});

describe("dates of the calendar", () => {
  const span = { from: new Date("2026-03-01T00:00:00Z"), to: new Date("2026-04-01T00:00:00Z") };
  const planned = { local: "2026-01-31T10:00", timeZone: "Europe/Berlin", every: 1, newest: null, endsAt: null };

  it("repeats on the last day where the month is short, at the wall time of the zone", () => {
    expect(datesOf(planned, span)).toEqual([new Date("2026-03-31T08:00:00Z")]);
    const february = { from: new Date("2026-02-01T00:00:00Z"), to: new Date("2026-03-01T00:00:00Z") };
    expect(datesOf(planned, february)).toEqual([new Date("2026-02-28T09:00:00Z")]);
  });

  it("leaves out what exists as a drop, and what lies behind the end", () => {
    expect(datesOf({ ...planned, newest: new Date("2026-03-31T08:00:00Z") }, span)).toEqual([]);
    expect(datesOf({ ...planned, endsAt: new Date("2026-03-15T00:00:00Z") }, span)).toEqual([]);
  });

  it("shows a single date only while it is no drop", () => {
    const single = { ...planned, every: null, local: "2026-03-10T10:00" };
    expect(datesOf(single, span)).toHaveLength(1);
    expect(datesOf({ ...single, newest: new Date("2026-03-10T09:00:00Z") }, span)).toEqual([]);
  });
});
