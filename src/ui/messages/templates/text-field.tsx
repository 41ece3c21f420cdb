"use client";

import { Braces } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { createContext, type ReactNode, useContext, useRef } from "react";
import { IconButton } from "../../primitives/button";
import { DropdownMenu, MenuItem, MenuLabel } from "../../primitives/dropdown-menu";
import { Field } from "../../primitives/field";
import { Input, Textarea } from "../../primitives/input";
import type { Issue, Language, Variable } from "./content";

type Editing = { language: Language; issues: readonly Issue[]; variables: readonly Variable[]; readOnly: boolean };

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
  return (issue) => {
    const { name = "", detail = "", max = 0, count = 0 } = issue.params;
    return t(issue.code, { name, detail, max, count });
  };
}

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

/** A text with variables: what is wrong with it stands below, what it may name is in the menu beside its label. */
export function TextField({ path, label, value, onChange, max, rows, address = false, required = true, hint }: TextFieldProps) {
  const { error, warning } = useFindings(path);
  const input = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const insert = (name: string) => {
    const token = `{{ ${name} }}`;
    const start = input.current?.selectionStart ?? value.length;
    const end = input.current?.selectionEnd ?? start;
    const next = `${value.slice(0, start)}${token}${value.slice(end)}`;
    if (next.length <= max) onChange(next);
  };
  return (
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
      help={<VariableMenu field={label} address={address} onInsert={insert} />}
    >
      {(control) =>
        rows ? (
          <Textarea
            {...control}
            ref={(element) => {
              input.current = element;
            }}
            rows={rows}
            maxLength={max}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <Input
            {...control}
            ref={(element) => {
              input.current = element;
            }}
            maxLength={max}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}

function VariableMenu({ field, address, onInsert }: { field: string; address: boolean; onInsert: (name: string) => void }) {
  const t = useTranslations("templates.editor");
  const locale = useLocale();
  const { variables, language, readOnly } = useEditing();
  const offered = variables.filter(({ type }) => (address ? type === "url" : type !== "list"));
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
            <span className="block">{variable.label[locale]}</span>
            <span className="block truncate text-muted text-xs">{variable.sample[language]}</span>
          </span>
        </MenuItem>
      ))}
    </DropdownMenu>
  );
}
