import { useLocale } from "next-intl";
import { useMemo } from "react";
import type { ComboboxOption } from "../primitives/combobox";

/** Codes that have a name but are no country a shop can be in: groups, test codes, "unknown". */
const NO_COUNTRY = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

const byLabel = (locale: string) => {
  const collator = new Intl.Collator(locale);
  return (a: ComboboxOption, b: ComboboxOption) => collator.compare(a.label, b.label);
};

/** Countries by name in the reader's language, from the browser's own data. */
export function useCountries(): ComboboxOption[] {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
    const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter((code) => !NO_COUNTRY.has(code));
    return codes
      .flatMap((value) => {
        const label = names.of(value);
        return label ? [{ value, label, description: value }] : [];
      })
      .sort(byLabel(locale));
  }, [locale]);
}

export function useCurrencies(): ComboboxOption[] {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: "currency" });
    return Intl.supportedValuesOf("currency").map((value) => ({ value, label: `${value} · ${names.of(value) ?? value}` }));
  }, [locale]);
}

/** IANA zones; `current` is kept even if this browser lists it under another name. */
export function useTimeZones(current: string): ComboboxOption[] {
  return useMemo(
    () =>
      [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", current])].map((value) => ({ value, label: value.replaceAll("_", " ") })),
    [current],
  );
}
