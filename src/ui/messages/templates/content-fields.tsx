"use client";

import { useTranslations } from "next-intl";
import { BlockList } from "./block-list";
import { type Content, isEmail, isPush, isSms, type Language } from "./content";
import { TextField } from "./text-field";

type ContentFieldsProps = { content: Content; language: Language; onChange: (content: Content) => void };

/** The words of one language, as its channel has them. */
export function ContentFields({ content, language, onChange }: ContentFieldsProps) {
  const t = useTranslations("templates.editor.fields");
  if (isEmail(content)) {
    const part = content[language];
    const write = (change: Partial<typeof part>) => onChange({ ...content, [language]: { ...part, ...change } });
    return (
      <>
        <TextField path="subject" label={t("subject")} max={200} value={part.subject} onChange={(subject) => write({ subject })} />
        <TextField
          path="preheader"
          label={t("preheader")}
          max={200}
          required={false}
          hint={t("preheaderHint")}
          value={part.preheader}
          onChange={(preheader) => write({ preheader })}
        />
        <BlockList path="blocks" label={t("blocks")} blocks={part.blocks} onChange={(blocks) => write({ blocks })} least={1} most={60} />
      </>
    );
  }
  if (isSms(content))
    return (
      <TextField
        path="text"
        label={t("sms")}
        max={1_000}
        rows={6}
        value={content[language].text}
        onChange={(text) => onChange({ ...content, [language]: { text } })}
      />
    );
  if (!isPush(content)) return null;
  const part = content[language];
  const write = (change: Partial<typeof part>) => onChange({ ...content, [language]: { ...part, ...change } });
  return (
    <>
      <TextField path="title" label={t("title")} max={120} value={part.title} onChange={(title) => write({ title })} />
      <TextField path="body" label={t("body")} max={300} rows={3} value={part.body} onChange={(body) => write({ body })} />
      <TextField path="url" label={t("url")} max={2_000} address required={false} value={part.url} onChange={(url) => write({ url })} />
    </>
  );
}
