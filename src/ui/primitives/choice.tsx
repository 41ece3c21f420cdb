"use client";

import { Check, Minus } from "lucide-react";
import { Checkbox as RadixCheckbox, RadioGroup as RadixRadio, Switch as RadixSwitch, ToggleGroup } from "radix-ui";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { cn } from "./class-names";
import type { ControlProps } from "./field";

type ToggleProps = Partial<ControlProps> & {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  /** The label is for screen readers only (a table's selection column). */
  labelHidden?: boolean;
  disabled?: boolean;
  name?: string;
  className?: string;
};

type CheckboxProps = Omit<ToggleProps, "checked"> & { checked: boolean | "indeterminate" };

export function Checkbox({
  checked,
  onCheckedChange,
  label,
  hint,
  labelHidden = false,
  disabled,
  name,
  className,
  ...control
}: CheckboxProps) {
  const ownId = useId();
  const id = control.id ?? ownId;
  return (
    <Labelled {...{ id, label, hint, labelHidden, className }}>
      <RadixCheckbox.Root
        id={id}
        name={name}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onCheckedChange(next === true)}
        aria-invalid={control["aria-invalid"]}
        aria-describedby={cnIds(hint && `${id}-hint`, control["aria-describedby"])}
        className="relative mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface text-accent-ink transition-colors after:absolute after:-inset-1.5 disabled:opacity-50 aria-invalid:border-danger data-[state=checked]:border-accent data-[state=indeterminate]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent"
      >
        <RadixCheckbox.Indicator>
          {checked === "indeterminate" ? (
            <Minus aria-hidden className="size-3" />
          ) : (
            <Check aria-hidden className="size-3" strokeWidth={3} />
          )}
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
    </Labelled>
  );
}

/** Takes effect at once. Inside a form that is saved with a button, use `Checkbox`. */
export function Switch({ checked, onCheckedChange, label, hint, labelHidden = false, disabled, name, className, ...control }: ToggleProps) {
  const ownId = useId();
  const id = control.id ?? ownId;
  return (
    <Labelled {...{ id, label, hint, labelHidden, className }}>
      <RadixSwitch.Root
        id={id}
        name={name}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onCheckedChange}
        aria-describedby={cnIds(hint && `${id}-hint`, control["aria-describedby"])}
        className="relative h-5 w-8 shrink-0 rounded-full border border-line-strong bg-hover transition-colors after:absolute after:-inset-1 disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixSwitch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-3.5 data-[state=checked]:bg-accent-ink" />
      </RadixSwitch.Root>
    </Labelled>
  );
}

const cnIds = (...ids: unknown[]) => ids.filter((id): id is string => typeof id === "string" && id !== "").join(" ") || undefined;

type LabelledProps = { id: string; label: ReactNode; hint?: ReactNode; labelHidden: boolean; className?: string; children: ReactNode };

function Labelled({ id, label, hint, labelHidden, className, children }: LabelledProps) {
  return (
    <div className={cn("flex min-w-0 items-start gap-2", className)}>
      {children}
      <div className={cn("min-w-0", labelHidden && "sr-only")}>
        <label htmlFor={id} className="block text-ink text-sm">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-xs">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

export type ChoiceOption<Value extends string> = { value: Value; label: ReactNode; description?: ReactNode; disabled?: boolean };

type ChoiceProps<Value extends string> = Partial<ControlProps> & {
  options: readonly ChoiceOption<Value>[];
  value: Value | null;
  onValueChange: (value: Value) => void;
  "aria-label"?: string;
  className?: string;
};

function pick<Value extends string>(options: readonly ChoiceOption<Value>[], next: string, change: (value: Value) => void) {
  const option = options.find((candidate) => candidate.value === next);
  if (option) change(option.value);
}

export function RadioGroup<Value extends string>({ options, value, onValueChange, className, ...control }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <RadixRadio.Root
      {...control}
      value={value ?? ""}
      onValueChange={(next) => pick(options, next, onValueChange)}
      className={cn("flex flex-col gap-2", className)}
    >
      {options.map((option) => (
        <Labelled key={option.value} id={`${id}-${option.value}`} label={option.label} hint={option.description} labelHidden={false}>
          <RadixRadio.Item
            id={`${id}-${option.value}`}
            value={option.value}
            disabled={option.disabled}
            aria-describedby={option.description ? `${id}-${option.value}-hint` : undefined}
            className="relative mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface transition-colors after:absolute after:-inset-1.5 disabled:opacity-50 data-[state=checked]:border-accent"
          >
            <RadixRadio.Indicator className="size-2 rounded-full bg-accent" />
          </RadixRadio.Item>
        </Labelled>
      ))}
    </RadixRadio.Root>
  );
}

/** Two to five short alternatives side by side: a view, a period, a mode. One is always chosen. */
export function SegmentedControl<Value extends string>({ options, value, onValueChange, className, ...control }: ChoiceProps<Value>) {
  const { "aria-required": _required, "aria-invalid": _invalid, ...named } = control;
  const bar = useRef<HTMLDivElement>(null);
  // On a phone a long bar scrolls in itself: what is chosen must not begin outside of it.
  useEffect(() => {
    const chosen = bar.current?.querySelector(`[data-value="${CSS.escape(value ?? "")}"]`)?.getBoundingClientRect();
    const frame = bar.current?.getBoundingClientRect();
    if (bar.current && chosen && frame && (chosen.left < frame.left || chosen.right > frame.right))
      bar.current.scrollLeft += chosen.left - frame.left - (frame.width - chosen.width) / 2;
  }, [value]);
  return (
    <ToggleGroup.Root
      {...named}
      ref={bar}
      type="single"
      value={value ?? ""}
      onValueChange={(next) => pick(options, next, onValueChange)}
      className={cn("inline-flex w-fit max-w-full overflow-x-auto rounded-md border border-line bg-hover p-0.5", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          data-value={option.value}
          disabled={option.disabled}
          className="focus-inset flex h-6.5 items-center gap-1.5 whitespace-nowrap rounded-[5px] px-2.5 text-muted text-xs transition-colors hover:text-ink data-[state=on]:bg-surface data-[state=on]:font-medium data-[state=on]:text-ink data-[state=on]:shadow-[0_0_0_1px_var(--line)] pointer-coarse:h-9"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
