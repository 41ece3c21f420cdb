"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import type { ValueKind, ValueType } from "@/server/segments/fields";
import { canonicalNumber } from "@/server/segments/language/values";
import type { TextValue, Value } from "@/server/segments/schema";
import { LIMITS } from "@/server/segments/schema";
import { unitSymbol } from "../format";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { useShop } from "../shell/shop-context";
import { DateInput } from "./date-input";
import { useEnumLabel } from "./labels";
import { ValuePicker } from "./value-picker";

type ValueInputProps = {
  type: ValueType;
  value: Value;
  /** Values of an enum. */
  values?: readonly string[];
  /** Which values of this shop fit; without one, text is typed freely. */
  kind?: ValueKind | null;
  /** Key of the shop's own attribute, where `kind` is its values. */
  attributeKey?: string;
  label: string;
  onChange: (value: Value) => void;
};

/** The input that fits a value's type. Only values of the language leave it; an unfinished entry stays in the field and is marked. */
export function ValueInput({ type, value, values = [], kind, attributeKey, label, onChange }: ValueInputProps) {
  const t = useTranslations("segments.rules");
  const enumLabel = useEnumLabel();
  switch (value.type) {
    case "number":
      return (
        <NumberInput
          money={type === "money"}
          whole={type === "integer"}
          text={value.text}
          label={label}
          onChange={(text) => onChange({ type: "number", text })}
        />
      );
    case "boolean":
      return (
        <NativeSelect
          aria-label={label}
          className="w-28"
          options={[
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ]}
          value={String(value.value)}
          onChange={(event) => onChange({ type: "boolean", value: event.target.value === "true" })}
        />
      );
    case "text":
      if (kind) {
        return (
          <ValuePicker
            kind={kind}
            attributeKey={attributeKey}
            label={label}
            value={value.value}
            onChange={(text) => onChange({ type: "text", value: text })}
          />
        );
      }
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

type NumberInputProps = { money: boolean; whole: boolean; text: string; label: string; onChange: (text: string) => void };

/** Decimals may be typed as the reader writes them; the language keeps a point. */
function NumberInput({ money, whole, text, label, onChange }: NumberInputProps) {
  const locale = useLocale();
  const { currency } = useShop();
  const shown = (canonical: string) => (locale === "de" ? canonical.replace(".", ",") : canonical);
  const read = (entry: string) => {
    const number = canonicalNumber(entry.trim().replace(",", "."));
    return number !== null && !(whole && number.includes(".")) ? number : null;
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
      inputMode={whole ? "numeric" : "decimal"}
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
