"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Redo2, Undo2 } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { Badge } from "../../primitives/badge";
import { Button, IconButton } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { SegmentedControl } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { Page, PageHeader } from "../../primitives/page-header";
import { Notice } from "../../primitives/states";
import { useLate } from "../../primitives/use-late";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { useVocabulary } from "../liquid/use-vocabulary";
import { type Content, LANGUAGES, type Language, languageOfStep, type TemplateView } from "./content";
import { ContentFields } from "./content-fields";
import { Findings, fieldAt } from "./findings";
import { TemplateActions } from "./template-actions";
import { type Recipient, TemplatePreview, useLastGood } from "./template-preview";
import { EditingProvider } from "./text-field";
import { RESTING_MS, useDraft } from "./use-draft";

const NONE: readonly [] = [];

type TemplateEditorProps = { which: string; template: TemplateView; onOpen: (which: string | null) => void };

/** One template: its words in both languages at the left, what arrives at the right. */
export function TemplateEditor({ which, template, onOpen }: TemplateEditorProps) {
  const t = useTranslations("templates");
  const kind = useTranslations("messages.kind");
  const shop = useShop();
  const locale = useLocale();
  const [language, setLanguage] = useState<Language>(locale);
  const [recipient, setRecipient] = useState<Recipient | null>(null);
  const draft = useDraft(`template ${shop.id} ${which}`, template, kind(template.kind));
  const variables = trpc.messages.templates.variables.useQuery(
    { shopId: shop.id, kind: template.kind, customerId: recipient?.id ?? null },
    { placeholderData: keepPreviousData },
  );
  const vocabulary = useVocabulary(variables.data ?? NONE, language);
  /** The field that is being typed in, so that a word is one step to undo. */
  const typing = useRef<string | null>(null);
  const write = (content: Content) => {
    draft.setContent(content, typing.current);
    typing.current = null;
  };
  const [place, setPlace] = useState<string | null>(null);
  const step = (move: (() => Content) | null) => {
    if (!move) return;
    const changed = languageOfStep(draft.content, move(), language);
    if (changed === language) return;
    setPlace(document.activeElement?.closest<HTMLElement>("[data-place]")?.dataset.place ?? null);
    setLanguage(changed);
  };
  // The fields of the other language are others: whoever undoes by key goes on in the same one.
  useEffect(() => {
    if (place === null) return;
    fieldAt(place)?.focus({ preventScroll: true });
    setPlace(null);
  }, [place]);
  const late = useLate(draft.content, RESTING_MS);
  const preview = trpc.messages.templates.preview.useQuery(
    {
      ...{ shopId: shop.id, kind: template.kind, channel: template.channel },
      ...{ content: late, locale: language, customerId: recipient?.id ?? null },
    },
    { placeholderData: keepPreviousData, retry: false },
  );
  const shown = useLastGood(preview, `${language} ${recipient?.id ?? ""}`);
  const issues = preview.data?.issues ?? template.issues;
  const readOnly = !shop.can("message.write");
  const count = (of: Language) => issues.filter((issue) => issue.locale === of && issue.path !== "footer").length;
  return (
    <Page width="wide">
      <PageHeader
        title={kind(template.kind)}
        status={<Badge tone={template.builtIn ? "neutral" : "accent"}>{template.builtIn ? t("standard") : t("own")}</Badge>}
        description={`${t(`channels.${template.channel}`)} · ${template.builtIn ? t("builtIn") : t("ownVersion", { version: template.version ?? 1 })}`}
        actions={
          <TemplateActions template={template} draft={draft} language={language} recipientId={recipient?.id ?? null} onOpen={onOpen} />
        }
      />
      {draft.restored && (
        <Notice
          tone="info"
          title={t("editor.restored")}
          action={
            <Button size="sm" onClick={draft.discard}>
              {t("editor.discard")}
            </Button>
          }
        >
          {t("editor.restoredText")}
        </Notice>
      )}
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-2">
        <Section
          title={t("editor.words")}
          description={readOnly ? undefined : t("liquid.hint", { open: "{{", tag: "{%", bar: "|" })}
          actions={
            <>
              {!readOnly && (
                <span className="flex gap-0.5">
                  <IconButton label={t("editor.undo")} aria-disabled={draft.undo === null || undefined} onClick={() => step(draft.undo)}>
                    <Undo2 aria-hidden />
                  </IconButton>
                  <IconButton label={t("editor.redo")} aria-disabled={draft.redo === null || undefined} onClick={() => step(draft.redo)}>
                    <Redo2 aria-hidden />
                  </IconButton>
                </span>
              )}
              <SegmentedControl
                aria-label={t("editor.language")}
                options={LANGUAGES.map((value) => ({
                  value,
                  label: count(value) > 0 ? `${t(`languages.${value}`)} (${count(value).toString()})` : t(`languages.${value}`),
                }))}
                value={language}
                onValueChange={setLanguage}
              />
            </>
          }
        >
          <EditingProvider
            value={{
              ...{ language, issues, vocabulary, readOnly },
              onType: (path) => {
                typing.current = `${language} ${path}`;
              },
              onUndo: () => step(draft.undo),
              onRedo: () => step(draft.redo),
            }}
          >
            {/* Disables whatever stands in it: who may only read sees the same page. */}
            <fieldset disabled={readOnly} className="flex min-w-0 flex-col gap-4">
              <legend className="sr-only">{t("editor.words")}</legend>
              <Field label={t("editor.name")} error={draft.name.trim() === "" ? t("editor.nameMissing") : undefined} required>
                {(control) => (
                  <Input {...control} maxLength={120} value={draft.name} onChange={(event) => draft.setName(event.target.value)} />
                )}
              </Field>
              <ContentFields key={language} content={draft.content} language={language} onChange={write} />
            </fieldset>
          </EditingProvider>
        </Section>
        {/* Stays in sight while one writes further down. */}
        <div className="min-w-0 lg:sticky lg:top-16 lg:self-start">
          <Section title={t("preview.title")} description={t("preview.description")}>
            {/* Beside the fields and not above them: what one writes must not jump because of it. */}
            <Findings issues={issues} language={language} content={draft.content} />
            <TemplatePreview
              channel={template.channel}
              {...shown}
              error={preview.error}
              onRetry={() => void preview.refetch()}
              recipient={recipient}
              onRecipient={setRecipient}
            />
          </Section>
        </div>
      </div>
    </Page>
  );
}
