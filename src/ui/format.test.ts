import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCalendarDay,
  formatDate,
  formatDateTime,
  formatMoney,
  formatMoneyRange,
  formatNumber,
  formatPercent,
  formatRelative,
  formatTime,
  unitSymbol,
} from "./format";

/** Intl separates with no-break spaces; the tests compare the visible text. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("formatMoney", () => {
  it.each([
    [123456n, "EUR", "de", "1.234,56 €"],
    [123456n, "EUR", "en", "€1,234.56"],
    [-5n, "EUR", "de", "-0,05 €"],
    [0n, "EUR", "de", "0,00 €"],
    [1200n, "JPY", "de", "1.200 ¥"],
    [1200n, "JPY", "en", "¥1,200"],
    [1234567n, "KWD", "de", "1.234,567 KWD"],
    [1n, "KWD", "en", "KWD 0.001"],
    [1200n, "PTS:STAR", "de", "1.200 STAR"],
  ])("%s %s in %s → %s", (minor, unit, locale, text) => {
    expect(plain(formatMoney(minor, unit, locale))).toBe(text);
  });

  it("writes a range the way the language does, the unit once where that is usual", () => {
    const range = (locale: string, unit: string) => plain(formatMoneyRange(80_000n, 160_000n, unit, locale, { compact: true }));
    expect(["EUR", "JPY", "PTS:STAR"].map((unit) => range("de", unit))).toEqual(["800–1600 €", "80.000–160.000 ¥", "80.000–160.000 STAR"]);
    expect(range("en", "EUR")).toBe("€800 – €1.6k");
  });

  it("keeps every digit above 2^53", () => {
    expect(plain(formatMoney(9007199254740993n, "EUR", "de"))).toBe("90.071.992.547.409,93 €");
    expect(plain(formatMoney(9007199254740993n, "JPY", "en"))).toBe("¥9,007,199,254,740,993");
    expect(plain(formatMoney(-9007199254740993n, "KWD", "de"))).toBe("-9.007.199.254.740,993 KWD");
  });

  it("shows a sign only when asked, and none on zero", () => {
    expect(plain(formatMoney(420n, "EUR", "de", { sign: "always" }))).toBe("+4,20 €");
    expect(plain(formatMoney(0n, "EUR", "de", { sign: "always" }))).toBe("0,00 €");
  });

  it("shortens for axes", () => {
    expect(plain(formatMoney(1_234_567_00n, "EUR", "de", { compact: true }))).toBe("1,23 Mio. €");
    expect(plain(formatMoney(1_234_567_00n, "EUR", "en", { compact: true }))).toBe("€1.23m");
  });

  it("knows where the symbol stands", () => {
    expect(unitSymbol("EUR", "de")).toEqual({ symbol: "€", leading: false });
    expect(unitSymbol("EUR", "en")).toEqual({ symbol: "€", leading: true });
    expect(unitSymbol("PTS:STAR", "de")).toEqual({ symbol: "STAR", leading: false });
  });
});

describe("numbers", () => {
  it("group and round by locale", () => {
    expect(plain(formatNumber(1234567, "de"))).toBe("1.234.567");
    expect(plain(formatNumber(9007199254740993n, "en"))).toBe("9,007,199,254,740,993");
    expect(plain(formatNumber(0.456, "de", { digits: 2 }))).toBe("0,46");
    expect(plain(formatPercent(0.125, "de"))).toBe("12,5 %");
    expect(plain(formatPercent(-0.02, "en", { sign: true }))).toBe("-2%");
    expect(plain(formatBytes(20_000_000, "de"))).toBe("20 MB");
  });
});

describe("times", () => {
  // 23:30 UTC is already the next day in Berlin (UTC+1 in winter, UTC+2 in summer).
  it("stand in the given zone on the 24-hour clock", () => {
    expect(formatDate("2026-11-21T23:30:00Z", "Europe/Berlin", "de")).toBe("22. Nov. 2026");
    expect(formatTime("2026-11-21T23:30:00Z", "Europe/Berlin", "de")).toBe("00:30");
    expect(formatDateTime("2026-07-01T12:00:00Z", "Europe/Berlin", "en")).toBe("1 Jul 2026, 14:00");
    expect(formatDateTime("2026-07-01T12:00:00Z", "America/New_York", "de")).toBe("1. Juli 2026, 08:00");
  });

  it("leave calendar days where they are", () => {
    expect(formatCalendarDay("1990-02-28", "de")).toBe("28. Feb. 1990");
  });

  it.each([
    ["2026-11-22T09:00:00Z", "vor 3 Stunden"],
    ["2026-11-21T12:00:00Z", "gestern"],
    ["2026-11-24T12:00:00Z", "übermorgen"],
    ["2026-11-22T11:59:30Z", "jetzt"],
    ["2025-11-01T12:00:00Z", "letztes Jahr"],
  ])("%s relative to noon → %s", (instant, text) => {
    expect(formatRelative(instant, "2026-11-22T12:00:00Z", "de")).toBe(text);
  });
});
