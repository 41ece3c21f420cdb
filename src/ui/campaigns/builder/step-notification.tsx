"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { PLACEHOLDERS } from "@/server/notifications/schema";
import { DEFAULT_TEXTS, type MessageLocale, type MessageText } from "@/server/notifications/texts";
import { MessageFrame } from "../../messages/message-frame";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { SegmentedControl, Switch } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { Input, Textarea } from "../../primitives/input";
import { Skeleton } from "../../primitives/skeleton";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { SendingFields, useSending } from "./sending-fields";
import type { FieldsProps } from "./values";

type StepNotificationProps = FieldsProps & {
  /** Null before the first save; how it is sent belongs to a saved draft. */
  campaignId: string | null;
  expiresAt: Date | null;
  /** What a person gets on average, for the preview; null while nobody knows. */
  amount: bigint | null;
};

/** Whether, how and with which words people are told. */
export function StepNotification(props: StepNotificationProps) {
  const { values, set, campaignId } = props;
  const t = useTranslations("campaigns.editor");
  const sending = useSending(campaignId);
  // A template brings its own words; the simple text is for mail without one.
  const ownText = sending.value === null || (sending.value.channel === "email" && sending.value.templateId === null);
  return (
    <Section title={t("message")}>
      <Switch
        label={t("messageOn")}
        hint={t("messageHint")}
        checked={values.messageEnabled}
        onCheckedChange={(messageEnabled) => set({ messageEnabled }, { messageEnabled })}
      />
      {values.messageEnabled && (
        <>
          <SendingFields sending={sending} />
          {ownText && <OwnText {...props} />}
        </>
      )}
    </Section>
  );
}

function OwnText({ values, set, unit, error, expiresAt, amount }: StepNotificationProps) {
  const t = useTranslations("campaigns.editor");
  const locale = useLocale();
  const [language, setLanguage] = useState<MessageLocale>(locale === "en" ? "en" : "de");
  const own = values.messageTexts[language];
  const text = own ?? DEFAULT_TEXTS[language];
  const write = (next: MessageText | undefined) => {
    const messageTexts = { ...values.messageTexts, [language]: next };
    set({ messageTexts }, { messageTexts });
  };
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <SegmentedControl
          aria-label={t("language")}
          options={[
            { value: "de", label: t("de") },
            { value: "en", label: t("en") },
          ]}
          value={language}
          onValueChange={setLanguage}
        />
        {own && (
          <Button size="sm" variant="ghost" onClick={() => write(undefined)}>
            {t("useDefault")}
          </Button>
        )}
      </div>
      <Field label={t("subject")} error={error("messageTexts")} required>
        {(control) => (
          <Input
            {...control}
            maxLength={LIMITS.subject}
            value={text.subject}
            onChange={(event) => write({ ...text, subject: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t("body")}
        hint={t("placeholders", { list: PLACEHOLDERS.map((name) => `{${name}}`).join(", ") })}
        error={undefined}
        required
      >
        {(control) => (
          <Textarea
            {...control}
            rows={8}
            maxLength={LIMITS.body}
            value={text.body}
            onChange={(event) => write({ ...text, body: event.target.value })}
          />
        )}
      </Field>
      <Preview language={language} text={text} amount={amount} unit={unit} expiresAt={expiresAt} />
    </>
  );
}

type PreviewProps = { language: MessageLocale; text: MessageText; amount: bigint | null; unit: string; expiresAt: Date | null };

function Preview({ language, text, amount, unit, expiresAt }: PreviewProps) {
  const t = useTranslations("campaigns.editor");
  const shop = useShop();
  const preview = trpc.messages.preview.useQuery(
    { shopId: shop.id, locale: language, ...text, amount: String(amount ?? 0n), unit, expiresAt: expiresAt?.toISOString() ?? null },
    { enabled: amount !== null && amount > 0n, placeholderData: (previous) => previous },
  );
  if (amount === null || amount <= 0n) return <p className="text-muted text-sm">{t("previewWait")}</p>;
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium text-sm">{t("preview")}</h3>
      {preview.data ? <MessageFrame subject={preview.data.subject} html={preview.data.html} /> : <Skeleton className="h-48 w-full" />}
    </div>
  );
}
