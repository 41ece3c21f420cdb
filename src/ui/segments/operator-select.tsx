"use client";

import { useTranslations } from "next-intl";
import type { Operator, ValueType } from "@/server/segments/fields";
import { NativeSelect } from "../primitives/select";
import { useOperatorLabel } from "./labels";

type OperatorSelectProps = {
  operators: readonly Operator[];
  operator: Operator;
  type: ValueType;
  label: string;
  onChange: (operator: Operator) => void;
};

export function OperatorSelect({ operators, operator, type, label, onChange }: OperatorSelectProps) {
  const operatorLabel = useOperatorLabel();
  return (
    <NativeSelect
      aria-label={label}
      className="w-36"
      options={operators.map((entry) => ({ value: entry, label: operatorLabel(entry, type) }))}
      value={operator}
      onChange={(event) => {
        const next = operators.find((entry) => entry === event.target.value);
        if (next) onChange(next);
      }}
    />
  );
}

export function Between() {
  const t = useTranslations("segments.rules");
  return <span className="flex h-8 items-center text-muted text-sm">{t("betweenAnd")}</span>;
}
