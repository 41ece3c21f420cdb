"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { daysOf } from "./money-text";

type DaysFieldProps = { label: ReactNode; hint?: ReactNode; value: number; max: number; onChange: (days: number) => void };

/** A whole number of days. What is half typed stays in the field and is not handed on. */
export function DaysField({ label, hint, value, max, onChange }: DaysFieldProps) {
  const v = useTranslations("common.validation");
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? String(value);
  const wrong = daysOf(text, max) === null;
  return (
    <Field
      label={label}
      hint={hint}
      error={wrong ? v(text.length > 4 ? "numberMax" : "numberMin", { minimum: 1, maximum: max }) : undefined}
      required
    >
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          maxLength={5}
          className="w-24 text-right"
          value={text}
          onChange={(event) => {
            setDraft(event.target.value);
            const days = daysOf(event.target.value, max);
            if (days !== null) onChange(days);
          }}
          onBlur={() => !wrong && setDraft(null)}
        />
      )}
    </Field>
  );
}
