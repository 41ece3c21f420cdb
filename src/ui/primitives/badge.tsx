import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";
import { cn } from "./class-names";

const style = cva("inline-flex h-5 max-w-full items-center gap-1.5 whitespace-nowrap rounded px-1.5 font-medium text-2xs", {
  variants: {
    tone: {
      neutral: "bg-hover text-muted",
      accent: "bg-accent-soft text-accent",
      danger: "bg-danger-soft text-danger",
      warning: "bg-warning-soft text-warning",
      info: "bg-info-soft text-info",
    },
  },
  defaultVariants: { tone: "neutral" },
});

export type Tone = NonNullable<VariantProps<typeof style>["tone"]>;

export function Badge({ tone, children, className }: { tone?: Tone; children: ReactNode; className?: string }) {
  return <span className={cn(style({ tone }), className)}>{children}</span>;
}

/** A state in words with a dot of its tone: the colour repeats what the word says, it never says it alone. */
export function StatusBadge({ tone, children, pulse = false }: { tone: Tone; children: ReactNode; pulse?: boolean }) {
  return (
    <span className={style({ tone })}>
      <span aria-hidden className={cn("size-1.5 rounded-full bg-current", pulse && "animate-pulse-soft")} />
      {children}
    </span>
  );
}
