"use client";

import { useTranslations } from "next-intl";
import { type ComponentProps, useId, useState } from "react";
import { parseTime, withoutSeconds } from "../parse-amount";
import { cn } from "./class-names";
import type { ControlProps } from "./field";
import { Input } from "./input";

/** A calendar day as `YYYY-MM-DD`, or "" while there is none. */
export function DateField({
  onValueChange,
  className,
  ...props
}: Omit<ComponentProps<"input">, "onChange" | "value"> & { value: string; onValueChange: (day: string) => void }) {
  return (
    <Input
      {...props}
      type="date"
      max={props.max ?? "2999-12-31"}
      className={cn("w-40", className)}
      onChange={(event) => onValueChange(event.target.value)}
    />
  );
}

type TimeFieldProps = Omit<ComponentProps<"input">, "onChange" | "value"> & { value: string; onValueChange: (time: string) => void };

/**
 * A clock time as `HH:MM`. A text field, because the browser's own follows its language and shows am/pm; it tidies up on leaving. What is no
 * time then is handed on as it is, so that the schema refuses it.
 */
export function TimeField({ value, onValueChange, className, ...props }: TimeFieldProps) {
  const t = useTranslations("common.dateTime");
  const [draft, setDraft] = useState<string | null>(null);
  const [seen, setSeen] = useState(value);
  // What a button beside it sets wins over what is being typed.
  if (value !== seen) {
    setSeen(value);
    setDraft(null);
  }
  const invalid = draft === null && value !== "" && parseTime(value) === null;
  const leave = () => {
    if (draft === null) return;
    setDraft(null);
    onValueChange(parseTime(draft) ?? draft.trim());
  };
  return (
    <Input
      {...props}
      inputMode="numeric"
      placeholder="14:00"
      maxLength={8}
      title={invalid ? t("invalidTime") : t("timeHint")}
      aria-invalid={invalid || props["aria-invalid"]}
      className={cn("w-20", className)}
      value={draft ?? value}
      onChange={(event) => {
        setDraft(event.target.value);
        // A complete time counts at once, so that previews follow without leaving the field.
        const time = /^\d{2}:\d{2}$/.test(event.target.value) ? parseTime(event.target.value) : null;
        if (time !== null) onValueChange(time);
      }}
      onBlur={leave}
    />
  );
}

type DateTimeFieldProps = Partial<ControlProps> & {
  /**
   * Local wall time `YYYY-MM-DDTHH:MM`, "" while there is none; a day or a time alone is handed on as it is (`YYYY-MM-DDT`, `THH:MM`), so that
   * the schema refuses it. The zone is applied on the server (Temporal), never here.
   */
  value: string;
  onValueChange: (wallTime: string) => void;
  /** Shown, so that nobody has to guess whose two o'clock it is. */
  zone: string;
  min?: string;
  disabled?: boolean;
};

export function DateTimeField({ value, onValueChange, zone, min, disabled, ...control }: DateTimeFieldProps) {
  const t = useTranslations("common.dateTime");
  const ownId = useId();
  const id = control.id ?? ownId;
  const [day = "", time = ""] = value.split("T");
  const current = { day, time: withoutSeconds(time) };
  const change = (next: { day: string; time: string }) =>
    onValueChange(next.day === "" && next.time === "" ? "" : `${next.day}T${next.time}`);
  const shared = { disabled, "aria-describedby": control["aria-describedby"], "aria-invalid": control["aria-invalid"] };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its own legend beside the label of the field
    <div role="group" aria-labelledby={control["aria-labelledby"]} className="flex flex-wrap items-center gap-2">
      <DateField
        {...shared}
        id={id}
        aria-label={t("date")}
        value={current.day}
        min={min}
        onValueChange={(next) => change({ ...current, day: next })}
      />
      <TimeField {...shared} aria-label={t("time")} value={current.time} onValueChange={(next) => change({ ...current, time: next })} />
      <span className="text-faint text-xs">{t("zone", { zone })}</span>
    </div>
  );
}
