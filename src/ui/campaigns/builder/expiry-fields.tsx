"use client";

import { useTranslations } from "next-intl";
import { LIMITS } from "@/server/campaigns/schema";
import { Checkbox, RadioGroup, SegmentedControl } from "../../primitives/choice";
import { DateField } from "../../primitives/date-time-field";
import { Field } from "../../primitives/field";
import { Notice } from "../../primitives/states";
import type { Simulation } from "../receipt";
import type { Patch } from "../use-autosave";
import { DaysField } from "./days-field";
import { LawCountries } from "./law-countries";
import { daysOf } from "./money-text";
import type { EditorValues, ExpiryKind, FieldsProps } from "./values";

const DEFAULT_DAYS = 30;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What a kind of expiry saves: exactly one of days, date and nothing. A date that is not chosen yet saves nothing. */
function patchOf(kind: ExpiryKind, values: EditorValues): Patch {
  if (kind === "none") return { expiryDays: null, expiryDate: null };
  if (kind === "days") return { expiryDays: daysOf(values.expiryDays, LIMITS.expiryDays) ?? DEFAULT_DAYS, expiryDate: null };
  return DAY.test(values.expiryDate) ? { expiryDate: values.expiryDate, expiryDays: null } : {};
}

type ExpiryFieldsProps = FieldsProps & { lawBroken: boolean; law: Simulation["expiryLaw"] };

export function ExpiryFields({ lawBroken, law, ...fields }: ExpiryFieldsProps) {
  const { values, set } = fields;
  const t = useTranslations("campaigns.editor");
  const l = useTranslations("campaigns.law");
  return (
    <>
      <div className="flex flex-wrap items-start gap-4">
        <Field label={t("expiry")} error={undefined} required>
          {(control) => (
            <SegmentedControl
              {...control}
              options={[
                { value: "days", label: t("expiryIn") },
                { value: "date", label: t("expiryOn") },
                { value: "none", label: t("expiryNone") },
              ]}
              value={values.expiry}
              onValueChange={(expiry) => set({ expiry }, patchOf(expiry, values))}
            />
          )}
        </Field>
        {values.expiry === "days" && <DaysUntil {...fields} />}
        {values.expiry === "date" && <LastDay {...fields} />}
      </div>
      <Field label={l("origin")} error={fields.error("origin")} required>
        {(control) => (
          <RadioGroup
            {...control}
            options={[
              { value: "unpaid", label: l("unpaid"), description: l("unpaidText") },
              { value: "earned", label: l("earned"), description: l("earnedText") },
            ]}
            value={values.origin}
            onValueChange={(origin) => set({ origin }, { origin })}
          />
        )}
      </Field>
      {values.origin === "earned" && (lawBroken || values.counselChecked) && <Law {...fields} />}
      {values.origin === "earned" && law && <LawCountries law={law} />}
    </>
  );
}

function Law({ values, set }: FieldsProps) {
  const l = useTranslations("campaigns.law");
  return (
    <Notice tone={values.counselChecked ? "warning" : "danger"} title={values.counselChecked ? l("overruled") : l("refused")}>
      <p>{l("why")}</p>
      <Checkbox
        className="mt-2"
        label={l("counsel")}
        hint={l("counselHint")}
        checked={values.counselChecked}
        onCheckedChange={(counselChecked) => set({ counselChecked }, { counselChecked })}
      />
    </Notice>
  );
}

function DaysUntil({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  return (
    <DaysField
      label={t("expiryDays")}
      hint={t("expiryDaysHint")}
      value={values.expiryDays}
      max={LIMITS.expiryDays}
      error={error("expiryDays")}
      onChange={(expiryDays) => {
        const next = daysOf(expiryDays, LIMITS.expiryDays);
        set({ expiryDays }, next === null ? {} : { expiryDays: next, expiryDate: null });
      }}
    />
  );
}

function LastDay({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  return (
    <Field label={t("expiryDate")} hint={t("expiryDateHint")} error={error("expiryDate")} required>
      {(control) => (
        <DateField
          {...control}
          value={values.expiryDate}
          onValueChange={(expiryDate) =>
            // A day that was taken away is a question, not "never": nothing is saved until there is an answer.
            set({ expiryDate }, DAY.test(expiryDate) ? { expiryDate, expiryDays: null } : {})
          }
        />
      )}
    </Field>
  );
}
