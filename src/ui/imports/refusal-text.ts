"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { useErrorText } from "../error-text";
import { formatBytes } from "../format";

type Reason = keyof Messages["imports"]["refused"];

/** Why a file was refused, and what to do about it. */
export function useRefusalText(): (code: string, params: Record<string, string | number>) => string {
  const t = useTranslations("imports");
  const locale = useLocale();
  const errorText = useErrorText();
  return (code, params) => {
    if (code === "NETWORK") return t("upload.failed");
    if (code === "PAYLOAD_TOO_LARGE") return t("upload.tooLarge", { size: formatBytes(Number(params.limit ?? 0), locale) });
    if (code === "IMPORT_FORMAT") {
      const isReason = (reason: string): reason is Reason => t.has(`refused.${reason}` as "refused.other");
      const reason = String(params.reason ?? "other");
      return t(`refused.${isReason(reason) ? reason : "other"}`);
    }
    return errorText({ data: { appCode: code, params } });
  };
}
