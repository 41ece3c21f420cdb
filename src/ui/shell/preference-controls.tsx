"use client";

import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { useSyncExternalStore, useTransition } from "react";
import { LOCALES, type Locale } from "@/messages/index";
import { SegmentedControl } from "../primitives/choice";
import { toastError } from "../primitives/toast";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const isTheme = (value: unknown): value is Theme => THEMES.some((theme) => theme === value);

/** Stores the language and draws the page again in it. `remember` also writes it to the profile of a signed-in person. */
export function useLanguage(remember?: (locale: Locale) => Promise<void>) {
  const t = useTranslations("common.language");
  const router = useRouter();
  const locale = useLocale();
  const [pending, startTransition] = useTransition();
  const setLocale = async (next: Locale) => {
    try {
      const response = await fetch("/api/preferences", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ locale: next }),
      });
      if (!response.ok) throw new Error(`preferences answered ${response.status}`);
      await remember?.(next);
      startTransition(() => router.refresh());
    } catch (error) {
      console.error(error);
      toastError(t("failed"));
    }
  };
  return { locale, setLocale, pending };
}

export function LanguageSwitch({ remember }: { remember?: (locale: Locale) => Promise<void> }) {
  const t = useTranslations("common.language");
  const { locale, setLocale } = useLanguage(remember);
  return (
    <SegmentedControl
      aria-label={t("label")}
      options={LOCALES.map((value) => ({ value, label: <span lang={value}>{t(value)}</span> }))}
      value={locale}
      onValueChange={(next) => void setLocale(next)}
    />
  );
}

const never = () => () => {};
/** The theme lives in the browser's storage; until React has taken over, no choice is shown as made. */
const useMounted = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

export function ThemeSwitch() {
  const t = useTranslations("common.theme");
  const { theme, setTheme } = useTheme();
  const mounted = useMounted();
  return (
    <SegmentedControl
      aria-label={t("label")}
      options={THEMES.map((value) => ({ value, label: t(value) }))}
      value={mounted && isTheme(theme) ? theme : null}
      onValueChange={setTheme}
    />
  );
}
