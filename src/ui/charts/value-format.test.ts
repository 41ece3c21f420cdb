import { describe, expect, it } from "vitest";
import { valueText } from "./value-format";

const axis = (format: Parameters<typeof valueText>[0], ticks: readonly number[], locale = "de") =>
  ticks.map((tick) => valueText(format, locale).axis(tick, ticks).replaceAll("\u00a0", " "));

describe("the values of an axis", () => {
  it("differ where the grid lines do", () => {
    expect(axis({ kind: "percent", digits: 0 }, [0, 0.005, 0.01])).toEqual(["0 %", "0,5 %", "1 %"]);
    expect(axis({ kind: "percent" }, [0, 0.05, 0.1])).toEqual(["0 %", "5 %", "10 %"]);
  });

  it("show the decimals of a currency or none", () => {
    expect(axis({ kind: "money", unit: "EUR" }, [0, 50, 100])).toEqual(["0,00 €", "0,50 €", "1,00 €"]);
    expect(axis({ kind: "money", unit: "EUR" }, [0, 500_000, 1_000_000])).toEqual(["0 €", "5000 €", "10.000 €"]);
    expect(axis({ kind: "money", unit: "JPY" }, [0, 50, 100], "en")).toEqual(["¥0", "¥50", "¥100"]);
  });
});
