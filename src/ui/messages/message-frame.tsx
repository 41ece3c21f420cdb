"use client";

import { useTranslations } from "next-intl";

/**
 * A rendered e-mail as it arrives. The document stands in a sandboxed frame without scripts, forms or access to this page: what is inside
 * was written by people and filled with customers' names.
 */
export function MessageFrame({ subject, html }: { subject: string; html: string }) {
  const t = useTranslations("messages.sheet");
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <p className="border-line border-b bg-hover px-4 py-2 font-medium text-ink text-sm [overflow-wrap:anywhere]">{subject}</p>
      {/* E-mail is black on white in every theme; readers' own dark modes are not ours to guess. */}
      <iframe title={t("frame")} sandbox="" srcDoc={html} className="h-80 w-full bg-white" />
    </div>
  );
}
