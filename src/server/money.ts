/**
 * Money is a bigint of minor units and a unit code. No floats, no division by 100: the scale comes from the unit (ISO 4217).
 * Pure; shared by server and browser.
 */
import { z } from "zod";

const SCALE_0 = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
const SCALE_3 = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/** Number of decimals of a unit: ISO 4217 for currencies, 0 for points (`PTS:…`). */
export function unitScale(unit: string): 0 | 2 | 3 {
  if (unit.startsWith("PTS:") || SCALE_0.includes(unit)) return 0;
  return SCALE_3.includes(unit) ? 3 : 2;
}

export const currencySchema = z.string().regex(/^[A-Z]{3}$/);

/** A decimal string of minor units, as JSON carries money ("500" = 5.00 EUR), to bigint. */
export const minorSchema = z.union([z.bigint(), z.string().regex(/^-?\d{1,18}$/)]).transform((value) => BigInt(value));

export const positiveMinorSchema = minorSchema.refine((value) => value > 0n, { error: "must be positive" });

/** Minor units as an exact decimal string with the unit's decimals: 500n EUR → "5.00". */
export function toDecimal(minor: bigint, unit: string): string {
  const scale = unitScale(unit);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(scale + 1, "0");
  const sign = minor < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The reverse of `toDecimal`; null when the text is no plain decimal or has more decimals than the unit. */
export function fromDecimal(text: string, unit: string): bigint | null {
  const match = /^(-?)(\d{1,16})(?:\.(\d*))?$/.exec(text.trim());
  if (!match) return null;
  const scale = unitScale(unit);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > scale) return null;
  const value = BigInt(`${match[2]}${fraction.padEnd(scale, "0")}`);
  return match[1] === "-" ? -value : value;
}

/** `bps` hundredths of a percent of an amount, half up, in integers (domain.md L3). Amount and bps must not be negative. */
export const percentOf = (minor: bigint, bps: bigint): bigint => (minor * bps + 5000n) / 10_000n;

/** Splits an amount by weights with the largest-remainder method, ties by index (domain.md L4). The parts always sum to the amount. */
export function splitByWeights(amount: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, w) => sum + w, 0n);
  if (total <= 0n) throw new RangeError("weights must have a positive sum");
  const parts = weights.map((w) => (amount * w) / total);
  const rest = Number(amount - parts.reduce((sum, p) => sum + p, 0n));
  const order = weights.map((w, index) => ({ index, remainder: (amount * w) % total }));
  order.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order.slice(0, rest)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}
