"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { MessageBody } from "../messages/message-body";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { Skeleton } from "../primitives/skeleton";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Preview = NonNullable<RouterOutput["campaigns"]["messagePreview"]>;

/** `hash` is that of the request for approval that is looked at, if there is one. */
type MessagePreviewProps = { campaignId: string; hash?: string | null; open: boolean };

/** What customers would read: rendered for one of them, in each language. Where many wait, it is fetched when somebody asks. */
export function MessagePreview({ campaignId, hash, open }: MessagePreviewProps) {
  const t = useTranslations("approvals.message");
  const shop = useShop();
  const errorText = useErrorText();
  const [asked, setAsked] = useState(open);
  const preview = trpc.campaigns.messagePreview.useQuery({ shopId: shop.id, id: campaignId, hash }, { enabled: asked });
  return (
    <section className="flex flex-col gap-2 text-sm">
      <h3 className="font-medium">{t("title")}</h3>
      {!asked ? (
        <Button size="sm" className="self-start" onClick={() => setAsked(true)}>
          {t("show")}
        </Button>
      ) : preview.error ? (
        <p role="alert" className="text-danger">
          {errorText(preview.error)}
        </p>
      ) : preview.isPending ? (
        <Skeleton className="h-48 w-full" />
      ) : preview.data ? (
        <Message preview={preview.data} />
      ) : (
        <p className="text-muted">{t("none")}</p>
      )}
    </section>
  );
}

function Message({ preview }: { preview: Preview }) {
  const t = useTranslations("approvals.message");
  const c = useTranslations("campaigns.sending.channels");
  const locale = useLocale();
  const { languages } = preview;
  // What most people read comes first.
  const [language, setLanguage] = useState(languages.toSorted((a, b) => b.people - a.people)[0]?.locale);
  const shown = languages.find((one) => one.locale === language);
  if (!shown) return null;
  const readers = t("readers", { count: shown.people, people: formatNumber(shown.people, locale) });
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <SegmentedControl
          aria-label={t("language")}
          options={languages.map((one) => ({ value: one.locale, label: t(`languages.${one.locale}`) }))}
          value={shown.locale}
          onValueChange={setLanguage}
        />
        <span className="text-muted">
          {c(preview.channel)}, {readers}
        </span>
      </div>
      <p className="text-muted">{shown.recipient === null ? t("invented") : t("for", { name: shown.recipient })}</p>
      <div className="[&_iframe]:h-120">
        <MessageBody key={shown.locale} body={shown} />
      </div>
    </>
  );
}
