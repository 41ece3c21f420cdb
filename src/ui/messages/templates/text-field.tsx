"use client";

import { Braces } from "lucide-react";
import { useTranslations } from "next-intl";
import { createContext, type ReactNode, useContext, useMemo, useRef } from "react";
import { TROUBLES, type TroubleCode } from "@/server/notifications/trouble";
import { IconButton } from "../../primitives/button";
import { DropdownMenu, MenuItem, MenuLabel } from "../../primitives/dropdown-menu";
import { Field } from "../../primitives/field";
import type { Vocabulary } from "../liquid/complete";
import type { LiquidEditorHandle } from "../liquid/liquid-editor";
import { LiquidInput } from "../liquid/liquid-input";
import { brokenPart, placesOf } from "../liquid/parts";
import { useTroubleSentence } from "../trouble-text";
import type { Issue, Language } from "./content";

type Editing = {
  language: Language;
  issues: readonly Issue[];
  vocabulary: Vocabulary;
  readOnly: boolean;
  /** Says which field the next change comes from. */
  onType: (path: string) => void;
  /** The draft has one history for everything in it. */
  onUndo: () => void;
  onRedo: () => void;
};

const Context = createContext<Editing | null>(null);
export const EditingProvider = Context.Provider;

/** The language shown, what is wrong with it and what it may name. */
export function useEditing(): Editing {
  const editing = useContext(Context);
  if (!editing) throw new Error("useEditing outside of the template editor");
  return editing;
}

export function useIssueSentence(): (issue: Issue) => string {
  const t = useTranslations("messages.lint");
  const trouble = useTroubleSentence();
  return ({ code, params }) => {
    const { name = "", max = 0, count = 0, filter = "", url = "", kb = 0, line, column } = params;
    if (!isTrouble(code)) return t(code, { name, max, count, filter, url, kb });
    return trouble({ code, name: String(name), ...(line && column ? { line: Number(line), column: Number(column) } : {}) });
  };
}

/** What the language does not understand. How long a text may be, the checker knows by itself. */
const isTrouble = (code: Issue["code"]): code is Exclude<TroubleCode, "tooLong"> =>
  code !== "tooLong" && TROUBLES.some((known) => known === code);

/** What is wrong at one place: errors stop saving, warnings advise. */
export function useFindings(path: string): { error: string | undefined; warning: string | undefined } {
  const { language, issues } = useEditing();
  const sentence = useIssueSentence();
  const here = issues.filter((issue) => issue.locale === language && issue.path === path);
  const say = (level: Issue["level"]) =>
    here
      .filter((issue) => issue.level === level)
      .map(sentence)
      .join(" ") || undefined;
  return { error: say("error"), warning: say("warning") };
}

type TextFieldProps = {
  path: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  max: number;
  rows?: number;
  /** Only what stands for an address. */
  address?: boolean;
  required?: boolean;
  hint?: ReactNode;
};

/** A text with variables: completed while it is typed, what is wrong with it underlined and said below; the menu beside its label names all. */
export function TextField({ path, label, value, onChange, max, rows, address = false, required = true, hint }: TextFieldProps) {
  const { error, warning } = useFindings(path);
  const { vocabulary, readOnly, onType, onUndo, onRedo } = useEditing();
  const marks = useMarks(path, value);
  const input = useRef<LiquidEditorHandle>(null);
  return (
    <div data-place={path} className="min-w-0">
      <Field
        label={label}
        error={error}
        required={required}
        hint={
          warning || hint ? (
            <>
              {warning && <span className="block text-warning">{warning}</span>}
              {hint}
            </>
          ) : undefined
        }
        help={<VariableMenu field={label} address={address} onInsert={(name) => input.current?.insert(`{{ ${name} }}`)} />}
      >
        {(control) => (
          <LiquidInput
            ref={input}
            {...{ control, value, vocabulary, address, rows, max, marks, readOnly, onUndo, onRedo }}
            onChange={(next, whole) => {
              if (!whole) onType(path);
              onChange(next);
            }}
          />
        )}
      </Field>
    </div>
  );
}

/** What is wrong wherever this name stands; other mistakes are at one place. */
const NAMED: ReadonlySet<Issue["code"]> = new Set(["unknownVariable", "unknownFilter", "unknownTag"]);

/** Where in a text the checker's errors are. What it says of an older text marks nothing that is not there any more. */
function useMarks(path: string, value: string) {
  const { language, issues } = useEditing();
  const sentence = useIssueSentence();
  const here = issues.filter((issue) => issue.level === "error" && issue.locale === language && issue.path === path);
  const found = here.flatMap((issue) => {
    const { name, detail } = issue.params;
    const message = sentence(issue);
    if (name !== undefined && NAMED.has(issue.code)) return placesOf(value, String(name)).map((place) => ({ ...place, message }));
    const broken = detail === undefined ? null : brokenPart(value, String(detail));
    return broken ? [{ ...broken, message }] : [];
  });
  const key = JSON.stringify(found);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same marks must stay the same list, else the editor redraws them at every key
  return useMemo(() => found, [key]);
}

function VariableMenu({ field, address, onInsert }: { field: string; address: boolean; onInsert: (name: string) => void }) {
  const t = useTranslations("templates.editor");
  const { vocabulary, readOnly } = useEditing();
  const offered = vocabulary.variables.filter(({ type }) => (address ? type === "url" : type !== "list"));
  if (readOnly || offered.length === 0) return null;
  return (
    <DropdownMenu
      align="start"
      className="max-h-80 overflow-y-auto"
      trigger={
        <IconButton size="sm" label={t("insertVariable", { field })}>
          <Braces aria-hidden />
        </IconButton>
      }
    >
      <MenuLabel>{t("variables")}</MenuLabel>
      {offered.map((variable) => (
        <MenuItem key={variable.name} onSelect={() => onInsert(variable.name)}>
          <span className="min-w-0">
            <span className="block">{variable.label}</span>
            <span className="block truncate text-muted text-xs">{variable.value}</span>
          </span>
        </MenuItem>
      ))}
    </DropdownMenu>
  );
}
