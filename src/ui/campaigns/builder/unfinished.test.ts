import { describe, expect, it } from "vitest";
import { unfinished } from "./unfinished";
import { type EditorValues, valuesOf } from "./values";

const form = (changes: Partial<EditorValues>): EditorValues => ({ ...valuesOf(null), ...changes });

describe("input that the draft does not hold", () => {
  it("is none in a new form, in which nothing was typed", () => {
    expect(unfinished(valuesOf(null))).toEqual([]);
  });

  it.each<[string, Partial<EditorValues>, string]>([
    ["an amount of too many digits", { amount: "10,005" }, "amount"],
    ["a negative amount", { amount: "-500" }, "amount"],
    ["an amount above the largest", { amount: "1000000001" }, "amount"],
    ["no share of the control group", { holdoutBps: null }, "holdoutBps"],
    ["more than half as control group", { holdoutBps: 5_001 }, "holdoutBps"],
    ["more days than ten years", { expiryDays: "9999" }, "expiryDays"],
    ["an expiry on a day that was not chosen", { expiry: "date", expiryDate: "" }, "expiryDate"],
    ["a minimum order that is no amount", { minOrder: "viel" }, "terms"],
    ["a budget of nothing", { budget: "0" }, "budget"],
    ["a start without a time", { availableLocal: "2026-12-24T" }, "availableLocal"],
    ["an end without a day", { endsLocal: "T10:00" }, "endsLocal"],
    ["a clock time that is none", { endsLocal: "2026-12-24T25:99" }, "endsLocal"],
    ["a pause of no days", { repeat: { type: "entry", includeExisting: false, reentryDays: 90 }, reentryDays: "0" }, "repeat"],
  ])("is %s", (_, changes, field) => {
    expect(unfinished(form(changes))).toEqual([field]);
  });

  it("is an offer with an amount missing, whatever the fixed amount says", () => {
    const { offer } = valuesOf(null);
    const arms = offer.arms.map((arm, i) => (i === 0 ? { ...arm, amount: "" } : arm));
    expect(unfinished(form({ amount: "-500", offer: { ...offer, type: "arms", arms } }))).toEqual(["offer"]);
  });

  it("is nothing about credit in a message without credit", () => {
    const { offer } = valuesOf(null);
    const left = { amount: "viel", budget: "0", minOrder: "x", expiryDays: "9999" };
    expect(unfinished(form({ ...left, offer: { ...offer, type: "none" } }))).toEqual([]);
  });
});
