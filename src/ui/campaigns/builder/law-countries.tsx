"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatNumber } from "../../format";
import type { Simulation } from "../receipt";

type LawCountriesProps = { law: NonNullable<Simulation["expiryLaw"]> };

/** The rest is summed up: what matters is which rule holds for most. */
const SHOWN = 5;

/** Whose law was looked at, and where the app knows none. */
export function LawCountries({ law }: LawCountriesProps) {
  const t = useTranslations("campaigns.law");
  const locale = useLocale();
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const rest = law.countries.length - SHOWN;
  if (law.countries.length === 0) return null;
  return (
    <div className="flex flex-col gap-1 text-muted text-xs">
      <p>{t("applied")}</p>
      <ul aria-label={t("countries")} className="flex flex-col gap-0.5">
        {law.countries.slice(0, SHOWN).map(({ country, people, known }) => (
          <li key={country}>
            {names.of(country) ?? country}: {t("people", { count: people, people: formatNumber(people, locale) })},{" "}
            {t(known ? "own" : "cautious")}
          </li>
        ))}
        {rest > 0 && <li>{t("more", { count: rest })}</li>}
      </ul>
      {law.stricter > 0 && <p>{t("stricter", { people: law.stricter })}</p>}
    </div>
  );
}
