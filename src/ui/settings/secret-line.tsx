"use client";

import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";

/** Something that is shown once: all of it is visible, and it can be copied. */
export function SecretLine({ text, copyLabel }: { text: string; copyLabel: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-hover py-1.5 pr-1.5 pl-3">
      <Code className="min-w-0 flex-1 break-all bg-transparent p-0 text-xs">{text}</Code>
      <CopyButton text={text} label={copyLabel} />
    </div>
  );
}
