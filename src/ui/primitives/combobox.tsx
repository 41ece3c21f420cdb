"use client";

import { Command } from "cmdk";
import { Check, ChevronsUpDown, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Popover as Radix } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { filterByKeywords } from "../match-text";
import { cn } from "./class-names";
import type { ControlProps } from "./field";
import { controlHeight, controlStyle } from "./input";
import { POPOVER_PANEL } from "./popover";

export type ComboboxOption = { value: string; label: string; description?: ReactNode };

type Source =
  | { options: readonly ComboboxOption[]; search?: never }
  /** Asked while typing, at most every 200 ms; a superseded question is aborted. */
  | { options?: never; search: (query: string, signal: AbortSignal) => Promise<readonly ComboboxOption[]> };

type ComboboxProps = Partial<ControlProps> &
  Source & {
    value: string | null;
    /** Text of the value where the option may not be loaded (async search). */
    valueLabel?: string;
    onValueChange: (value: string | null, option: ComboboxOption | null) => void;
    placeholder?: string;
    clearable?: boolean;
    disabled?: boolean;
    className?: string;
    "aria-label"?: string;
  };

type Found = { status: "ready"; options: readonly ComboboxOption[] } | { status: "loading" } | { status: "failed" };

/** Runs the async search behind the list. `attempt` repeats a failed one. */
function useFound(props: Source, open: boolean, query: string, attempt: number): Found {
  const [found, setFound] = useState<Found>({ status: "loading" });
  const search = useRef(props.search);
  useEffect(() => {
    search.current = props.search;
  });
  const isAsync = props.search !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is there to run the same search again
  useEffect(() => {
    const run = search.current;
    if (!isAsync || !open || !run) return;
    const abort = new AbortController();
    setFound({ status: "loading" });
    const timer = setTimeout(() => {
      run(query, abort.signal).then(
        (options) => !abort.signal.aborted && setFound({ status: "ready", options }),
        () => !abort.signal.aborted && setFound({ status: "failed" }),
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isAsync, open, query, attempt]);
  return props.options ? { status: "ready", options: props.options } : found;
}

/** A list too long to scroll: typed into, from fixed options or an async search. */
export function Combobox(props: ComboboxProps) {
  const { value, valueLabel, onValueChange, placeholder, clearable = false, disabled, className, options, search, ...control } = props;
  const t = useTranslations("common");
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [attempt, setAttempt] = useState(0);
  const found = useFound(options ? { options } : { search: search ?? (async () => []) }, open, query, attempt);
  const chosen = found.status === "ready" ? found.options.find((option) => option.value === value) : undefined;
  const label = chosen?.label ?? valueLabel ?? value;
  const choose = (option: ComboboxOption | null) => {
    onValueChange(option?.value ?? null, option);
    setOpen(false);
    setQuery("");
  };
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <div className={cn("relative flex min-w-0", className)}>
        <Radix.Trigger
          {...control}
          role="combobox"
          disabled={disabled}
          className={cn(controlStyle, controlHeight, "flex items-center text-left", clearable && value !== null ? "pr-14" : "pr-8")}
        >
          <span className={cn("truncate", value === null && "text-faint")}>
            {value === null ? (placeholder ?? t("combobox.placeholder")) : label}
          </span>
        </Radix.Trigger>
        <ChevronsUpDown aria-hidden className="pointer-events-none absolute inset-y-0 right-2.5 my-auto size-4 text-faint" />
        {clearable && value !== null && !disabled && (
          <button
            type="button"
            aria-label={t("combobox.clear")}
            onClick={() => choose(null)}
            className="absolute inset-y-0 right-7 my-auto flex size-6 items-center justify-center rounded text-faint hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        )}
      </div>
      <Radix.Portal>
        <Radix.Content
          aria-label={t("combobox.search")}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className={cn(POPOVER_PANEL, "w-(--radix-popover-trigger-width) min-w-56 overflow-hidden")}
        >
          {/* A server-side search has ranked its answers; only fixed options are filtered here. */}
          <Command label={t("combobox.search")} shouldFilter={options !== undefined} filter={filterByKeywords} loop>
            <Command.Input
              value={query}
              onValueChange={setQuery}
              placeholder={t("combobox.search")}
              className="h-9 w-full border-line border-b bg-transparent px-3 text-sm outline-none placeholder:text-faint pointer-coarse:h-11 pointer-coarse:text-lg"
            />
            <Command.List className="max-h-64 overflow-y-auto p-1">
              {found.status === "loading" && (
                <Command.Loading>{<p className="px-2 py-3 text-muted text-sm">{t("state.searching")} …</p>}</Command.Loading>
              )}
              {found.status === "failed" && (
                <p role="alert" className="px-2 py-3 text-danger text-sm">
                  {t("combobox.failed")}{" "}
                  <button type="button" className="underline" onClick={() => setAttempt(attempt + 1)}>
                    {t("actions.retry")}
                  </button>
                </p>
              )}
              {found.status === "ready" && <Command.Empty className="px-2 py-3 text-muted text-sm">{t("combobox.empty")}</Command.Empty>}
              {found.status === "ready" &&
                found.options.map((option) => (
                  <Command.Item
                    key={option.value}
                    value={option.value}
                    keywords={[option.label]}
                    onSelect={() => choose(option)}
                    className="flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm data-[selected=true]:bg-hover pointer-coarse:py-2.5"
                  >
                    <span className="min-w-0 flex-1">
                      <span className="block truncate">{option.label}</span>
                      {option.description && <span className="block truncate text-muted text-xs">{option.description}</span>}
                    </span>
                    {option.value === value && <Check aria-hidden className="size-4 shrink-0 text-accent" />}
                  </Command.Item>
                ))}
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
