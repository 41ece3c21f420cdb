import type { Metadata } from "next";
import { getLocale, getTranslations } from "next-intl/server";
import { isLocale } from "@/messages/index";
import { viewOptIn } from "@/server/notifications/consent/opt-in";
import { Entrance } from "@/ui/auth/entrance";
import { InLanguage, personLocale } from "@/ui/preferences/person-language";
import { Button } from "@/ui/primitives/button";

export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false, follow: false } };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<{ done?: string }> };

/** The second step of the double opt-in, in the language of its mail. Opening the page confirms nothing; its button does. */
export default async function ConfirmPage({ params, searchParams }: Props) {
  const { token } = await params;
  const { done } = await searchParams;
  const view = done ? null : await viewOptIn(token);
  const shown = view?.locale ?? done;
  const locale = await (isLocale(shown) ? personLocale(shown) : getLocale());
  const t = await getTranslations({ locale, namespace: "preferences" });
  return (
    <InLanguage locale={locale}>
      {done ? (
        <Entrance title={t("confirmedTitle")}>{t("confirmedText")}</Entrance>
      ) : view ? (
        <Entrance title={t("confirmTitle", { shop: view.shop })} text={t("confirmText", { shop: view.shop })}>
          <form method="post" action={`/confirm/${token}/save`}>
            <input type="hidden" name="language" value={locale} />
            <Button type="submit" variant="primary">
              {t("confirm")}
            </Button>
          </form>
        </Entrance>
      ) : (
        <Entrance title={t("goneTitle")}>{t("goneText")}</Entrance>
      )}
    </InLanguage>
  );
}
