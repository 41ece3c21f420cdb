import { describe, expect, it } from "vitest";
import { addMonths, weeksOf } from "./month-days";

describe("a month as weeks", () => {
  it("begins on a Monday and ends on a Sunday, whatever the month begins with", () => {
    for (const month of ["2026-02", "2026-06", "2026-11", "2024-02", "1969-12"]) {
      const weeks = weeksOf(month);
      expect(weeks.every((week) => week.length === 7)).toBe(true);
      expect(new Date(`${weeks[0]?.[0]}T00:00:00Z`).getUTCDay(), month).toBe(1);
      expect(weeks.flat().filter((day) => day.startsWith(month))).toHaveLength(
        new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate(),
      );
    }
  });

  it("needs no more weeks than the month touches", () => {
    // February 2027 begins on a Monday and has four weeks exactly.
    expect(weeksOf("2027-02")).toHaveLength(4);
    expect(weeksOf("2026-08")).toHaveLength(6);
  });

  it("crosses years", () => {
    expect(addMonths("2026-12", 1)).toBe("2027-01");
    expect(addMonths("2026-01", -1)).toBe("2025-12");
    expect(addMonths("2026-05", 14)).toBe("2027-07");
  });
});
