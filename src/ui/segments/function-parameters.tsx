"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { parameterOf, parameterOperators, type ValueKind, valueKindOf } from "@/server/segments/fields";
import { type Clause, PARAMETER_NAMES, type Parameter, type ParameterName } from "@/server/segments/schema";
import { Button, IconButton } from "../primitives/button";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { NativeSelect } from "../primitives/select";
import { useSubjectLabel } from "./labels";
import { fieldOf, newParameter, parameterParts, withParameterOperator } from "./new-clause";
import { Between, OperatorSelect } from "./operator-select";
import { ValueInput } from "./value-inputs";
import { ValuesPicker } from "./value-picker";

type Matches = Extract<Clause, { kind: "matches" }>;
type FunctionParametersProps = { clause: Matches; onChange: (clause: Clause) => void };

/** „Hat bestellt“: whether it is true, and restrictions of which orders count. */
export function FunctionParameters({ clause, onChange }: FunctionParametersProps) {
  const t = useTranslations("segments");
  const label = useSubjectLabel()(clause.function);
  const unused = PARAMETER_NAMES.filter((name) => isOffered(clause, name) && !clause.parameters.some((p) => p.name === name));
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
              {parameterWord(valueKindOf({ function: clause.function, parameter: name }), name, t)}
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

/** An id is named by what it identifies. */
function parameterWord(kind: ValueKind | null, name: ParameterName, t: ReturnType<typeof useTranslations<"segments">>): string {
  return name === "id" && (kind === "product" || kind === "collection" || kind === "campaign" || kind === "segment")
    ? t(`picker.kind.${kind}`)
    : t(`parameters.${name}`);
}

/** What the language knows and this shop can answer. */
function isOffered({ function: fn }: Matches, name: ParameterName): boolean {
  const field = parameterOf(fn, name);
  return field !== undefined && field.unavailable === undefined;
}

type ParameterRowProps = { clause: Matches; parameter: Parameter; onChange: (parameter: Parameter | null) => void };

function ParameterRow({ clause, parameter, onChange }: ParameterRowProps) {
  const t = useTranslations("segments");
  const field = fieldOf(clause.function, parameter.name);
  const kind = valueKindOf({ function: clause.function, parameter: parameter.name });
  const name = parameterWord(kind, parameter.name, t);
  const label = t("rules.parameter", { name });
  const { operator, values, second } = parameterParts(parameter);
  const texts = values.flatMap((value) => (value.type === "text" ? value.value : []));
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
      {kind && (operator === "IN" || operator === "NOT IN") ? (
        <ValuesPicker
          kind={kind}
          label={label}
          values={texts}
          onChange={(next) => change((next.length === 0 ? [""] : next).map((text) => ({ type: "text", value: text })))}
        />
      ) : (
        value && (
          <ValueInput
            type={field.type}
            kind={kind}
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
      {!field.needed && (
        <IconButton label={t("rules.removeParameter", { name })} onClick={() => onChange(null)}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
