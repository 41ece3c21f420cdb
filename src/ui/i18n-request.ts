import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { isLocale, LOCALE_COOKIE, MESSAGES } from "../messages/index";
import { negotiateLocale } from "../messages/negotiate-locale";

export default getRequestConfig(async ({ locale: explicit }) => {
  const locale = isLocale(explicit)
    ? explicit
    : negotiateLocale((await cookies()).get(LOCALE_COOKIE)?.value, (await headers()).get("accept-language"));
  // Times are always formatted in a shop's own zone (src/ui/format.ts); UTC keeps a forgotten zone from following the server's.
  return { locale, messages: MESSAGES[locale], timeZone: "UTC" };
});
