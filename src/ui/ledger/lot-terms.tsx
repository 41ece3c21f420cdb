"use client";

import { useLocale, useTranslations } from "next-intl";
import type { LotTerms } from "@/server/ledger/schema";
import { formatMoney } from "../format";

/** On which orders a lot can be spent, as short sentences. */
export function useTermsText(): (terms: LotTerms, unit: string) => string[] {
  const t = useTranslations("ledger.lots.terms");
  const locale = useLocale();
  return ({ minOrder, include, exclude, firstOrderOnly, noDiscounts }, unit) => {
    const listed = (list: LotTerms["include"]) => {
      const names = list ? [...list.collections, ...list.products] : [];
      return names.length > 4 ? [...names.slice(0, 4), t("more", { count: names.length - 4 })].join(", ") : names.join(", ");
    };
    return [
      ...(minOrder === null ? [] : [t("minOrder", { amount: formatMoney(minOrder, unit, locale) })]),
      ...(include ? [t("include", { list: listed(include) })] : []),
      ...(exclude ? [t("exclude", { list: listed(exclude) })] : []),
      ...(firstOrderOnly ? [t("firstOrderOnly")] : []),
      ...(noDiscounts ? [t("noDiscounts")] : []),
    ];
  };
}
