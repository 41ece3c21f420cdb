"use client";

import { useTranslations } from "next-intl";
import { labelKey, type Operator, type ValueType } from "@/server/segments/fields";
import type { AttributeName, Clause, FunctionName } from "@/server/segments/schema";

/** What a row of the visual editor is about: an attribute, its yearly return, or a function. */
export type Subject = AttributeName | FunctionName | "anniversary";

export const subjectOf = (clause: Clause): Subject =>
  clause.kind === "matches" ? clause.function : clause.kind === "anniversary" ? "anniversary" : clause.attribute;

const COMPARISON_KEYS = { "=": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le" } as const;

/** An operator in words: a date is „nach“, an amount is „mehr als“. */
export function useOperatorLabel(): (operator: Operator, type: ValueType) => string {
  const t = useTranslations("segments.operators");
  return (operator, type) => {
    switch (operator) {
      case "IS NULL":
        return t("isNull");
      case "IS NOT NULL":
        return t("isNotNull");
      case "CONTAINS":
        return t("contains");
      case "NOT CONTAINS":
        return t("notContains");
      case "IN":
        return t("text.in");
      case "NOT IN":
        return t("text.notIn");
      case "MATCHES":
      case "NOT MATCHES":
        return operator;
      case "BETWEEN":
        return type === "date" || type === "day" ? t("date.between") : t("number.between");
      default: {
        const key = COMPARISON_KEYS[operator];
        if (type === "date" || type === "day") return t(`date.${key}`);
        if (type === "money" || type === "integer") return t(`number.${key}`);
        return key === "ne" ? t("text.ne") : t("text.eq");
      }
    }
  };
}

export function useSubjectLabel(): (subject: Subject) => string {
  const t = useTranslations("segments.fields");
  return (subject) => t(labelKey(subject));
}

/** A value of an enum in words, or as it is where there is no word for it. */
export function useEnumLabel(): (value: string) => string {
  const t = useTranslations("segments.values");
  const known = ["DECLINED", "DISABLED", "ENABLED", "INVITED", "SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED"] as const;
  const rest = ["REDACTED", "INVALID", "HIGH", "MEDIUM", "LOW"] as const;
  return (value) => {
    const key = [...known, ...rest].find((candidate) => candidate === value);
    return key ? t(key) : value;
  };
}
