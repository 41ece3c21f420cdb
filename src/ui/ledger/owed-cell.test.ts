import { describe, expect, test } from "vitest";
import { owedCellParser } from "./owed-cell";

describe("a cell of the books in the URL", () => {
  test.each([
    ["EUR~2026-03~unpaid", { unit: "EUR", bucket: "2026-03", origin: "unpaid", withinDays: null }],
    ["EUR~held", { unit: "EUR", bucket: "held", origin: null, withinDays: null }],
    ["EUR~30d~earned", { unit: "EUR", bucket: null, origin: "earned", withinDays: 30 }],
    ["PTS:star", { unit: "PTS:star", bucket: null, origin: null, withinDays: null }],
    ["EUR~~paid", { unit: "EUR", bucket: null, origin: "paid", withinDays: null }],
  ])("%s", (text, cell) => {
    expect(owedCellParser.parse(text)).toEqual(cell);
    expect(owedCellParser.serialize(owedCellParser.parse(text) ?? { unit: "" })).toBe(text);
  });

  test.each(["", "eur", "EUR~2026-13", "EUR~31d", "EUR~held~other"])("%s is none", (text) => {
    expect(owedCellParser.parse(text)).toBeNull();
  });
});
