"use client";

import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./class-names";

export type Tab<Value extends string> = { value: Value; label: ReactNode; badge?: ReactNode; content: ReactNode };

type TabsProps<Value extends string> = {
  /** Names the list of tabs. */
  label: string;
  tabs: readonly [Tab<Value>, ...Tab<Value>[]];
  value: Value;
  onValueChange: (value: Value) => void;
  className?: string;
};

export function Tabs<Value extends string>({ label, tabs, value, onValueChange, className }: TabsProps<Value>) {
  const change = (next: string) => {
    const tab = tabs.find((candidate) => candidate.value === next);
    if (tab) onValueChange(tab.value);
  };
  return (
    <Radix.Root value={value} onValueChange={change} className={cn("flex min-w-0 flex-col gap-4", className)}>
      <Radix.List aria-label={label} className="flex gap-4 overflow-x-auto border-line border-b print:hidden">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="focus-inset -mb-px flex h-9 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 px-0.5 text-muted text-sm transition-colors hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {tab.label}
            {tab.badge}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="min-w-0">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

/** Tabs whose choice stands in the URL, so that it can be shared and the back button works. */
export function UrlTabs<Value extends string>({
  param = "tab",
  ...props
}: Omit<TabsProps<Value>, "value" | "onValueChange"> & { param?: string }) {
  const [value, setValue] = useQueryState(
    param,
    parseAsStringLiteral(props.tabs.map((tab) => tab.value))
      .withDefault(props.tabs[0].value)
      .withOptions({ history: "push" }),
  );
  return <Tabs {...props} value={value} onValueChange={(next) => void setValue(next)} />;
}
