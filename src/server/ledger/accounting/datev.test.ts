import { describe, expect, test } from "vitest";
import { DATEV_COLUMNS, type DatevHeader, datevAmount, datevFile, datevText } from "./datev";
import { type AccountingSetup, datevProblem, fiscalYearStart, GL_ACCOUNTS } from "./schema";

const header: DatevHeader = {
  createdAt: "20260401093000000",
  consultant: "29098",
  client: "55003",
  fiscalYearStart: "20260101",
  accountLength: 4,
  from: "2026-03-01",
  to: "2026-03-31",
  title: "Guthaben 2026-03",
  currency: "EUR",
};

describe("the DATEV file", () => {
  test("header of 31 fields, 125 columns, one line per booking, CR LF at every end", () => {
    const text = datevFile(header, [
      { cents: 119_05n, debit: "1710", credit: "1371", day: "2026-03-07", reference: "GH20260307-1", text: 'Einlösung "Ostern"' },
    ]);
    const lines = text.split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      '"EXTF";700;21;"Buchungsstapel";13;20260401093000000;;"RE";"";"";29098;55003;20260101;4;20260301;20260331;"Guthaben 2026-03";"";1;0;0;"EUR";;"";;;"";;;"";""',
    );
    expect(lines[0]?.split(";")).toHaveLength(31);
    expect(lines[1]?.split(";")).toHaveLength(125);
    expect(DATEV_COLUMNS[9]).toBe("Belegdatum");
    expect(DATEV_COLUMNS[113]).toBe("Festschreibung");
    const cells = lines[2]?.split(";") ?? [];
    expect(cells).toHaveLength(125);
    expect(cells.slice(0, 14)).toEqual([
      ...["119,05", '"S"', "", "", "", "", "1710", "1371", "", "0703", '"GH20260307-1"', "", ""],
      '"Einlösung ""Ostern"""',
    ]);
  });

  test("amounts have a comma and two digits; what is too large for a field becomes several lines", () => {
    expect([5n, 50n, 100n, 123_456_789n].map(datevAmount)).toEqual(["0,05", "0,50", "1,00", "1234567,89"]);
    const big = datevFile(header, [
      { cents: 1_000_000_000_000n, debit: "1", credit: "2", day: "2026-03-01", reference: "r", text: "t" },
    ]).split("\r\n");
    expect(big.slice(2, -1).map((line) => line.split(";")[0])).toEqual(["9999999999,99", "0,01"]);
  });

  test("no text can break out of its field or its line", () => {
    expect(datevText('a"b\r\nc\u0000', 60)).toBe('"a""b c "');
    expect(datevText("x".repeat(99), 30)).toHaveLength(32);
  });
});

describe("what DATEV would refuse", () => {
  const setup: AccountingSetup = {
    accounts: Object.fromEntries(GL_ACCOUNTS.map((name, n) => [name, String(1700 + n)])) as AccountingSetup["accounts"],
    consultant: "29098",
    client: "55003",
    accountLength: 4,
    fiscalYearMonth: 4,
  };
  const march = { from: "2026-03-01", to: "2026-03-31" };
  test.each([
    [null, setup, march, 2],
    ["setup", null, march, 2],
    ["numbers", { ...setup, consultant: "" }, march, 2],
    ["digits", { ...setup, accounts: { ...setup.accounts, adjustment: "17-A" } }, march, 2],
    ["digits", { ...setup, accounts: { ...setup.accounts, adjustment: "17000" } }, march, 2],
    ["currency", setup, march, 0],
    ["year", setup, { from: "2026-03-01", to: "2026-04-01" }, 2],
    ["period", setup, { from: "2026-03-02", to: "2026-03-01" }, 2],
  ] as const)("%s", (problem, given, period, decimals) => {
    expect(datevProblem(given, period, decimals)).toBe(problem);
  });

  test("the fiscal year begins in its own month", () => {
    expect(fiscalYearStart("2026-03-31", 4)).toBe("20250401");
    expect(fiscalYearStart("2026-04-01", 4)).toBe("20260401");
    expect(fiscalYearStart("2026-12-31", 1)).toBe("20260101");
  });
});
