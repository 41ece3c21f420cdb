import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";

/* On touch screens 16 px keep iOS from zooming into the page when a field gets the focus. */
export const controlStyle =
  "w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-ink text-sm transition-colors placeholder:text-faint hover:border-muted focus-visible:border-accent focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-hover disabled:text-muted aria-invalid:border-danger pointer-coarse:text-lg";

export const controlHeight = "h-8 pointer-coarse:h-10";

type InputProps = ComponentProps<"input"> & { leading?: ReactNode; trailing?: ReactNode };

export function Input({ className, leading, trailing, ...props }: InputProps) {
  const input = (
    <input
      autoComplete="off"
      {...props}
      className={cn(controlStyle, controlHeight, "read-only:bg-hover", leading && "pl-8", trailing && "pr-10", className)}
    />
  );
  if (!leading && !trailing) return input;
  return (
    <div className="relative flex min-w-0 items-center max-sm:w-full">
      {leading && <span className="pointer-events-none absolute left-2.5 flex text-faint [&>svg]:size-4">{leading}</span>}
      {input}
      {trailing && <span className="absolute right-2.5 flex text-faint text-sm">{trailing}</span>}
    </div>
  );
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea rows={4} {...props} className={cn(controlStyle, "min-h-16 py-1.5", className)} />;
}
