import type { Metadata } from "next";
import { getLocale, getTranslations } from "next-intl/server";
import { viewPreferences } from "@/server/notifications/consent/preferences";
import { Entrance } from "@/ui/auth/entrance";
import { InLanguage, personLocale } from "@/ui/preferences/person-language";
import { PreferencesForm } from "@/ui/preferences/preferences-form";
import { PushButton } from "@/ui/preferences/push-button";

// The token must not travel in a Referer header or be indexed.
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false, follow: false } };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<{ saved?: string }> };

/** What a person wants to receive, in their language: reached from every message, without sign-in. Opening it changes nothing. */
export default async function PreferencesPage({ params, searchParams }: Props) {
  const { token } = await params;
  const view = await viewPreferences(token);
  const locale = await (view ? personLocale(view.locale) : getLocale());
  const t = await getTranslations({ locale, namespace: "preferences" });
  if (!view) return <Entrance title={t("invalidTitle")}>{t("invalidText")}</Entrance>;
  const { saved } = await searchParams;
  return (
    <InLanguage locale={locale}>
      <Entrance title={t("title", { shop: view.shop })} text={view.address ? t("text", { address: view.address }) : t("textNoAddress")}>
        <div className="flex flex-col gap-6">
          {saved && (
            <p role="status" className="rounded-md border border-line bg-raised px-3 py-2 text-base text-ink">
              {t("saved")}
            </p>
          )}
          <PreferencesForm token={token} choices={view} locale={locale} />
          {!view.objected && <PushButton token={token} />}
        </div>
      </Entrance>
    </InLanguage>
  );
}
