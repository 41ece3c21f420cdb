"use client";

import { useTranslations } from "next-intl";
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from "react";
import { cn } from "./class-names";

type TableFrameProps = {
  /** Names the table and its scroll area. */
  label: string;
  children: ReactNode;
  /** With a height the frame scrolls in both directions and the header stays. */
  maxHeight?: number | string;
  className?: string;
};

/** The hairline frame of a table. What does not fit scrolls sideways inside it, by touch, wheel and keyboard; the page never does. */
export function TableFrame({ label, children, maxHeight, className }: TableFrameProps) {
  const t = useTranslations("common.table");
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(maxHeight !== undefined);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setScrolls(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={frame}
      // Only an area that scrolls is a stop on the keyboard's way.
      {...(scrolls ? { tabIndex: 0, role: "region", "aria-label": t("scrollable", { label }) } : {})}
      style={maxHeight === undefined ? undefined : { maxHeight }}
      className={cn("focus-inset relative min-w-0 overflow-auto rounded-lg border border-line bg-surface", className)}
    >
      {children}
    </div>
  );
}

export function Table({ className, ...props }: ComponentProps<"table">) {
  return <table {...props} className={cn("w-full border-separate border-spacing-0 text-left text-sm", className)} />;
}

export const HEAD_CELL = "sticky top-0 z-20 h-9 whitespace-nowrap border-line border-b bg-surface px-3 font-medium text-muted text-xs";
export const BODY_CELL = "h-10 border-line border-b px-3 py-1.5 align-middle text-ink group-last/row:border-b-0";

export function Th({ className, ...props }: ComponentProps<"th">) {
  return <th scope="col" {...props} className={cn(HEAD_CELL, className)} />;
}

export function Td({ className, ...props }: ComponentProps<"td">) {
  return <td {...props} className={cn(BODY_CELL, className)} />;
}

export function Tr({ className, ...props }: ComponentProps<"tr">) {
  return <tr {...props} className={cn("group/row", className)} />;
}
