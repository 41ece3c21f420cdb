"use client";

import { LayoutTemplate, Redo2, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { type ReactNode, useEffect, useState } from "react";
import { Button, IconButton } from "../primitives/button";
import { Card } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { Notice } from "../primitives/states";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { type ExplainedPerson, ExplainPanel } from "./explain-panel";
import { type Keeping, readKept, type SegmentDraft, useKeep } from "./kept-draft";
import { LivePanel } from "./live-panel";
import { QueryText } from "./query-text";
import { RuleTree } from "./rule-group";
import { TagsField } from "./tags-field";
import { TemplateSheet } from "./template-sheet";
import { type QueryDraft, useQueryDraft } from "./use-query-draft";

type SegmentEditorProps = {
  initial: SegmentDraft;
  keeping: Keeping;
  title: string;
  status?: ReactNode;
  saveLabel: string;
  saving: boolean;
  readOnly: boolean;
  /** Buttons beside „Speichern“; what they lead to knows nothing of changes that are not saved. */
  actions?: (changed: boolean) => ReactNode;
  /** Above the editor: a conflict, the archive. */
  notice?: ReactNode;
  /** Below the editor: what is known of the saved segment. */
  children?: ReactNode;
  onSave: (draft: SegmentDraft) => void;
};

const VIEWS = ["rules", "text"] as const;
const sameTags = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((tag, index) => tag === b[index]);

/** Name, rules or text, and beside them who is in it now. */
export function SegmentEditor(props: SegmentEditorProps) {
  const { initial, keeping, title, status, saveLabel, saving, readOnly, actions, notice, children, onSave } = props;
  const t = useTranslations("segments.editor");
  const shop = useShop();
  const [kept, setKept] = useState(() => (readOnly ? null : readKept(keeping)));
  const [name, setName] = useState((kept ?? initial).name);
  const [description, setDescription] = useState((kept ?? initial).description);
  const [tags, setTags] = useState((kept ?? initial).tags);
  const [nameTouched, setNameTouched] = useState(false);
  const [templates, setTemplates] = useState(false);
  const [explained, setExplained] = useState<ExplainedPerson | null>(null);
  const draft = useQueryDraft((kept ?? initial).query);
  const changed =
    name !== initial.name || description !== initial.description || draft.text !== initial.query || !sameTags(tags, initial.tags);
  const open = changed && !saving && !readOnly;
  useLeaveGuard(open);
  useKeep(keeping, open ? { name, description, query: draft.text, tags } : null);
  const discard = () => {
    setKept(null);
    setName(initial.name);
    setDescription(initial.description);
    setTags(initial.tags);
    draft.replace(initial.query);
  };
  const broken = draft.issues.length > 0;
  const blocked = readOnly ? t("readOnly") : broken ? t("fixFirst") : !changed ? t("unchanged") : undefined;
  const save = () => {
    setNameTouched(true);
    if (name.trim() !== "") onSave({ name: name.trim(), description: description.trim(), query: draft.text, tags });
  };
  const query = broken ? null : draft.text;
  return (
    <Page width="normal">
      <PageCrumb label={title} />
      <PageHeader
        title={title}
        status={status}
        actions={
          <>
            {changed && !readOnly && <span className="text-muted text-sm">{t("unsaved")}</span>}
            {actions?.(open)}
            <Button variant="primary" loading={saving} disabledReason={blocked} onClick={save}>
              {saveLabel}
            </Button>
          </>
        }
      />
      {notice}
      {kept && open && <Notice tone="info" title={t("kept")} action={<Button onClick={discard}>{t("discard")}</Button>} />}
      {/* On a phone the count comes right after the rules; beside them on a desk, where the record follows below. */}
      <div className="grid min-w-0 gap-6 lg:grid-cols-[minmax(0,1fr)_19rem] lg:grid-rows-[auto_1fr]">
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
            <TagsField tags={tags} readOnly={readOnly} onChange={setTags} />
          </div>
          <QueryEditor draft={draft} readOnly={readOnly} onTemplates={() => setTemplates(true)} />
        </div>
        <div className="flex min-w-0 flex-col gap-6 lg:col-start-2 lg:row-span-2 lg:row-start-1">
          <LivePanel query={query} onExplain={shop.can("customer.list") ? setExplained : null} />
          {shop.can("customer.list") && <ExplainPanel query={query} person={explained} onPerson={setExplained} />}
        </div>
        {children && <div className="min-w-0">{children}</div>}
      </div>
      <TemplateSheet
        open={templates}
        onOpenChange={setTemplates}
        replaces={draft.text.trim() !== ""}
        onUse={(next, suggested) => {
          draft.replace(next);
          if (name.trim() === "") setName(suggested.slice(0, 200));
          setTemplates(false);
        }}
      />
    </Page>
  );
}

type QueryEditorProps = { draft: QueryDraft; readOnly: boolean; onTemplates: () => void };

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
          <span className="flex items-center gap-1">
            <History draft={draft} />
            <Button variant="ghost" onClick={onTemplates}>
              <LayoutTemplate aria-hidden />
              {t("templates")}
            </Button>
          </span>
        )}
      </div>
      {view === "text" ? (
        <QueryText draft={draft} readOnly={readOnly} />
      ) : (
        <>
          {broken && (
            <Notice tone="warning" title={t("lastValid")} action={<Button onClick={() => void setView("text")}>{t("showText")}</Button>} />
          )}
          <Card className="max-sm:p-3">
            <RuleTree
              root={draft.tree}
              disabled={broken || readOnly}
              outdated={broken}
              onChange={draft.setTree}
              onUndo={() => draft.undo?.()}
              onRedo={() => draft.redo?.()}
            />
          </Card>
        </>
      )}
    </div>
  );
}

/** Always in the same place, so that the focus stays when there is nothing more to undo. */
function History({ draft }: { draft: QueryDraft }) {
  const t = useTranslations("segments.rules");
  return (
    <>
      <IconButton label={t("undo")} aria-disabled={draft.undo === null || undefined} onClick={() => draft.undo?.()}>
        <Undo2 aria-hidden />
      </IconButton>
      <IconButton label={t("redo")} aria-disabled={draft.redo === null || undefined} onClick={() => draft.redo?.()}>
        <Redo2 aria-hidden />
      </IconButton>
    </>
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
