"use client";

import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useId, useMemo, useRef } from "react";
import { isAttribute, isFunction, valueKindOf } from "@/server/segments/fields";
import type { Suggestion } from "@/server/segments/language/complete";
import { customKey, type Issue, LIMITS, PARAMETER_NAMES } from "@/server/segments/schema";
import { Button } from "../primitives/button";
import { Skeleton } from "../primitives/skeleton";
import type { CompletionTexts, ValuePlace } from "./code-complete";
import type { CodeEditorHandle } from "./code-editor";
import { positionOf, useIssueText } from "./issue-text";
import { useEnumLabel, useSubjectLabel } from "./labels";
import type { QueryDraft } from "./use-query-draft";
import { useValueSearch } from "./value-search";
import { useVocabulary } from "./vocabulary";

// The editor is a third of the page's code; who works with the rules does not load it.
const CodeEditor = dynamic(() => import("./code-editor").then((module) => module.CodeEditor), {
  ssr: false,
  loading: () => <Skeleton className="h-40 w-full" />,
});

/** The query as text: coloured, with errors at their characters and suggestions for the word at the caret. */
export function QueryText({ draft, readOnly }: { draft: QueryDraft; readOnly: boolean }) {
  const t = useTranslations("segments.textEditor");
  const id = useId();
  const editor = useRef<CodeEditorHandle>(null);
  const issueText = useIssueText();
  const completion = useCompletionTexts();
  const { text, issues } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words follow the issues; their function is new with every render
  const diagnostics = useMemo(() => issues.map((issue) => ({ from: issue.from, to: issue.to, message: issueText(issue) })), [issues]);
  return (
    <div className="flex flex-col gap-2">
      <div className="min-h-40 rounded-md border border-line-strong bg-surface focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
        <CodeEditor
          ref={editor}
          text={text}
          diagnostics={diagnostics}
          onChange={draft.setText}
          onUndo={() => draft.undo?.()}
          onRedo={() => draft.redo?.()}
          completion={completion}
          label={t("label")}
          describedBy={`${id}-hint ${id}-issues`}
          placeholder={t("placeholder")}
          readOnly={readOnly}
          maxLength={LIMITS.text}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p id={`${id}-hint`} className="text-muted text-xs">
          {text.trim() === "" ? `${t("everyone")} ${t("hint")}` : t("hint")}
        </p>
        {!readOnly && issues.length === 0 && text.trim() !== "" && (
          <Button size="sm" variant="ghost" onClick={draft.format}>
            {t("format")}
          </Button>
        )}
      </div>
      <Issues
        id={`${id}-issues`}
        text={text}
        issues={issues}
        onGo={(issue) => editor.current?.select(issue.from, Math.max(issue.to, issue.from))}
      />
    </div>
  );
}

/** Words beside names, and values of this shop, for the list at the caret. */
function useCompletionTexts(): CompletionTexts {
  const t = useTranslations("segments.parameters");
  const subjectLabel = useSubjectLabel();
  const enumLabel = useEnumLabel();
  const searchValues = useValueSearch();
  const { parse } = useVocabulary();
  const wordFor = ({ kind, text }: Suggestion): string | undefined => {
    const parameter = PARAMETER_NAMES.find((name) => name === text);
    if (kind === "parameter") return parameter && t(parameter);
    if (kind === "value") {
      const value = text.replaceAll("'", "");
      const word = enumLabel(value);
      return word === value ? undefined : word;
    }
    if (text.startsWith("anniversary(")) return subjectLabel("anniversary");
    return isAttribute(text) || isFunction(text) ? subjectLabel(text) : undefined;
  };
  return {
    parse,
    wordFor,
    values: async (place, search, signal) => {
      const kind = kindOf(place);
      if (!kind) return [];
      const found = await searchValues(kind, "attribute" in place ? customKey(place.attribute)?.key : undefined)(search, signal);
      return found.map(({ value, label }) => ({ value, label }));
    },
  };
}

function kindOf(place: ValuePlace) {
  if ("attribute" in place) return isAttribute(place.attribute) ? valueKindOf({ attribute: place.attribute }) : null;
  const parameter = PARAMETER_NAMES.find((name) => name === place.parameter);
  return parameter && isFunction(place.function) ? valueKindOf({ function: place.function, parameter }) : null;
}

type IssuesProps = { id: string; text: string; issues: readonly Issue[]; onGo: (issue: Issue) => void };

function Issues({ id, text, issues, onGo }: IssuesProps) {
  const t = useTranslations("segments.textEditor");
  const issueText = useIssueText();
  return (
    <div id={id} role="status">
      {issues.length > 0 && (
        <>
          <p className="sr-only">{t("issues", { count: issues.length })}</p>
          <ul className="flex flex-col gap-1">
            {issues.map((issue) => (
              <li key={`${issue.from}-${issue.code}`} className="text-sm">
                <button type="button" onClick={() => onGo(issue)} className="rounded text-left text-danger hover:underline">
                  <span className="text-muted text-xs">{t("line", positionOf(text, issue.from))}</span> {issueText(issue)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
