"use client";

import { MoreHorizontal, X } from "lucide-react";
import { useTranslations } from "next-intl";
import {
  ATTRIBUTES,
  attribute,
  type FieldGroup,
  FUNCTIONS,
  isAttribute,
  isFunction,
  operatorsOf,
  segmentFunction,
} from "@/server/segments/fields";
import { ATTRIBUTE_NAMES, type Clause, FUNCTION_NAMES } from "@/server/segments/schema";
import { Badge } from "../primitives/badge";
import { IconButton } from "../primitives/button";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { Select, type SelectGroup } from "../primitives/select";
import type { EditClause } from "./edit-tree";
import { FunctionParameters } from "./function-parameters";
import { type Subject, subjectOf, useSubjectLabel } from "./labels";
import { newAnniversary, newAttributeClause, newFunctionClause, partsOf, withOperator } from "./new-clause";
import { Between, OperatorSelect } from "./operator-select";
import { ValueInput } from "./value-inputs";

export type NodeActions = { onCopy: () => void; onRemove: () => void; onMove: (by: -1 | 1) => void; onNegate: () => void };

type RuleRowProps = NodeActions & { rule: EditClause; onChange: (clause: Clause) => void };

/** One condition: what, how compared, with what. */
export function RuleRow({ rule, onChange, ...actions }: RuleRowProps) {
  const t = useTranslations("segments.rules");
  const { clause } = rule;
  return (
    <div className="flex flex-wrap items-start gap-1.5 py-1.5">
      {rule.negated && (
        <span className="flex h-8 items-center">
          <Badge tone="warning">{t("not")}</Badge>
        </span>
      )}
      <SubjectSelect subject={subjectOf(clause)} onChange={(subject) => onChange(clauseFor(subject))} />
      {clause.kind === "matches" ? (
        <FunctionParameters clause={clause} onChange={onChange} />
      ) : clause.kind === "anniversary" ? (
        <AnniversaryInputs clause={clause} onChange={onChange} />
      ) : (
        <AttributeInputs clause={clause} onChange={onChange} />
      )}
      <span className="ml-auto flex items-center">
        <NodeMenu negated={rule.negated} {...actions} />
        <IconButton label={t("remove")} onClick={actions.onRemove}>
          <X aria-hidden />
        </IconButton>
      </span>
    </div>
  );
}

export function NodeMenu({ negated, onCopy, onMove, onNegate }: NodeActions & { negated: boolean }) {
  const t = useTranslations("segments.rules");
  return (
    <DropdownMenu
      trigger={
        <IconButton label={t("ruleActions")}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onSelect={onNegate}>{negated ? t("unnegate") : t("negate")}</MenuItem>
      <MenuItem onSelect={onCopy}>{t("copy")}</MenuItem>
      <MenuItem onSelect={() => onMove(-1)}>{t("moveUp")}</MenuItem>
      <MenuItem onSelect={() => onMove(1)}>{t("moveDown")}</MenuItem>
    </DropdownMenu>
  );
}

function clauseFor(subject: Subject): Clause {
  if (subject === "anniversary") return newAnniversary();
  return isFunction(subject) ? newFunctionClause(subject) : newAttributeClause(subject);
}

const GROUPS: readonly FieldGroup[] = ["orders", "behaviour", "customer", "contact", "credit", "prediction"];

function useSubjects(): SelectGroup<Subject>[] {
  const t = useTranslations("segments");
  const label = useSubjectLabel();
  return GROUPS.map((group) => {
    const subjects: Subject[] = [
      ...ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].group === group),
      ...(group === "customer" ? (["anniversary"] as const) : []),
      ...FUNCTION_NAMES.filter((name) => FUNCTIONS[name].group === group),
    ];
    return {
      label: t(`groups.${group}`),
      options: subjects.map((value) => {
        const reason = isAttribute(value)
          ? attribute(value).unavailable
          : isFunction(value)
            ? segmentFunction(value).unavailable
            : undefined;
        return { value, label: label(value), disabled: reason !== undefined, description: reason && t(`unavailable.${reason}`) };
      }),
    };
  });
}

function SubjectSelect({ subject, onChange }: { subject: Subject; onChange: (subject: Subject) => void }) {
  const t = useTranslations("segments.rules");
  return (
    <Select aria-label={t("attribute")} className="w-56 max-sm:w-full" options={useSubjects()} value={subject} onValueChange={onChange} />
  );
}

type AttributeClause = Exclude<Clause, { kind: "matches" | "anniversary" }>;

function AttributeInputs({ clause, onChange }: { clause: AttributeClause; onChange: (clause: Clause) => void }) {
  const t = useTranslations("segments.rules");
  const label = useSubjectLabel()(clause.attribute);
  const field = attribute(clause.attribute);
  const { operator, value, second } = partsOf(clause);
  const input = (name: string, entry: typeof value, change: (next: typeof value) => void) => (
    <ValueInput type={field.type} values={field.values} label={`${label}: ${name}`} value={entry} onChange={change} />
  );
  return (
    <>
      <OperatorSelect
        operators={operatorsOf(clause.attribute)}
        operator={operator}
        type={field.type}
        label={`${label}: ${t("operator")}`}
        onChange={(next) => onChange(withOperator(clause.attribute, next, value, second))}
      />
      {clause.kind !== "null" &&
        input(second ? t("from") : t("value"), value, (next) => onChange(withOperator(clause.attribute, operator, next, second)))}
      {second && (
        <>
          <Between />
          {input(t("to"), second, (next) => onChange(withOperator(clause.attribute, operator, value, next)))}
        </>
      )}
    </>
  );
}

function AnniversaryInputs({ clause, onChange }: { clause: Extract<Clause, { kind: "anniversary" }>; onChange: (clause: Clause) => void }) {
  const t = useTranslations("segments.rules");
  const label = useSubjectLabel()("anniversary");
  return (
    <>
      <OperatorSelect
        operators={["=", "BETWEEN"]}
        operator={clause.to === null ? "=" : "BETWEEN"}
        type="day"
        label={`${label}: ${t("operator")}`}
        onChange={(next) => onChange({ ...clause, to: next === "BETWEEN" ? { type: "offset", amount: 30, unit: "d" } : null })}
      />
      <ValueInput
        type="day"
        label={`${label}: ${clause.to === null ? t("value") : t("from")}`}
        value={clause.from}
        onChange={(value) => value.type !== "text" && value.type !== "number" && onChange({ ...clause, from: value })}
      />
      {clause.to && (
        <>
          <Between />
          <ValueInput
            type="day"
            label={`${label}: ${t("to")}`}
            value={clause.to}
            onChange={(value) => value.type !== "text" && value.type !== "number" && onChange({ ...clause, to: value })}
          />
        </>
      )}
    </>
  );
}
