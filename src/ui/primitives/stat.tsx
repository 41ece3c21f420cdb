import type { ReactNode } from "react";
import { cn } from "./class-names";

type StatProps = { label: ReactNode; value: ReactNode; hint?: ReactNode; help?: ReactNode; size?: "md" | "lg" };

/** One number with its name. Goes into a `StatRow`. */
export function Stat({ label, value, hint, help, size = "md" }: StatProps) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="flex items-center gap-1 text-muted text-xs">
        {label}
        {help}
      </dt>
      <dd className="mt-1 min-w-0">
        <div
          className={cn(
            "tabular font-semibold text-ink [overflow-wrap:anywhere] [&>span]:whitespace-normal",
            size === "lg" ? "text-2xl" : "text-xl",
          )}
        >
          {value}
        </div>
        {hint && <div className="mt-0.5 text-faint text-xs">{hint}</div>}
      </dd>
    </div>
  );
}

/** Stats side by side, parted by hairlines (the gap shows the line colour); two columns on a phone. */
export function StatRow({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl
      className={cn(
        "grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line md:grid-flow-col md:grid-cols-none md:auto-cols-fr max-md:[&>*:last-child:nth-child(odd)]:col-span-2",
        className,
      )}
    >
      {children}
    </dl>
  );
}
