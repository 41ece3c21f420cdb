"use client";

import { useTranslations } from "next-intl";
import { type DateValue, dateValueSchema, MAX_OFFSET } from "@/server/segments/schema";
import { instantToLocal } from "@/server/time";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { useShop } from "../shell/shop-context";

const KINDS = ["ago", "ahead", "day", "second", "today", "yesterday"] as const;
type Kind = (typeof KINDS)[number];
const UNITS = ["d", "w", "m", "y"] as const;
type Unit = (typeof UNITS)[number];

function kindOf(value: DateValue): Kind {
  if (value.type === "offset") return value.amount > 0 ? "ahead" : "ago";
  return value.type === "named" ? value.name : value.type;
}

type DateInputProps = { label: string; value: DateValue; timeAllowed: boolean; onChange: (value: DateValue) => void };

/** A date of the language: relative to today, a day of the calendar, or (where a time is known) a second of it. */
export function DateInput({ label, value, timeAllowed, onChange }: DateInputProps) {
  const t = useTranslations("segments.dateInput");
  const { timeZone } = useShop();
  const change = (next: unknown) => {
    // Half-typed dates are no dates; the field keeps them until they are.
    const parsed = dateValueSchema.safeParse(next);
    if (parsed.success) onChange(parsed.data);
  };
  const kind = kindOf(value);
  const switchTo = (next: Kind) => change(startOf(next, value, () => instantToLocal(new Date(), timeZone)));
  const kinds = KINDS.filter((entry) => entry !== "second" || timeAllowed || kind === "second");
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      <NativeSelect
        aria-label={`${label}: ${t("kind")}`}
        className="w-34"
        options={kinds.map((entry) => ({ value: entry, label: t(entry) }))}
        value={kind}
        onChange={(event) => switchTo(KINDS.find((entry) => entry === event.target.value) ?? "day")}
      />
      {value.type === "offset" && (
        <OffsetInput label={label} amount={value.amount} unit={value.unit} ahead={kind === "ahead"} onChange={change} />
      )}
      {value.type === "day" && (
        <Input
          type="date"
          aria-label={`${label}: ${t("date")}`}
          className="w-40"
          value={value.day}
          onChange={(event) => change({ type: "day", day: event.target.value })}
        />
      )}
      {value.type === "second" && (
        <Input
          type="datetime-local"
          step={1}
          aria-label={`${label}: ${t("date")}`}
          className="w-56"
          value={value.at}
          onChange={(event) =>
            change({ type: "second", at: event.target.value.length === 16 ? `${event.target.value}:00` : event.target.value })
          }
        />
      )}
    </span>
  );
}

/** The value a kind begins with, keeping what can be kept. */
function startOf(kind: Kind, value: DateValue, localNow: () => string): DateValue {
  switch (kind) {
    case "today":
    case "yesterday":
      return { type: "named", name: kind };
    case "ago":
    case "ahead": {
      const size = value.type === "offset" ? Math.abs(value.amount) || 1 : 30;
      return { type: "offset", amount: kind === "ago" ? -size : size, unit: value.type === "offset" ? value.unit : "d" };
    }
    case "day":
      return { type: "day", day: value.type === "second" ? value.at.slice(0, 10) : localNow().slice(0, 10) };
    case "second":
      return { type: "second", at: value.type === "day" ? `${value.day}T00:00:00` : localNow().slice(0, 19) };
  }
}

type OffsetInputProps = { label: string; amount: number; unit: Unit; ahead: boolean; onChange: (value: DateValue) => void };

function OffsetInput({ label, amount, unit, ahead, onChange }: OffsetInputProps) {
  const t = useTranslations("segments.dateInput");
  const send = (size: number, next: Unit) => {
    const bounded = Math.min(Math.max(size, ahead ? 1 : 0), MAX_OFFSET[next]);
    onChange({ type: "offset", amount: ahead || bounded === 0 ? bounded : -bounded, unit: next });
  };
  return (
    <>
      <Input
        type="number"
        aria-label={`${label}: ${t("amount")}`}
        className="tabular w-18"
        min={ahead ? 1 : 0}
        max={MAX_OFFSET[unit]}
        value={Math.abs(amount)}
        onChange={(event) => Number.isInteger(event.target.valueAsNumber) && send(event.target.valueAsNumber, unit)}
      />
      <NativeSelect
        aria-label={`${label}: ${t("unit")}`}
        className="w-28"
        options={UNITS.map((entry) => ({ value: entry, label: t(entry) }))}
        value={unit}
        onChange={(event) => send(Math.abs(amount), UNITS.find((entry) => entry === event.target.value) ?? "d")}
      />
    </>
  );
}
