"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import type { ValueType } from "@/server/segments/fields";
import { canonicalNumber } from "@/server/segments/language/values";
import type { TextValue, Value } from "@/server/segments/schema";
import { LIMITS } from "@/server/segments/schema";
import { unitSymbol } from "../format";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { useShop } from "../shell/shop-context";
import { DateInput } from "./date-input";
import { useEnumLabel } from "./labels";

type ValueInputProps = {
  type: ValueType;
  value: Value;
  /** Values of an enum. */
  values?: readonly string[];
  label: string;
  onChange: (value: Value) => void;
};

/** The input that fits a value's type. Only values of the language leave it; an unfinished entry stays in the field and is marked. */
export function ValueInput({ type, value, values = [], label, onChange }: ValueInputProps) {
  const enumLabel = useEnumLabel();
  switch (value.type) {
    case "number":
      return (
        <NumberInput money={type === "money"} text={value.text} label={label} onChange={(text) => onChange({ type: "number", text })} />
      );
    case "text":
      if (type !== "enum") return <TextInput label={label} value={value} onChange={onChange} />;
      return (
        <NativeSelect
          aria-label={label}
          className="w-52 max-sm:w-full"
          options={values.map((entry) => ({ value: entry, label: enumLabel(entry) }))}
          value={value.value}
          onChange={(event) => onChange({ type: "text", value: event.target.value })}
        />
      );
    default:
      return <DateInput label={label} timeAllowed={type === "date"} value={value} onChange={onChange} />;
  }
}

type NumberInputProps = { money: boolean; text: string; label: string; onChange: (text: string) => void };

/** Decimals may be typed as the reader writes them; the language keeps a point. */
function NumberInput({ money, text, label, onChange }: NumberInputProps) {
  const locale = useLocale();
  const { currency } = useShop();
  const shown = (canonical: string) => (locale === "de" ? canonical.replace(".", ",") : canonical);
  const read = (entry: string) => {
    const number = canonicalNumber(entry.trim().replace(",", "."));
    return number !== null && (money || !number.includes(".")) ? number : null;
  };
  const [entry, setEntry] = useState(shown(text));
  const [seen, setSeen] = useState(text);
  // The value was changed elsewhere (in the text, by a template): show it, unless the entry already means it.
  if (seen !== text) {
    setSeen(text);
    if (read(entry) !== text) setEntry(shown(text));
  }
  return (
    <Input
      aria-label={label}
      inputMode={money ? "decimal" : "numeric"}
      className="tabular w-28"
      trailing={money ? unitSymbol(currency, locale).symbol : undefined}
      value={entry}
      aria-invalid={read(entry) === null || undefined}
      onChange={(event) => {
        setEntry(event.target.value);
        const number = read(event.target.value);
        if (number !== null) onChange(number);
      }}
      onBlur={() => setEntry(shown(text))}
    />
  );
}

export function TextInput({ label, value, onChange }: { label: string; value: TextValue; onChange: (value: TextValue) => void }) {
  const t = useTranslations("segments.rules");
  return (
    <Input
      aria-label={label}
      placeholder={t("value")}
      className="w-52 max-sm:w-full"
      maxLength={LIMITS.string}
      value={value.value}
      onChange={(event) => onChange({ type: "text", value: event.target.value.replaceAll("\0", "") })}
    />
  );
}

type IdsInputProps = { label: string; values: readonly TextValue[]; several: boolean; onChange: (values: TextValue[]) => void };

/** Numbers of products, collections, messages: several are separated by commas. */
export function IdsInput({ label, values, several, onChange }: IdsInputProps) {
  const t = useTranslations("segments.rules");
  const joined = values.map(({ value }) => value).join(", ");
  const split = (entry: string) => (several ? entry.split(",").map((part) => part.trim()) : [entry.trim()]);
  const meaning = (entry: string) =>
    split(entry)
      .filter((part) => part !== "")
      .join(", ");
  const [entry, setEntry] = useState(joined);
  const [seen, setSeen] = useState(joined);
  if (seen !== joined) {
    setSeen(joined);
    if (meaning(entry) !== joined) setEntry(joined);
  }
  return (
    <Input
      aria-label={label}
      title={several ? t("idsHint") : undefined}
      placeholder={several ? t("idsHint") : t("value")}
      className="w-64 max-sm:w-full"
      value={entry}
      onChange={(event) => {
        setEntry(event.target.value);
        const parts = split(event.target.value)
          .filter((part) => part !== "")
          .slice(0, LIMITS.listValues);
        onChange((parts.length === 0 ? [""] : parts).map((value) => ({ type: "text", value })));
      }}
    />
  );
}
