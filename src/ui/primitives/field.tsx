"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { cn } from "./class-names";

/** What a control needs to be named and explained; every control primitive accepts these. */
export type ControlProps = {
  id: string;
  "aria-labelledby": string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "aria-required": true | undefined;
};

type FieldProps = {
  label: ReactNode;
  /** Always passed, so that no form forgets to show what is wrong. */
  error: string | undefined;
  hint?: ReactNode;
  /** A `HelpTip` beside the label. */
  help?: ReactNode;
  required?: boolean;
  /** The label is there for screen readers only; for filters whose placeholder says enough. */
  labelHidden?: boolean;
  className?: string;
  children: (control: ControlProps) => ReactNode;
};

/** Label, control, hint and error, wired together. */
export function Field({ label, error, hint, help, required = false, labelHidden = false, className, children }: FieldProps) {
  const t = useTranslations("common");
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(" ") || undefined;
  return (
    <div className={cn("flex min-w-0 flex-col gap-1.5", className)}>
      <div className={cn("flex items-center gap-1", labelHidden && "sr-only")}>
        <label id={`${id}-label`} htmlFor={id} className="font-medium text-ink text-sm">
          {label}
        </label>
        {!required && !labelHidden && <span className="text-faint text-xs">({t("state.optional")})</span>}
        {help}
      </div>
      {children({
        id,
        "aria-labelledby": `${id}-label`,
        "aria-describedby": describedBy,
        "aria-invalid": error ? true : undefined,
        "aria-required": required ? true : undefined,
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-danger text-xs">
          {error}
        </p>
      )}
    </div>
  );
}
