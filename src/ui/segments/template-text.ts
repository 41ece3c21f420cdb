"use client";

import { useTranslations } from "next-intl";

/** Title and purpose of a template by its key; a template without words yet shows its key instead of nothing. */
export function useTemplateText(): (key: string) => { title: string; purpose: string } {
  const t = useTranslations("segments.strategies");
  type Key = Parameters<typeof t>[0];
  const isKey = (key: string): key is Key => t.has(key as Key);
  const word = (key: string, otherwise: string) => (isKey(key) ? t(key) : otherwise);
  return (key) => ({ title: word(`${key}.title`, key), purpose: word(`${key}.purpose`, "") });
}
