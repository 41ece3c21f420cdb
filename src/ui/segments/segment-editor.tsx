"use client";

import { LayoutTemplate } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { Notice } from "../primitives/states";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { ExplainPanel } from "./explain-panel";
import { LivePanel } from "./live-panel";
import { QueryText } from "./query-text";
import { RuleTree } from "./rule-group";
import { TemplateSheet } from "./template-sheet";
import { useQueryDraft } from "./use-query-draft";

export type SegmentDraft = { name: string; description: string; query: string };

type SegmentEditorProps = {
  initial: SegmentDraft;
  title: string;
  status?: ReactNode;
  saveLabel: string;
  saving: boolean;
  readOnly: boolean;
  /** Buttons beside „Speichern“. */
  actions?: ReactNode;
  /** Above the editor: a conflict, the archive. */
  notice?: ReactNode;
  onSave: (draft: SegmentDraft) => void;
};

const VIEWS = ["rules", "text"] as const;

/** Name, rules or text, and beside them who is in it now. */
export function SegmentEditor({ initial, title, status, saveLabel, saving, readOnly, actions, notice, onSave }: SegmentEditorProps) {
  const t = useTranslations("segments.editor");
  const shop = useShop();
  const [name, setName] = useState(initial.name);
  const [description, setDescription] = useState(initial.description);
  const [nameTouched, setNameTouched] = useState(false);
  const [templates, setTemplates] = useState(false);
  const draft = useQueryDraft(initial.query);
  const changed = name !== initial.name || description !== initial.description || draft.text !== initial.query;
  useLeaveGuard(changed && !saving && !readOnly);
  const broken = draft.issues.length > 0;
  const blocked = readOnly ? t("readOnly") : broken ? t("fixFirst") : !changed ? t("unchanged") : undefined;
  const save = () => {
    setNameTouched(true);
    if (name.trim() !== "") onSave({ name: name.trim(), description: description.trim(), query: draft.text });
  };
  return (
    <Page width="normal">
      <PageCrumb label={title} />
      <PageHeader
        title={title}
        status={status}
        actions={
          <>
            {changed && !readOnly && <span className="text-muted text-sm">{t("unsaved")}</span>}
            {actions}
            <Button variant="primary" loading={saving} disabledReason={blocked} onClick={save}>
              {saveLabel}
            </Button>
          </>
        }
      />
      {notice}
      <div className="grid min-w-0 gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t("name")} required error={nameTouched && name.trim() === "" ? t("nameMissing") : undefined}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={200}
                  readOnly={readOnly}
                  placeholder={t("namePlaceholder")}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
            </Field>
            <Field label={t("descriptionLabel")} error={undefined}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={2000}
                  readOnly={readOnly}
                  value={description}
                  onChange={(event) => setDescription(event.target.value)}
                />
              )}
            </Field>
          </div>
          <QueryEditor draft={draft} readOnly={readOnly} onTemplates={() => setTemplates(true)} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <LivePanel query={broken ? null : draft.text} />
          {shop.can("customer.list") && <ExplainPanel query={broken ? null : draft.text} />}
        </div>
      </div>
      <TemplateSheet
        open={templates}
        onOpenChange={setTemplates}
        onUse={(query, suggested) => {
          draft.setText(query);
          if (name.trim() === "") setName(suggested.slice(0, 200));
          setTemplates(false);
        }}
      />
    </Page>
  );
}

type QueryEditorProps = { draft: ReturnType<typeof useQueryDraft>; readOnly: boolean; onTemplates: () => void };

/** The two forms of the query. The choice stands in the URL. */
function QueryEditor({ draft, readOnly, onTemplates }: QueryEditorProps) {
  const t = useTranslations("segments.editor");
  const [view, setView] = useQueryState("view", parseAsStringLiteral(VIEWS).withDefault("rules"));
  const broken = draft.issues.length > 0;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <SegmentedControl
          aria-label={t("view")}
          options={VIEWS.map((value) => ({ value, label: t(value) }))}
          value={view}
          onValueChange={(value) => void setView(value)}
        />
        {!readOnly && (
          <Button variant="ghost" onClick={onTemplates}>
            <LayoutTemplate aria-hidden />
            {t("templates")}
          </Button>
        )}
      </div>
      {view === "text" ? (
        <QueryText
          text={draft.text}
          issues={draft.issues}
          readOnly={readOnly}
          onChange={draft.setText}
          onFormat={readOnly || broken || draft.text.trim() === "" ? null : draft.format}
        />
      ) : (
        <>
          {broken && (
            <Notice tone="warning" title={t("lastValid")} action={<Button onClick={() => void setView("text")}>{t("showText")}</Button>} />
          )}
          <Card>
            <RuleTree root={draft.tree} disabled={broken || readOnly} onChange={draft.setTree} />
          </Card>
        </>
      )}
    </div>
  );
}

/** The browser asks before it throws unsaved work away. */
function useLeaveGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [active]);
}
