import { describe, expect, it } from "vitest";
import { compareValues } from "./table-model";

const german = new Intl.Collator("de", { numeric: true, sensitivity: "base" });
const sorted = (values: unknown[]) => values.toSorted((a, b) => compareValues(a, b, german));

describe("compareValues", () => {
  it("compares money beyond 2^53 exactly", () => {
    expect(sorted([9007199254740993n, 9007199254740992n, -1n])).toEqual([-1n, 9007199254740992n, 9007199254740993n]);
  });

  it("sorts texts by the rules of the language and numbers within them by value", () => {
    expect(sorted(["Zander", "Kunde 10", "Äpfel", "Kunde 9", "Birne"])).toEqual(["Äpfel", "Birne", "Kunde 9", "Kunde 10", "Zander"]);
  });

  it("sorts days and puts nothing last", () => {
    const [early, late] = [new Date("2026-01-01"), new Date("2026-02-01")];
    expect(sorted([null, late, early])).toEqual([early, late, null]);
  });
});
