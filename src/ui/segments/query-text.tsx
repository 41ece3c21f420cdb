"use client";

import { useTranslations } from "next-intl";
import { type KeyboardEvent, type UIEvent, useId, useRef, useState } from "react";
import { type Completion, complete } from "@/server/segments/language/complete";
import { tokenize } from "@/server/segments/language/tokenize";
import { type Issue, LIMITS } from "@/server/segments/schema";
import { Button } from "../primitives/button";
import { cn } from "../primitives/class-names";
import { positionOf, useIssueText } from "./issue-text";

type QueryTextProps = {
  text: string;
  issues: readonly Issue[];
  onChange: (text: string) => void;
  onFormat: (() => void) | null;
  readOnly: boolean;
};

/** What the textarea and the coloured copy behind it must share exactly, or the caret and the letters part. */
const TYPE = "whitespace-pre-wrap break-words px-3 py-2.5 font-mono text-[13px] leading-5";

/** The query as text: coloured, with errors at their characters and suggestions for the word at the caret. */
export function QueryText({ text, issues, onChange, onFormat, readOnly }: QueryTextProps) {
  const t = useTranslations("segments.textEditor");
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const behind = useRef<HTMLPreElement>(null);
  const { completion, active, setActive, open, close, accept } = useCompletion(area, text, onChange);
  const items = completion?.items ?? [];
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      open(true);
      return;
    }
    if (items.length === 0) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setActive((active + step + items.length) % items.length);
    else if (event.key === "Enter") accept(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const goTo = (issue: Issue) => {
    area.current?.focus();
    area.current?.setSelectionRange(issue.from, Math.max(issue.to, issue.from));
  };
  const scroll = (event: UIEvent<HTMLTextAreaElement>) => {
    if (behind.current) behind.current.scrollTop = event.currentTarget.scrollTop;
  };
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="sr-only">
        {t("label")}
      </label>
      <div className="relative rounded-md border border-line-strong bg-surface focus-within:border-accent">
        <pre ref={behind} aria-hidden className={cn(TYPE, "pointer-events-none absolute inset-0 m-0 overflow-hidden")}>
          <Coloured text={text} issues={issues} />
        </pre>
        <textarea
          ref={area}
          id={id}
          aria-haspopup="listbox"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={items.length > 0 ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-hint ${id}-issues`}
          aria-invalid={issues.length > 0 || undefined}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          readOnly={readOnly}
          maxLength={LIMITS.text}
          rows={7}
          placeholder={t("placeholder")}
          className={cn(TYPE, "relative block w-full resize-y rounded-md bg-transparent text-transparent caret-ink placeholder:text-faint")}
          value={text}
          onChange={(event) => {
            onChange(event.target.value);
            open(false);
          }}
          onKeyDown={keyDown}
          onClick={close}
          onBlur={close}
          onScroll={scroll}
        />
        {items.length > 0 && <Suggestions id={id} items={items} active={active} onPick={accept} />}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p id={`${id}-hint`} className="text-muted text-xs">
          {text.trim() === "" ? t("everyone") : t("hint")}
        </p>
        {onFormat && (
          <Button size="sm" variant="ghost" onClick={onFormat}>
            {t("format")}
          </Button>
        )}
      </div>
      <Issues id={`${id}-issues`} text={text} issues={issues} onGo={goTo} />
    </div>
  );
}

function useCompletion(area: { readonly current: HTMLTextAreaElement | null }, text: string, onChange: (text: string) => void) {
  const [completion, setCompletion] = useState<Completion | null>(null);
  const [active, setActive] = useState(0);
  const close = () => setCompletion(null);
  /** Typing opens the list only for a begun word; asking for it shows everything that can stand here. */
  const open = (asked: boolean) =>
    requestAnimationFrame(() => {
      const element = area.current;
      if (!element) return;
      const next = complete(element.value, element.selectionStart);
      const begun = element.selectionStart - next.from >= 2;
      setCompletion((asked || begun) && next.items.length > 0 ? next : null);
      setActive(0);
    });
  const accept = (index: number) => {
    const item = completion?.items[index];
    if (!completion || !item) return;
    const gap = item.text.endsWith("(") || text[completion.to] === " " ? "" : " ";
    onChange(`${text.slice(0, completion.from)}${item.text}${gap}${text.slice(completion.to)}`);
    const caret = completion.from + item.text.length + gap.length;
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(caret, caret);
    });
    close();
  };
  return { completion, active, setActive, open, close, accept };
}

type SuggestionsProps = { id: string; items: Completion["items"]; active: number; onPick: (index: number) => void };

function Suggestions({ id, items, active, onPick }: SuggestionsProps) {
  const t = useTranslations("segments.textEditor");
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={t("suggestions")}
      className="absolute inset-x-0 top-full z-40 mt-1 max-h-56 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-raised"
    >
      {items.map((item, index) => (
        // The caret stays in the text; the keyboard moves through the list by aria-activedescendant.
        <div
          key={item.text}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          ref={(element) => {
            if (index === active) element?.scrollIntoView({ block: "nearest" });
          }}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(index);
          }}
          className={cn("cursor-default rounded px-2 py-1 font-mono text-[13px]", index === active && "bg-hover")}
        >
          {item.text}
        </div>
      ))}
    </div>
  );
}

const KEYWORDS = new Set(["AND", "OR", "NOT", "BETWEEN", "CONTAINS", "MATCHES", "NOT_MATCHES", "NOT_CONTAINS", "IS", "NULL", "IN"]);

function Coloured({ text, issues }: { text: string; issues: readonly Issue[] }) {
  const parts = [];
  let at = 0;
  for (const token of tokenize(text)) {
    if (token.from > at) parts.push(<Part key={`s${at}`} text={text.slice(at, token.from)} />);
    const wrong = issues.some((issue) => issue.from < token.to && Math.max(issue.to, issue.from + 1) > token.from);
    const tone =
      token.kind === "word"
        ? KEYWORDS.has(token.text.toUpperCase())
          ? "text-muted font-semibold"
          : "text-accent"
        : ["string", "number", "day", "second", "offset"].includes(token.kind)
          ? "text-info"
          : "text-ink";
    parts.push(
      <Part key={token.from} text={token.text} className={cn(tone, wrong && "text-danger underline decoration-wavy underline-offset-4")} />,
    );
    at = token.to;
  }
  // A trailing line break needs a character after it to have a height.
  return [...parts, <Part key="end" text={`${text.slice(at)} `} />];
}

const Part = ({ text, className }: { text: string; className?: string }) => <span className={className}>{text}</span>;

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
