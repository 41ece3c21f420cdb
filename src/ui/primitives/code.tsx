import type { ReactNode } from "react";
import { cn } from "./class-names";
import { CopyButton } from "./copy-button";

export function Code({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <code className={cn("rounded bg-hover px-1 py-0.5 font-mono text-[0.92em] text-ink [overflow-wrap:anywhere]", className)}>
      {children}
    </code>
  );
}

const LINES = "focus-inset p-3 pr-11 font-mono text-ink text-xs leading-5";
const WRAPPED = "max-h-80 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]";

/** Several lines, with a copy button. `label` names the block: "Segmentabfrage". `wrap`: long lines break instead of scrolling. */
export function CodeBlock({ text, label, copyLabel, wrap = false }: { text: string; label: string; copyLabel: string; wrap?: boolean }) {
  return (
    <figure aria-label={label} className="relative grid grid-cols-[minmax(0,1fr)] rounded-md border border-line bg-hover">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and scrolling needs the keyboard too */}
      <pre tabIndex={0} className={cn(LINES, wrap ? WRAPPED : "overflow-x-auto")}>
        {text}
      </pre>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-hover">
        <CopyButton text={text} label={copyLabel} />
      </div>
    </figure>
  );
}
