import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountAsTyped, normaliseDecimal, parseAmount, parsePercent, parseTime, percentAsTyped, withoutSeconds } from "./parse-amount";

const minor = (text: string, unit: string, locale: string) => {
  const parsed = parseAmount(text, unit, locale);
  return parsed.ok ? parsed.minor : parsed.problem;
};

describe("parseAmount", () => {
  it.each([
    ["12,50", "EUR", "de", 1250n],
    ["12.50", "EUR", "de", 1250n],
    ["1.000", "EUR", "de", 100000n],
    ["1,000", "EUR", "en", 100000n],
    ["1.234,5 €", "EUR", "de", 123450n],
    ["€1,234.50", "EUR", "en", 123450n],
    ["12 EUR", "EUR", "de", 1200n],
    ["-0,05", "EUR", "de", -5n],
    ["5,", "EUR", "de", 500n],
    ["1200", "JPY", "de", 1200n],
    ["1,234", "KWD", "de", 1234n],
    ["9007199254740,93", "EUR", "de", 900719925474093n],
    ["12,505", "EUR", "de", "tooPrecise"],
    ["1,5", "JPY", "de", "tooPrecise"],
    ["99999999999999,00", "EUR", "de", "tooLarge"],
    ["1.00.000", "EUR", "de", "invalid"],
    ["zwölf", "EUR", "de", "invalid"],
    ["", "EUR", "de", "invalid"],
    ["1e3", "EUR", "de", "invalid"],
  ])("%s %s in %s → %s", (text, unit, locale, expected) => {
    expect(minor(text, unit, locale)).toBe(expected);
  });

  it("reads back what it writes, whatever unit and locale", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
        fc.constantFrom("EUR", "JPY", "KWD"),
        fc.constantFrom("de", "en"),
        (amount, unit, locale) => minor(amountAsTyped(amount, unit, locale), unit, locale) === amount,
      ),
    );
  });
});

describe("percent and time", () => {
  it.each([
    ["12,5", "de", 1250],
    ["12.5 %", "de", 1250],
    ["0,01", "de", 1],
    ["100", "en", 10000],
    ["12,345", "de", null],
    ["viel", "de", null],
  ])("%s in %s → %s bps", (text, locale, bps) => {
    expect(parsePercent(text, locale)).toBe(bps);
  });

  it("percent reads back what it writes", () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (bps) => parsePercent(percentAsTyped(bps, "de"), "de") === bps));
  });

  it.each([
    ["9", "09:00"],
    ["0905", "09:05"],
    ["14.30", "14:30"],
    ["14 Uhr", "14:00"],
    ["23:59", "23:59"],
    ["24:00", null],
    ["12:60", null],
    ["mittags", null],
  ])("time %s → %s", (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    ["14:00:00", "14:00"],
    ["14:00:00.000", "14:00"],
    ["14:00", "14:00"],
    ["02:00 pm", "02:00 pm"],
    ["12:345", "12:345"],
  ])("time %s without seconds → %s", (text, time) => {
    expect(withoutSeconds(text)).toBe(time);
  });

  it("understands thin spaces and the typographic minus", () => {
    expect(normaliseDecimal("−1\u202f234,5", "de")).toBe("-1234.5");
  });
});
