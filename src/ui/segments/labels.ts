"use client";

import { useTranslations } from "next-intl";
import { isFunction, labelKey, type Operator, type ValueType } from "@/server/segments/fields";
import { type AttributeName, type Clause, customKey, type FunctionName, type StaticAttributeName } from "@/server/segments/schema";
import { useVocabulary } from "./vocabulary";

/** What a row of the visual editor is about: an attribute, its yearly return, or a function. */
export type Subject = AttributeName | FunctionName | "anniversary";

export const subjectOf = (clause: Clause): Subject =>
  clause.kind === "matches" ? clause.function : clause.kind === "anniversary" ? "anniversary" : clause.attribute;

const COMPARISON_KEYS = { "=": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le" } as const;
const NUMBERS: ReadonlySet<ValueType> = new Set(["money", "integer", "decimal"]);

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
        if (NUMBERS.has(type)) return t(`number.${key}`);
        return key === "ne" ? t("text.ne") : t("text.eq");
      }
    }
  };
}

const isNamed = (subject: Subject): subject is StaticAttributeName | FunctionName | "anniversary" =>
  subject === "anniversary" || isFunction(subject) || customKey(subject) === null;

export function useSubjectLabel(): (subject: Subject) => string {
  const t = useTranslations("segments.fields");
  const { attributes } = useVocabulary();
  return (subject) => {
    if (isNamed(subject)) return t(labelKey(subject));
    const key = customKey(subject)?.key;
    return attributes.find((attribute) => attribute.key === key)?.name || (key ?? subject);
  };
}

/** A value of an enum in words, or as it is where there is no word for it. */
export function useEnumLabel(): (value: string) => string {
  const t = useTranslations("segments.values");
  const isKnown = (value: string): value is Parameters<typeof t>[0] => /^[A-Z_]+$/.test(value) && t.has(value as Parameters<typeof t>[0]);
  return (value) => (isKnown(value) ? t(value) : value);
}
