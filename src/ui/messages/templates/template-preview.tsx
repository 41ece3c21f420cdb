"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { customerName } from "@/server/customers/schema";
import { Card } from "../../primitives/card";
import { SegmentedControl } from "../../primitives/choice";
import { cn } from "../../primitives/class-names";
import { Combobox } from "../../primitives/combobox";
import { Skeleton } from "../../primitives/skeleton";
import { ErrorState, Notice } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { MessageFrame } from "../message-frame";
import { TroubleText } from "../trouble-text";
import type { TemplateView } from "./content";
import { type Scheme, SchemeSwitch } from "./scheme-switch";

type Preview = RouterOutput["messages"]["templates"]["preview"];
export type Recipient = { id: string; name: string };

type TemplatePreviewProps = {
  channel: TemplateView["channel"];
  preview: Preview | undefined;
  /** What is written does not render; `preview` is the last text that did. */
  older: boolean;
  error: unknown;
  onRetry: () => void;
  recipient: Recipient | null;
  onRecipient: (recipient: Recipient | null) => void;
};

/** The message as the chosen customer would get it, from the same renderer that sends. */
export function TemplatePreview({ channel, preview, older, error, onRetry, recipient, onRecipient }: TemplatePreviewProps) {
  const t = useTranslations("templates.preview");
  const [width, setWidth] = useState<"wide" | "narrow">("wide");
  const [scheme, setScheme] = useState<Scheme>("light");
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <RecipientPicker value={recipient} onChange={onRecipient} />
      {channel === "email" && (
        <div className="flex flex-wrap gap-2">
          <SegmentedControl
            aria-label={t("width")}
            options={[
              { value: "wide", label: t("wide") },
              { value: "narrow", label: t("narrow") },
            ]}
            value={width}
            onValueChange={setWidth}
          />
          <SchemeSwitch value={scheme} onChange={setScheme} />
        </div>
      )}
      {error ? (
        <ErrorState error={error} onRetry={onRetry} />
      ) : preview === undefined ? (
        <Skeleton className="h-80 w-full" />
      ) : (
        <>
          {older && <p className="text-muted text-sm">{t("older")}</p>}
          {preview.exampleCredit && <Notice tone="info" title={t("exampleCredit")} />}
          <Message preview={preview} narrow={width === "narrow"} dark={scheme === "dark"} />
        </>
      )}
    </div>
  );
}

/** While a value is half-typed nothing renders: the last text that did, of the same language and person, stays in sight. */
export function useLastGood({ data, isPlaceholderData }: { data: Preview | undefined; isPlaceholderData: boolean }, about: string) {
  const [good, setGood] = useState<{ preview: Preview; about: string } | null>(null);
  if (data && data.broken === null && !isPlaceholderData && good?.preview !== data) setGood({ preview: data, about });
  const older = data !== undefined && data.broken !== null && good?.about === about;
  return { preview: older ? good.preview : data, older };
}

/** The reader's device decides which of the two a mail shows; here the person who writes it does. */
export const inScheme = (html: string, scheme: "light" | "dark"): string =>
  html.replaceAll("(prefers-color-scheme:dark)", scheme === "dark" ? "all" : "not all");

function Message({ preview, narrow, dark }: { preview: Preview; narrow: boolean; dark: boolean }) {
  const t = useTranslations("templates.preview");
  if (preview.broken !== null)
    return (
      <Notice tone="danger" title={t("broken")}>
        {preview.issues.every(({ level }) => level !== "error") && <TroubleText words={preview.broken} />}
      </Notice>
    );
  if (preview.sms)
    return (
      <Card>
        <p className="whitespace-pre-wrap text-sm [overflow-wrap:anywhere]">{preview.text}</p>
        <p className="tabular mt-3 text-muted text-xs">
          {t("segments", { count: preview.sms.count, characters: preview.sms.characters, perSegment: preview.sms.perSegment })}{" "}
          {t("encoding", { encoding: preview.sms.encoding })}
        </p>
      </Card>
    );
  if (preview.push)
    return (
      <Card>
        <p className="font-medium text-sm [overflow-wrap:anywhere]">{preview.push.title}</p>
        <p className="whitespace-pre-wrap text-sm [overflow-wrap:anywhere]">{preview.push.body}</p>
        {preview.push.url && <p className="mt-2 text-muted text-xs [overflow-wrap:anywhere]">{preview.push.url}</p>}
      </Card>
    );
  const html = inScheme(preview.html, dark ? "dark" : "light");
  return (
    <div className={cn("min-w-0 [&_iframe]:h-160", narrow && "max-w-90")}>
      <MessageFrame subject={preview.subject} html={html} />
    </div>
  );
}

function RecipientPicker({ value, onChange }: { value: Recipient | null; onChange: (recipient: Recipient | null) => void }) {
  const t = useTranslations("templates.preview");
  const shop = useShop();
  const utils = trpc.useUtils();
  if (!shop.can("customer.list")) return <p className="text-muted text-sm">{t("sample")}</p>;
  const search = async (query: string, signal: AbortSignal) => {
    const { rows } = await utils.client.customers.list.query({ shopId: shop.id, search: query, limit: 20 }, { signal });
    return rows.map((row) => ({ value: row.id, label: customerName(row), description: row.email ?? undefined }));
  };
  return (
    <Combobox
      aria-label={t("recipient")}
      className="w-72 max-w-full"
      search={search}
      value={value?.id ?? null}
      valueLabel={value?.name}
      placeholder={t("sample")}
      clearable
      onValueChange={(id, option) => onChange(id === null ? null : { id, name: option?.label ?? id })}
    />
  );
}
