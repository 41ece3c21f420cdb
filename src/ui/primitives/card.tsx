import type { ReactNode } from "react";
import { cn } from "./class-names";

/** A surface with a hairline. Never put one into another: use `Section` or a `divide-y` list inside. */
export function Card({ children, className, flush = false }: { children: ReactNode; className?: string; flush?: boolean }) {
  return <div className={cn("min-w-0 rounded-lg border border-line bg-surface", !flush && "p-4", className)}>{children}</div>;
}

type SectionProps = {
  title: ReactNode;
  description?: ReactNode;
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  /** h2 on a page, h3 within another section. */
  level?: 2 | 3;
  children: ReactNode;
  className?: string;
};

/** A titled part of a page, separated by space and type, not by a box. */
export function Section({ title, description, actions, level = 2, children, className }: SectionProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section className={cn("flex min-w-0 flex-col gap-3", className)}>
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <Heading className={cn("font-semibold text-ink", level === 2 ? "text-base" : "text-sm")}>{title}</Heading>
          {description && <p className="mt-0.5 max-w-prose text-muted text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
