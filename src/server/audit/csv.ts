/** Spreadsheets run cells that start like this as formulas (domain.md 5.4, OWASP ASVS 1.2.10); the full-width forms count too. */
const FORMULA_START = /^[=+\-@\t\r\n\0＝＋－＠]/u;

/** One text cell: a leading apostrophe takes the formula's effect, quotes follow RFC 4180. */
export function csvCell(text: string): string {
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A CSV document with a byte order mark, because spreadsheets otherwise read UTF-8 as Latin-1. */
export const toCsv = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  `\uFEFF${[header, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
