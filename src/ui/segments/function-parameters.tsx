"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { parameterOf, parameterOperators } from "@/server/segments/fields";
import { type Clause, PARAMETER_NAMES, type Parameter } from "@/server/segments/schema";
import { Button, IconButton } from "../primitives/button";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { NativeSelect } from "../primitives/select";
import { useSubjectLabel } from "./labels";
import { fieldOf, newParameter, parameterParts, withParameterOperator } from "./new-clause";
import { Between, OperatorSelect } from "./operator-select";
import { IdsInput, ValueInput } from "./value-inputs";

type Matches = Extract<Clause, { kind: "matches" }>;
type FunctionParametersProps = { clause: Matches; onChange: (clause: Clause) => void };

/** „Hat bestellt“: whether it is true, and restrictions of which orders count. */
export function FunctionParameters({ clause, onChange }: FunctionParametersProps) {
  const t = useTranslations("segments");
  const label = useSubjectLabel()(clause.function);
  const unused = PARAMETER_NAMES.filter((name) => parameterOf(clause.function, name) && !clause.parameters.some((p) => p.name === name));
  const replace = (at: number, next: Parameter | null) =>
    onChange({ ...clause, parameters: clause.parameters.flatMap((parameter, index) => (index === at ? (next ?? []) : parameter)) });
  return (
    <>
      <NativeSelect
        aria-label={`${label}: ${t("rules.operator")}`}
        className="w-36"
        options={[
          { value: "has", label: t("rules.has") },
          { value: "hasNot", label: t("rules.hasNot") },
        ]}
        value={clause.negated ? "hasNot" : "has"}
        onChange={(event) => onChange({ ...clause, negated: event.target.value === "hasNot" })}
      />
      {unused.length > 0 && (
        <DropdownMenu
          align="start"
          trigger={
            <Button variant="ghost">
              <Plus aria-hidden />
              {t("rules.restrict")}
            </Button>
          }
        >
          {unused.map((name) => (
            <MenuItem
              key={name}
              onSelect={() => onChange({ ...clause, parameters: [...clause.parameters, newParameter(clause.function, name)] })}
            >
              {t(`parameters.${name}`)}
            </MenuItem>
          ))}
        </DropdownMenu>
      )}
      {clause.parameters.length > 0 && (
        <div className="order-last flex basis-full flex-col gap-1.5 border-line border-l-2 pl-3">
          {clause.parameters.map((parameter, at) => (
            <ParameterRow key={parameter.name} clause={clause} parameter={parameter} onChange={(next) => replace(at, next)} />
          ))}
        </div>
      )}
    </>
  );
}

type ParameterRowProps = { clause: Matches; parameter: Parameter; onChange: (parameter: Parameter | null) => void };

function ParameterRow({ clause, parameter, onChange }: ParameterRowProps) {
  const t = useTranslations("segments");
  const field = fieldOf(clause.function, parameter.name);
  const name = t(`parameters.${parameter.name}`);
  const label = t("rules.parameter", { name });
  const { operator, values, second } = parameterParts(parameter);
  const texts = values.filter((value) => value.type === "text");
  const [value] = values;
  const change = (next: typeof values, upper = second) => onChange(withParameterOperator(parameter.name, operator, next, upper));
  return (
    <div className="flex flex-wrap items-start gap-1.5">
      <span className="flex h-8 w-36 items-center text-muted text-sm max-sm:w-full max-sm:h-auto">{name}</span>
      <OperatorSelect
        operators={parameterOperators(field)}
        operator={operator}
        type={field.type}
        label={`${label}: ${t("rules.operator")}`}
        onChange={(next) => onChange(withParameterOperator(parameter.name, next, values, second))}
      />
      {field.type === "id" ? (
        <IdsInput label={label} values={texts} several={operator !== "="} onChange={change} />
      ) : (
        value && (
          <ValueInput
            type={field.type}
            label={second ? `${label}: ${t("rules.from")}` : label}
            value={value}
            onChange={(next) => change([next])}
          />
        )
      )}
      {second && (
        <>
          <Between />
          <ValueInput type={field.type} label={`${label}: ${t("rules.to")}`} value={second} onChange={(next) => change(values, next)} />
        </>
      )}
      <IconButton label={t("rules.removeParameter", { name })} onClick={() => onChange(null)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
