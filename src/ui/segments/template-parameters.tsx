"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Messages } from "@/messages/index";
import { printValue } from "@/server/segments/language/print";
import { tokenize } from "@/server/segments/language/tokenize";
import { readDate } from "@/server/segments/language/values";
import type { DateValue, ValueKind } from "@/server/segments/schema";
import { unitSymbol } from "../format";
import { Input } from "../primitives/input";
import { useShop } from "../shell/shop-context";
import { DateInput } from "./date-input";
import type { Template } from "./template-sheet";
import { ValuePicker, ValuesPicker } from "./value-picker";

type Parameter = Template["parameters"][number];

const PICKED: { readonly [kind in Parameter["kind"]]?: ValueKind } = {
  product: "product",
  products: "product",
  collection: "collection",
  collections: "collection",
  customerTag: "customerTag",
  productTag: "productTag",
};
const SEVERAL: ReadonlySet<Parameter["kind"]> = new Set(["products", "collections"]);

type TemplateParametersProps = {
  template: Template;
  entries: Readonly<Record<string, string>>;
  wrong: readonly string[];
  onChange: (entries: Readonly<Record<string, string>>) => void;
};

/** The numbers a strategy leaves open, each with what it decides and an input of its kind. */
export function TemplateParameters({ template, entries, wrong, onChange }: TemplateParametersProps) {
  const t = useTranslations("segments.templates");
  const words = useParameterWords();
  return template.parameters.map((parameter) => {
    const { label, help } = words(parameter.name);
    const isWrong = wrong.includes(parameter.name);
    return (
      <Labelled key={parameter.name} label={label} help={help} error={isWrong ? t("wrong") : null}>
        <Entry
          parameter={parameter}
          label={label}
          wrong={isWrong}
          entry={entries[parameter.name] ?? parameter.default}
          onChange={(entry) => onChange({ ...entries, [parameter.name]: entry })}
        />
      </Labelled>
    );
  });
}

/** Some entries are groups of controls, which name themselves: the label here is for the eye. */
function Labelled({ label, help, error, children }: { label: string; help: string; error: string | null; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <span aria-hidden className="font-medium text-sm">
        {label}
      </span>
      {children}
      {help && <p className="text-muted text-xs">{help}</p>}
      {error && (
        <p role="alert" className="text-danger text-xs">
          {error}
        </p>
      )}
    </div>
  );
}

type Word = keyof Messages["segments"]["templates"]["parameter"] & keyof Messages["segments"]["templates"]["explain"];

function useParameterWords(): (name: string) => { label: string; help: string } {
  const t = useTranslations("segments.templates");
  const isWord = (name: string): name is Word => t.has(`parameter.${name as Word}`);
  return (name) => (isWord(name) ? { label: t(`parameter.${name}`), help: t(`explain.${name}`) } : { label: name, help: "" });
}

type EntryProps = { parameter: Parameter; label: string; wrong: boolean; entry: string; onChange: (entry: string) => void };

function Entry({ parameter, label, wrong, entry, onChange }: EntryProps) {
  const locale = useLocale();
  const { currency } = useShop();
  const kind = PICKED[parameter.kind];
  if (parameter.kind === "date") {
    return <DateInput label={label} timeAllowed={false} value={dateOf(entry)} onChange={(value) => onChange(printValue(value, "day"))} />;
  }
  if (kind && SEVERAL.has(parameter.kind)) {
    const values = entry
      .split(",")
      .map((value) => value.trim())
      .filter((value) => value !== "");
    return <ValuesPicker kind={kind} label={label} values={values} onChange={(next) => onChange(next.join(", "))} />;
  }
  if (kind) return <ValuePicker kind={kind} label={label} value={entry} onChange={onChange} />;
  return (
    <Input
      aria-label={label}
      aria-invalid={wrong || undefined}
      inputMode={parameter.kind === "count" ? "numeric" : "decimal"}
      className="tabular w-32"
      trailing={parameter.kind === "money" ? unitSymbol(currency, locale).symbol : undefined}
      value={entry}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** The date a template's parameter is written as. Templates and the date input write only such. */
function dateOf(text: string): DateValue {
  const [token] = tokenize(text);
  const reading = token && readDate(token, false);
  return reading && "value" in reading ? reading.value : { type: "named", name: "today" };
}
