import type { ReactNode } from "react";
import { cn } from "./class-names";

type PageHeaderProps = {
  title: ReactNode;
  /** A badge beside the title. */
  status?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
};

/** The one h1 of a page. */
export function PageHeader({ title, status, description, actions, className }: PageHeaderProps) {
  return (
    <header className={cn("flex flex-wrap items-start justify-between gap-x-4 gap-y-3", className)}>
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="min-w-0 font-semibold text-ink text-xl [overflow-wrap:anywhere]">{title}</h1>
          {status}
        </div>
        {description && <div className="mt-1 max-w-prose text-muted text-sm">{description}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div>}
    </header>
  );
}

const WIDTH = { normal: "max-w-6xl", narrow: "max-w-3xl", wide: "max-w-none" };

/** The column a page stands in; every page starts with one. */
export function Page({ children, width = "normal", className }: { children: ReactNode; width?: keyof typeof WIDTH; className?: string }) {
  return (
    <div className={cn("mx-auto flex w-full min-w-0 flex-col gap-6 px-4 py-6 sm:px-6 print:px-0 print:py-3", WIDTH[width], className)}>
      {children}
    </div>
  );
}
