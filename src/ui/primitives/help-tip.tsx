"use client";

import { CircleHelp } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Popover } from "./popover";

/** Explains a term where it stands. Opens on click, so that it works by touch and keyboard and can hold a link. */
export function HelpTip({ term, children }: { term: string; children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <Popover
      label={t("help", { term })}
      trigger={
        <button
          type="button"
          aria-label={t("help", { term })}
          className="relative inline-flex rounded-full text-faint after:absolute after:-inset-1.5 hover:text-ink"
        >
          <CircleHelp aria-hidden className="size-3.5" />
        </button>
      }
    >
      <p className="font-medium text-sm">{term}</p>
      <div className="mt-1 text-muted text-sm">{children}</div>
    </Popover>
  );
}
