"use client";

import { useTranslations } from "next-intl";
import {
  ATTRIBUTES,
  attribute,
  type FieldGroup,
  FUNCTIONS,
  isAttribute,
  isFunction,
  segmentFunction,
  type Unavailable,
} from "@/server/segments/fields";
import { ATTRIBUTE_NAMES, type CustomName, type CustomType, FUNCTION_NAMES } from "@/server/segments/schema";
import { Select, type SelectGroup } from "../primitives/select";
import { type Subject, useSubjectLabel } from "./labels";
import { useVocabulary } from "./vocabulary";

const GROUPS: readonly FieldGroup[] = ["orders", "behaviour", "customer", "contact", "credit", "prediction", "custom"];

const customName = (type: CustomType, key: string): CustomName => `custom.${type}.${key}`;

const reasonOf = (subject: Subject): Unavailable | undefined => {
  if (isAttribute(subject)) return attribute(subject).unavailable;
  return isFunction(subject) ? segmentFunction(subject).unavailable : undefined;
};

function useSubjects(): SelectGroup<Subject>[] {
  const t = useTranslations("segments");
  const label = useSubjectLabel();
  const { attributes } = useVocabulary();
  return GROUPS.flatMap((group) => {
    const subjects: Subject[] = [
      ...ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].group === group),
      ...(group === "customer" ? (["anniversary"] as const) : []),
      ...FUNCTION_NAMES.filter((name) => FUNCTIONS[name].group === group),
      ...(group === "custom" ? attributes.map(({ key, type }) => customName(type, key)) : []),
    ];
    // What can be used comes first; what cannot says why, at the end of its group.
    const known = subjects.toSorted((a, b) => Number(reasonOf(a) !== undefined) - Number(reasonOf(b) !== undefined));
    if (known.length === 0) return [];
    return [
      {
        label: t(`groups.${group}`),
        options: known.map((value) => {
          const reason = reasonOf(value);
          return { value, label: label(value), disabled: reason !== undefined, description: reason && t(`unavailable.${reason}`) };
        }),
      },
    ];
  });
}

export function SubjectSelect({ subject, onChange }: { subject: Subject; onChange: (subject: Subject) => void }) {
  const t = useTranslations("segments.rules");
  return (
    <Select aria-label={t("attribute")} className="w-56 max-sm:w-full" options={useSubjects()} value={subject} onValueChange={onChange} />
  );
}
