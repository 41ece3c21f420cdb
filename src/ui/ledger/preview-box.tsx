"use client";

import { useTranslations } from "next-intl";
import { useErrorText } from "../error-text";
import { SkeletonText } from "../primitives/skeleton";

type PreviewBoxProps = { lines: readonly string[] | undefined; error: unknown; busy: boolean };

/** What will happen, calculated by the ledger itself before anything is booked. */
export function PreviewBox({ lines, error, busy }: PreviewBoxProps) {
  const t = useTranslations("ledger.people");
  const errorText = useErrorText();
  return (
    <div role="status" aria-busy={busy} className="rounded-md border border-line bg-hover px-3 py-2 text-sm">
      <p className="font-medium">{t("preview")}</p>
      {error ? (
        <p className="mt-1 text-danger">{errorText(error)}</p>
      ) : lines ? (
        <ul className="mt-1 list-disc pl-4 text-muted">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : (
        <SkeletonText lines={2} />
      )}
    </div>
  );
}
