import type { ReactNode } from "react";
import { cn } from "./class-names";

export type Description = { term: ReactNode; detail: ReactNode; help?: ReactNode };

/** Names and values in two columns, one on a phone. */
export function DescriptionList({ items, className }: { items: readonly (Description & { key: string })[]; className?: string }) {
  return (
    <dl className={cn("divide-y divide-line text-sm", className)}>
      {items.map((item) => (
        <div key={item.key} className="grid gap-x-4 gap-y-0.5 py-2 sm:grid-cols-[minmax(9rem,1fr)_2fr]">
          <dt className="flex items-center gap-1 text-muted">
            {item.term}
            {item.help}
          </dt>
          <dd className="tabular min-w-0 text-ink [overflow-wrap:anywhere]">{item.detail}</dd>
        </div>
      ))}
    </dl>
  );
}
