"use client";

import { useLocale } from "next-intl";
import { toDecimal, unitScale } from "@/server/money";
import { formatMoney, formatNumber, formatPercent } from "../format";
import { type ChartNumber, decimalsOf } from "./scales";

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
  /** Short, for axes: as many decimals as it takes to tell the axis' values apart. */
  axis: (value: number, ticks: readonly number[]) => string;
  /** For spreadsheets: a plain decimal with a point. */
  plain: (value: ChartNumber) => string;
  /** Whether halves between two values mean nothing. */
  wholeOnly: boolean;
};

const minor = (value: ChartNumber): bigint => (typeof value === "bigint" ? value : BigInt(Math.round(value)));

/** Whether an axis of amounts needs no decimals. */
const isWhole = (ticks: readonly number[], unit: string): boolean => ticks.every((tick) => tick % 10 ** unitScale(unit) === 0);

export function valueText(format: ValueFormat, locale: string): ValueText {
  switch (format.kind) {
    case "money":
      return {
        full: (value) => formatMoney(minor(value), format.unit, locale),
        axis: (value, ticks) => formatMoney(minor(value), format.unit, locale, { compact: isWhole(ticks, format.unit) }),
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
        axis: (value, ticks) => formatPercent(value, locale, { digits: Math.max(0, decimalsOf(ticks) - 2) }),
        plain: String,
        wholeOnly: false,
      };
  }
}

export function useValueText(format: ValueFormat): ValueText {
  return valueText(format, useLocale());
}
