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

/** Several lines, with a copy button. `label` names the block: "Segmentabfrage". */
export function CodeBlock({ text, label, copyLabel }: { text: string; label: string; copyLabel: string }) {
  return (
    <figure aria-label={label} className="relative grid grid-cols-[minmax(0,1fr)] rounded-md border border-line bg-hover">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and scrolling needs the keyboard too */}
      <pre tabIndex={0} className="focus-inset overflow-x-auto p-3 pr-11 font-mono text-ink text-xs leading-5">
        {text}
      </pre>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-hover">
        <CopyButton text={text} label={copyLabel} />
      </div>
    </figure>
  );
}
