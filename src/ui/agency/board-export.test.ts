import { describe, expect, it } from "vitest";
import type { BoardRow } from "./board-columns";
import { boardTable } from "./board-export";

const row = (patch: Partial<BoardRow>): BoardRow => ({
  ...{ shopId: "s", shop: "Laden", orgId: "o", client: "Kunde", currency: "CHF", role: "analyst", numbers: null },
  ...patch,
});
const named = (rows: readonly BoardRow[]) => {
  const [head = [], ...lines] = boardTable(rows);
  return lines.map((line) => Object.fromEntries(head.map((name, at) => [name, line[at]])));
};

describe("the file of a board", () => {
  it("has a row per shop and unit, in major units; the result stands in that of the shop's own", () => {
    const numbers = {
      asOf: new Date("2026-06-01T00:00:00Z"),
      credit: [
        { unit: "CHF", outstanding: 12_345n, granted30: 100n, redeemed30: 0n, lapsing30: 5n },
        { unit: "JPY", outstanding: 500n, granted30: 0n, redeemed30: 0n, lapsing30: 0n },
      ],
      campaigns: { running: 1, waiting: 2, drafts: 3, approvals: 4 },
      profit: {
        unit: "CHF",
        estimate: { value: -250n, low: -1_000n, high: 500n },
        verdict: "not_proven" as const,
        holdoutYear: null,
        campaigns: 6,
      },
    };
    expect(named([row({ numbers })])).toMatchObject([
      {
        unit: "CHF",
        outstanding: "123.45",
        lapsing_30_days: "0.05",
        profit: "-2.50",
        profit_low: "-10.00",
        verdict: "not_proven",
        drafts: "3",
      },
      { unit: "JPY", outstanding: "500", profit: "", verdict: "", running: "" },
    ]);
  });

  it("keeps a line for what could not be read, and for a shop whose books hold other units only", () => {
    expect(named([row({})])).toMatchObject([{ shop: "Laden", unit: "CHF", outstanding: "", profit: "", approvals: "" }]);
    const credit = [{ unit: "EUR", outstanding: 1n, granted30: 0n, redeemed30: 0n, lapsing30: 0n }];
    const numbers = { asOf: new Date(0), credit, campaigns: null, profit: null };
    expect(named([row({ numbers })]).map((line) => [line.unit, line.outstanding])).toEqual([
      ["CHF", ""],
      ["EUR", "0.01"],
    ]);
  });
});
