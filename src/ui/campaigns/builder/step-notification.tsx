"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS, termsTold } from "@/server/campaigns/schema";
import { CREDIT_PLACEHOLDERS, PLACEHOLDERS } from "@/server/notifications/schema";
import { DEFAULT_TEXTS, type MessageLocale, type MessageText } from "@/server/notifications/texts";
import { formatMoney } from "../../format";
import { LiquidInput } from "../../messages/liquid/liquid-input";
import { usePlaceholders } from "../../messages/liquid/use-vocabulary";
import { MessageFrame } from "../../messages/message-frame";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { SegmentedControl, Switch } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { Skeleton } from "../../primitives/skeleton";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { MessagePreview } from "../message-preview";
import { SendingFields, useSending } from "./sending-fields";
import type { FieldsProps } from "./values";

const NOTHING: MessageText = { subject: "", body: "" };

type StepNotificationProps = FieldsProps & {
  /** Null before the first save; how it is sent belongs to a saved draft. */
  campaignId: string | null;
  expiresAt: Date | null;
  /** What a person gets on average, for the preview; null while nobody knows. */
  amount: bigint | null;
};

/** Whether, how and with which words people are told. */
export function StepNotification(props: StepNotificationProps) {
  const { values, set, campaignId, error } = props;
  const t = useTranslations("campaigns.editor");
  const m = useTranslations("campaigns.messageOnly");
  const gives = values.offer.type !== "none";
  const sending = useSending(campaignId);
  // A template brings its own words; the simple text is for mail without one.
  const ownText = sending.value === null || (sending.value.channel === "email" && sending.value.templateId === null);
  return (
    <Section title={t("message")}>
      {gives || !values.messageEnabled ? (
        <Switch
          label={t("messageOn")}
          hint={t("messageHint")}
          checked={values.messageEnabled}
          onCheckedChange={(messageEnabled) => set({ messageEnabled }, { messageEnabled })}
        />
      ) : (
        <p className="max-w-prose text-muted text-sm">{m("messageText")}</p>
      )}
      {values.messageEnabled && (
        <>
          <SendingFields sending={sending} kind={gives ? "credit_granted" : "campaign_message"} />
          {ownText ? (
            <OwnText {...props} />
          ) : (
            <>
              {!sending.value?.templateGone && <MissingWords problem={error("messageTexts")} />}
              {campaignId !== null && <MessagePreview campaignId={campaignId} open />}
            </>
          )}
        </>
      )}
    </Section>
  );
}

/** Where a template is to bring the words, there is no field that could show what is missing. */
function MissingWords({ problem }: { problem: string | undefined }) {
  if (!problem) return null;
  return (
    <p role="alert" className="text-danger text-sm">
      {problem}
    </p>
  );
}

function OwnText({ values, set, unit, error, expiresAt, amount }: StepNotificationProps) {
  const t = useTranslations("campaigns.editor");
  const locale = useLocale();
  const [language, setLanguage] = useState<MessageLocale>(locale === "en" ? "en" : "de");
  const m = useTranslations("campaigns.messageOnly");
  const gives = values.offer.type !== "none";
  const kind = gives ? "credit_granted" : "campaign_message";
  const vocabulary = usePlaceholders(kind, language, amount !== null && amount > 0n ? formatMoney(amount, unit, language) : null);
  const own = values.messageTexts[language];
  // No news fits everybody: without credit there is no standard text.
  const text = own ?? (gives ? DEFAULT_TEXTS[language] : NOTHING);
  const placeholders = gives ? PLACEHOLDERS : PLACEHOLDERS.filter((name) => !CREDIT_PLACEHOLDERS.some((credit) => credit === name));
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
            {gives ? t("useDefault") : m("clear")}
          </Button>
        )}
      </div>
      <Field label={t("subject")} error={error("messageTexts")} required>
        {(control) => (
          <LiquidInput
            key={language}
            {...{ control, vocabulary }}
            max={LIMITS.subject}
            value={text.subject}
            onChange={(subject) => write({ ...text, subject })}
          />
        )}
      </Field>
      <Field
        label={t("body")}
        hint={t("placeholders", { list: placeholders.map((name) => `{${name}}`).join(", ") })}
        error={undefined}
        required
      >
        {(control) => (
          <LiquidInput
            key={language}
            {...{ control, vocabulary }}
            rows={8}
            max={LIMITS.body}
            value={text.body}
            onChange={(body) => write({ ...text, body })}
          />
        )}
      </Field>
      {!gives && <p className="text-muted text-sm">{m("languageHint")}</p>}
      <Preview {...{ language, text, amount, unit, expiresAt, gives }} terms={gives ? termsTold(values.terms) : null} />
    </>
  );
}

type PreviewProps = {
  language: MessageLocale;
  text: MessageText;
  amount: bigint | null;
  unit: string;
  expiresAt: Date | null;
  gives: boolean;
  terms: ReturnType<typeof termsTold>;
};

function Preview({ language, text, amount, unit, expiresAt, gives, terms }: PreviewProps) {
  const t = useTranslations("campaigns.editor");
  const m = useTranslations("campaigns.messageOnly");
  const shop = useShop();
  const ready = gives ? amount !== null && amount > 0n : text.subject.trim() !== "" && text.body.trim() !== "";
  const kind = gives ? "credit_granted" : "campaign_message";
  const preview = trpc.messages.preview.useQuery(
    {
      shopId: shop.id,
      kind,
      locale: language,
      ...text,
      amount: String(amount ?? 0n),
      unit,
      expiresAt: expiresAt?.toISOString() ?? null,
      terms,
    },
    { enabled: ready, placeholderData: (previous) => previous },
  );
  if (!ready) return <p className="text-muted text-sm">{gives ? t("previewWait") : m("previewWait")}</p>;
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium text-sm">{t("preview")}</h3>
      {preview.data ? <MessageFrame subject={preview.data.subject} html={preview.data.html} /> : <Skeleton className="h-48 w-full" />}
    </div>
  );
}
