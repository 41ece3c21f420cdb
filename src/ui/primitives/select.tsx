"use client";

import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";
import type { ControlProps } from "./field";
import { controlHeight, controlStyle } from "./input";

export type SelectOption<Value extends string> = { value: Value; label: string; description?: ReactNode; disabled?: boolean };
export type SelectGroup<Value extends string> = { label: string; options: readonly SelectOption<Value>[] };

type SelectProps<Value extends string> = Partial<ControlProps> & {
  options: readonly SelectOption<Value>[] | readonly SelectGroup<Value>[];
  value: Value | null;
  onValueChange: (value: Value) => void;
  placeholder?: string;
  disabled?: boolean;
  className?: string;
  "aria-label"?: string;
};

const isGroup = <Value extends string>(entry: SelectOption<Value> | SelectGroup<Value>): entry is SelectGroup<Value> => "options" in entry;

/** For options that need a description or a group. A plain list is better served by `NativeSelect`. */
export function Select<Value extends string>({
  options,
  value,
  onValueChange,
  placeholder,
  disabled,
  className,
  ...control
}: SelectProps<Value>) {
  const all = options.flatMap((entry) => (isGroup(entry) ? entry.options : [entry]));
  const change = (next: string) => {
    const option = all.find((candidate) => candidate.value === next);
    if (option) onValueChange(option.value);
  };
  return (
    <Radix.Root value={value ?? ""} onValueChange={change} disabled={disabled}>
      <Radix.Trigger
        {...control}
        className={cn(
          controlStyle,
          controlHeight,
          "flex cursor-pointer items-center justify-between gap-2 text-left data-placeholder:text-faint",
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-faint" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) max-w-96 animate-fade-in overflow-hidden rounded-lg border border-line bg-raised shadow-raised"
        >
          <Radix.Viewport className="p-1">
            {options.map((entry) =>
              isGroup(entry) ? (
                <Radix.Group key={entry.label}>
                  <Radix.Label className="px-2 pt-2 pb-1 text-faint text-xs">{entry.label}</Radix.Label>
                  {entry.options.map((option) => (
                    <Item key={option.value} option={option} />
                  ))}
                </Radix.Group>
              ) : (
                <Item key={entry.value} option={entry} />
              ),
            )}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Item<Value extends string>({ option }: { option: SelectOption<Value> }) {
  return (
    <Radix.Item
      value={option.value}
      disabled={option.disabled}
      className="relative flex cursor-default select-none flex-col rounded-md py-1.5 pr-8 pl-2 text-sm outline-none data-disabled:text-faint data-highlighted:bg-hover"
    >
      <Radix.ItemText>{option.label}</Radix.ItemText>
      {option.description && <span className="text-muted text-xs">{option.description}</span>}
      <Radix.ItemIndicator className="absolute top-2 right-2">
        <Check aria-hidden className="size-4 text-accent" />
      </Radix.ItemIndicator>
    </Radix.Item>
  );
}

type NativeSelectProps = Omit<ComponentProps<"select">, "children"> & {
  options: readonly { value: string; label: string; disabled?: boolean }[];
  placeholder?: string;
};

/** The browser's own list: best on phones and for short plain lists. */
export function NativeSelect({ options, placeholder, className, ...props }: NativeSelectProps) {
  return (
    <div className={cn("relative flex min-w-0 items-center", className)}>
      <select {...props} className={cn(controlStyle, controlHeight, "appearance-none pr-8")}>
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute right-2.5 size-4 text-faint" />
    </div>
  );
}
