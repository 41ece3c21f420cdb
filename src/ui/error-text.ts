"use client";

import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";

/** Kept complete by src/messages/messages.test.ts. */
type TranslatedCode = Exclude<keyof Messages["errors"], "pages">;

type KnownError = { appCode: string; params: Record<string, string | number>; requestId: string | null };

/** What the server's error formatter attaches (src/server/trpc/init.ts), read without trusting its shape. */
function knownError(error: unknown): KnownError | null {
  if (typeof error !== "object" || error === null || !("data" in error)) return null;
  const { data } = error;
  if (typeof data !== "object" || data === null || !("appCode" in data) || typeof data.appCode !== "string") return null;
  const params: Record<string, string | number> = {};
  if ("params" in data && typeof data.params === "object" && data.params !== null) {
    for (const [name, value] of Object.entries(data.params))
      if (typeof value === "string" || typeof value === "number") params[name] = value;
  }
  return { appCode: data.appCode, params, requestId: "requestId" in data && typeof data.requestId === "string" ? data.requestId : null };
}

/** The code of a business error, for a page that treats one of them specially. */
export function errorCode(error: unknown): string | null {
  return knownError(error)?.appCode ?? null;
}

/** What a provider said, in its own words, where an error carries them. */
export function errorDetail(error: unknown): string | null {
  const detail = knownError(error)?.params.detail;
  return typeof detail === "string" ? detail : null;
}

/** Any error of a query or mutation as a sentence in the reader's language. */
export function useErrorText(): (error: unknown) => string {
  const t = useTranslations("errors");
  const common = useTranslations("common.error");
  return (error) => {
    const known = knownError(error);
    if (known === null) return typeof navigator !== "undefined" && !navigator.onLine ? common("offline") : common("text");
    const isCode = (code: string): code is TranslatedCode => /^[A-Z_]+$/.test(code) && t.has(code as TranslatedCode);
    const text = isCode(known.appCode) ? t(known.appCode, known.params) : t("INTERNAL");
    // A defect can be found in the log by its request.
    return known.appCode === "INTERNAL" && known.requestId ? `${text} ${common("reference", { digest: known.requestId })}` : text;
  };
}
