/**
 * CSV for spreadsheets. Text that a spreadsheet would run as a formula gets an apostrophe in front (domain.md 5.4, OWASP ASVS 1.2.10);
 * numbers are exempt, so that -5.00 stays a number. Pure.
 */
const FORMULA_START = /^\s*[=+\-@\t\r\n\0＝＋－＠]/u;

/** A number is given as { number }: the caller vouches that it is digits, sign and point only. */
export type CsvValue = string | null | { number: string };

export function csvCell(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "object") {
    if (!/^-?\d+(\.\d+)?$/.test(value.number)) throw new RangeError("not a number");
    return value.number;
  }
  const clean = value.replaceAll("\0", "");
  const safe = FORMULA_START.test(value) ? `'${clean}` : clean;
  return /[",;\t\r\n]/.test(safe) || safe !== value ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvLine = (values: readonly CsvValue[]): string => `${values.map(csvCell).join(",")}\r\n`;

/** Spreadsheets read UTF-8 as Latin-1 unless the file begins with this. */
export const CSV_BOM = "\uFEFF";

/** A whole document; for long ones write CSV_BOM and csvLine() piece by piece. */
export const writeCsv = (header: readonly string[], rows: Iterable<readonly CsvValue[]>): string =>
  CSV_BOM + csvLine(header) + [...rows].map(csvLine).join("");

/** A name as part of a file's name: letters of any language and digits, joined by hyphens, short enough for every file system. */
export const fileSlug = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/g, "");
