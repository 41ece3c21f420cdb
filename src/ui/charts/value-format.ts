"use client";

import { useLocale } from "next-intl";
import { toDecimal } from "@/server/money";
import { formatMoney, formatNumber, formatPercent } from "../format";
import type { ChartNumber } from "./scales";

/** How values are written. Plain data, so that a server component can hand it to a chart. */
export type ValueFormat =
  /** Minor units. */
  | { kind: "money"; unit: string }
  | { kind: "number"; digits?: number }
  /** A share between 0 and 1. */
  | { kind: "percent"; digits?: number };

export type ValueText = {
  /** The exact value. */
  full: (value: ChartNumber) => string;
  /** Short, for axes. */
  axis: (value: number) => string;
  /** For spreadsheets: a plain decimal with a point. */
  plain: (value: ChartNumber) => string;
  /** Whether halves between two values mean nothing. */
  wholeOnly: boolean;
};

const minor = (value: ChartNumber): bigint => (typeof value === "bigint" ? value : BigInt(Math.round(value)));

export function valueText(format: ValueFormat, locale: string): ValueText {
  switch (format.kind) {
    case "money":
      return {
        full: (value) => formatMoney(minor(value), format.unit, locale),
        axis: (value) => formatMoney(minor(value), format.unit, locale, { compact: true }),
        plain: (value) => toDecimal(minor(value), format.unit),
        wholeOnly: true,
      };
    case "number":
      return {
        full: (value) => formatNumber(value, locale, { digits: format.digits ?? 0 }),
        axis: (value) => formatNumber(value, locale, { compact: true }),
        plain: String,
        wholeOnly: (format.digits ?? 0) === 0,
      };
    case "percent":
      return {
        full: (value) => formatPercent(Number(value), locale, { digits: format.digits ?? 1 }),
        axis: (value) => formatPercent(value, locale, { digits: format.digits ?? 1 }),
        plain: String,
        wholeOnly: false,
      };
  }
}

export function useValueText(format: ValueFormat): ValueText {
  return valueText(format, useLocale());
}
