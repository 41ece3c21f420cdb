import { cn } from "./class-names";

/** A grey stand-in of the size of what is coming. Hidden from screen readers: the container says `aria-busy`. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("h-4 animate-pulse-soft rounded bg-hover", className)} />;
}

/** Lines of text to come; the widths differ so that it reads as text. */
export function SkeletonText({ lines = 3, className }: { lines?: number; className?: string }) {
  const widths = ["w-11/12", "w-full", "w-4/5", "w-9/12", "w-10/12"];
  return (
    <div aria-hidden className={cn("flex flex-col gap-2", className)}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are identical and never move
        <Skeleton key={line} className={cn("h-3.5", widths[line % widths.length])} />
      ))}
    </div>
  );
}
