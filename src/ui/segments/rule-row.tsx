"use client";

import { MoreHorizontal, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { attribute, operatorsOf, valueKindOf } from "@/server/segments/fields";
import { type Clause, customKey, type DateValue, type Value } from "@/server/segments/schema";
import { Badge } from "../primitives/badge";
import { IconButton } from "../primitives/button";
import { DropdownMenu, MenuItem, MenuSeparator } from "../primitives/dropdown-menu";
import type { EditClause } from "./edit-tree";
import { FunctionParameters } from "./function-parameters";
import { subjectOf, useSubjectLabel } from "./labels";
import { clauseFor, partsOf, withOperator } from "./new-clause";
import { Between, OperatorSelect } from "./operator-select";
import { SubjectSelect } from "./subject-select";
import { ValueInput } from "./value-inputs";

export type NodeActions = {
  onDuplicate: () => void;
  onCopyText: () => void;
  onRemove: () => void;
  onMove: (by: -1 | 1) => void;
  onNegate: () => void;
};

type RuleRowProps = NodeActions & { rule: EditClause; handle: ReactNode; onChange: (clause: Clause) => void };

/** One condition: what, how compared, with what. */
export function RuleRow({ rule, handle, onChange, ...actions }: RuleRowProps) {
  const t = useTranslations("segments.rules");
  const { clause } = rule;
  return (
    <div className="flex items-start gap-1.5 py-1">
      {handle}
      <div className="flex min-w-0 flex-1 flex-wrap items-start gap-1.5">
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
      </div>
      <span className="flex shrink-0 items-center">
        <NodeMenu negated={rule.negated} {...actions} />
        <IconButton label={t("remove")} onClick={actions.onRemove}>
          <X aria-hidden />
        </IconButton>
      </span>
    </div>
  );
}

export function NodeMenu({ negated, onDuplicate, onCopyText, onMove, onNegate }: NodeActions & { negated: boolean }) {
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
      <MenuItem onSelect={onDuplicate}>{t("duplicate")}</MenuItem>
      <MenuItem onSelect={onCopyText}>{t("copyText")}</MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => onMove(-1)}>{t("moveUp")}</MenuItem>
      <MenuItem onSelect={() => onMove(1)}>{t("moveDown")}</MenuItem>
    </DropdownMenu>
  );
}

type AttributeClause = Exclude<Clause, { kind: "matches" | "anniversary" }>;

function AttributeInputs({ clause, onChange }: { clause: AttributeClause; onChange: (clause: Clause) => void }) {
  const t = useTranslations("segments.rules");
  const label = useSubjectLabel()(clause.attribute);
  const field = attribute(clause.attribute);
  const { operator, value, second } = partsOf(clause);
  const input = (name: string, entry: Value, change: (next: Value) => void) => (
    <ValueInput
      type={field.type}
      values={field.values}
      kind={valueKindOf({ attribute: clause.attribute })}
      attributeKey={customKey(clause.attribute)?.key}
      label={`${label}: ${name}`}
      value={entry}
      onChange={change}
    />
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

const isDate = (value: Value): value is DateValue => value.type !== "text" && value.type !== "number" && value.type !== "boolean";

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
        onChange={(value) => isDate(value) && onChange({ ...clause, from: value })}
      />
      {clause.to && (
        <>
          <Between />
          <ValueInput
            type="day"
            label={`${label}: ${t("to")}`}
            value={clause.to}
            onChange={(value) => isDate(value) && onChange({ ...clause, to: value })}
          />
        </>
      )}
    </>
  );
}
