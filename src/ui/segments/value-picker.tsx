"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ValueKind } from "@/server/segments/schema";
import { LIMITS } from "@/server/segments/schema";
import { cn } from "../primitives/class-names";
import { Combobox, type ComboboxOption } from "../primitives/combobox";
import { useValueLabels, useValueSearch } from "./value-search";

/** Fields whose values are fixed by the data: nothing else can be meant, so nothing else can be typed. */
const CLOSED: ReadonlySet<ValueKind> = new Set(["campaign", "segment"]);

type PickerProps = { kind: ValueKind; attributeKey?: string; label: string };

/** Offers what this shop has; other texts can be typed too, because a tag may come into use tomorrow. */
function useOptions(kind: ValueKind, attributeKey: string | undefined): (search: string, signal: AbortSignal) => Promise<ComboboxOption[]> {
  const t = useTranslations("segments.picker");
  const search = useValueSearch()(kind, attributeKey);
  return async (text, signal) => {
    const found = await search(text, signal);
    const typed = text.trim().replaceAll("\0", "").slice(0, LIMITS.string);
    const known = found.some(({ value, label }) => value === typed || label === typed);
    return typed === "" || known || CLOSED.has(kind) ? found : [...found, { value: typed, label: typed, description: t("asTyped") }];
  };
}

type ValuePickerProps = PickerProps & { value: string; onChange: (value: string) => void };

export function ValuePicker({ kind, attributeKey, label, value, onChange }: ValuePickerProps) {
  const t = useTranslations("segments.picker");
  const options = useOptions(kind, attributeKey);
  const { labelOf, learn } = useValueLabels(kind, [value]);
  return (
    <Combobox
      aria-label={label}
      className="w-56 max-sm:w-full"
      placeholder={t("choose")}
      search={options}
      value={value === "" ? null : value}
      valueLabel={labelOf(value)}
      onValueChange={(next, option) => {
        if (next === null) return;
        if (option) learn(next, option.label);
        onChange(next);
      }}
    />
  );
}

type ValuesPickerProps = PickerProps & { values: readonly string[]; onChange: (values: string[]) => void };

/** Several values as removable chips, and a search that adds one more. */
export function ValuesPicker({ kind, attributeKey, label, values, onChange }: ValuesPickerProps) {
  const options = useOptions(kind, attributeKey);
  const chosen = values.filter((value) => value !== "");
  const { labelOf, learn } = useValueLabels(kind, chosen);
  return (
    <ChipsPicker
      label={label}
      values={chosen}
      labelOf={labelOf}
      max={LIMITS.listValues}
      search={options}
      onAdd={(option) => {
        learn(option.value, option.label);
        onChange([...chosen, option.value]);
      }}
      onRemove={(value) => onChange(chosen.filter((other) => other !== value))}
    />
  );
}

type ChipsPickerProps = {
  label: string;
  values: readonly string[];
  labelOf?: (value: string) => string;
  max: number;
  search: (text: string, signal: AbortSignal) => Promise<readonly ComboboxOption[]>;
  onAdd: (option: ComboboxOption) => void;
  onRemove: (value: string) => void;
  readOnly?: boolean;
};

export function ChipsPicker({ label, values, labelOf = (value) => value, max, search, onAdd, onRemove, readOnly }: ChipsPickerProps) {
  const t = useTranslations("segments.picker");
  return (
    <div className="flex min-w-0 max-w-full flex-1 flex-wrap items-center gap-1.5 max-sm:basis-full">
      {values.length > 0 && (
        <ul aria-label={label} className="flex max-h-40 max-w-full flex-wrap gap-1 overflow-y-auto">
          {values.map((value) => (
            <li key={value} className="inline-flex h-7 max-w-full items-center rounded bg-hover pl-2 text-sm pointer-coarse:h-9">
              <span className={cn("truncate", readOnly && "pr-2")} title={labelOf(value) === value ? undefined : value}>
                {labelOf(value)}
              </span>
              {!readOnly && (
                <button
                  type="button"
                  aria-label={t("removeValue", { value: labelOf(value) })}
                  onClick={() => onRemove(value)}
                  className="flex size-7 shrink-0 items-center justify-center rounded text-faint hover:text-ink pointer-coarse:size-9"
                >
                  <X aria-hidden className="size-3.5" />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!readOnly && values.length < max && (
        <Combobox
          aria-label={`${label}: ${t("add")}`}
          className="w-44 max-sm:w-full"
          placeholder={values.length === 0 ? t("choose") : t("add")}
          search={search}
          value={null}
          onValueChange={(next, option) => {
            if (next !== null && option && !values.includes(next)) onAdd(option);
          }}
        />
      )}
    </div>
  );
}
