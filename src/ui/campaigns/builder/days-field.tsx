"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { daysOf } from "./money-text";

type DaysFieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  /** As typed; `daysOf` reads it. */
  value: string;
  max: number;
  /** What else is wrong with a number of days that could be. */
  error?: string | undefined;
  onChange: (text: string) => void;
};

/** A whole number of days. The text belongs to the form, which must know what is half typed. */
export function DaysField({ label, hint, value, max, error, onChange }: DaysFieldProps) {
  const v = useTranslations("common.validation");
  const wrong = daysOf(value, max) === null;
  const tooMany = /^\d+$/.test(value.trim()) && Number(value) > max;
  return (
    <Field
      label={label}
      hint={hint}
      error={wrong ? (tooMany ? v("numberMax", { maximum: max }) : v("numberMin", { minimum: 1 })) : error}
      required
    >
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          maxLength={5}
          className="w-24 text-right"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
