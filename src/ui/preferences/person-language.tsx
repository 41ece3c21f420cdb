import { cookies } from "next/headers";
import { NextIntlClientProvider } from "next-intl";
import { getLocale } from "next-intl/server";
import type { ReactNode } from "react";
import { isLocale, LOCALE_COOKIE, type Locale, MESSAGES } from "@/messages/index";

/** The language a person was written to in, unless they have chosen another on a page of ours. What their browser prefers comes last. */
export async function personLocale(known: Locale): Promise<Locale> {
  const chosen = (await cookies()).get(LOCALE_COOKIE)?.value;
  return isLocale(chosen) ? chosen : known;
}

/** A page in that language, whatever the one of the request is. */
export async function InLanguage({ locale, children }: { locale: Locale; children: ReactNode }) {
  if (locale === (await getLocale())) return children;
  return (
    <NextIntlClientProvider locale={locale} messages={MESSAGES[locale]} timeZone="UTC">
      <div lang={locale}>{children}</div>
    </NextIntlClientProvider>
  );
}
