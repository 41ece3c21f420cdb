"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { formatMoney } from "../format";

type Params = Record<string, string | number>;

/** A code of the server as a sentence with its numbers; one without translation is at least named. */
export function useReasonText(): (code: string | null, params?: Params) => string {
  const t = useTranslations("errors");
  const c = useTranslations("campaigns.statusReasons");
  const locale = useLocale();
  type Code = Exclude<keyof Messages["errors"], "pages">;
  type Own = keyof Messages["campaigns"]["statusReasons"];
  const known = (code: string): code is Code => /^[A-Z_]+$/.test(code) && t.has(code as Code);
  const own = (code: string): code is Own => /^[A-Z_]+$/.test(code) && c.has(code as Own);
  return (code, params = {}) => {
    if (code === null) return "";
    if (own(code))
      return c(code, {
        approved: 0,
        now: 0,
        missing: missingOf(params, locale),
        budget: String(params.budget ?? ""),
        ...pickNumbers(params),
      });
    return known(code) ? t(code, params) : code;
  };
}

/** The note of a request as it was typed; a release that stopped itself leaves a code in its place. */
export function useNoteText(): (note: string) => string {
  const t = useTranslations("errors");
  const c = useTranslations("campaigns.statusReasons");
  return (note) => (note === "AUDIENCE_GREW" ? t(note) : note === "APPROVAL_REQUIRED" ? c(note) : note);
}

const pickNumbers = (params: Params): Record<string, number> =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      name !== "missing" && /^\d{1,15}$/.test(String(value)) ? [[name, Number(value)]] : [],
    ),
  );

/** The amount by which a budget fell short. */
function missingOf(params: Params, locale: string): string {
  const { missing, unit } = params;
  return typeof unit === "string" && /^\d{1,18}$/.test(String(missing)) ? formatMoney(BigInt(String(missing)), unit, locale) : "";
}
