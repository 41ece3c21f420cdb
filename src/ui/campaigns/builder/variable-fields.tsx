"use client";

import { useTranslations } from "next-intl";
import { LIMITS, OFFER_BASES } from "@/server/campaigns/schema";
import { MoneyField, PercentField } from "../../primitives/amount-field";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { NativeSelect } from "../../primitives/select";
import { daysOf } from "./money-text";
import type { OfferPartProps } from "./offer-fields";

/** A share of what a person spent, rounded to whole steps and kept between two bounds. */
export function VariableFields({ form, change, unit }: OfferPartProps) {
  const t = useTranslations("campaigns.credit");
  const { variable } = form;
  const set = (part: Partial<typeof variable>) => change({ ...form, variable: { ...variable, ...part } });
  return (
    <>
      <div className="flex flex-wrap items-start gap-4">
        <Field label={t("share")} error={undefined} required>
          {(control) => (
            <PercentField
              {...control}
              value={variable.bps}
              onValueChange={(bps) => set({ bps: bps !== null && bps > LIMITS.shareBps ? null : bps })}
            />
          )}
        </Field>
        <Field label={t("base")} error={undefined} required>
          {(control) => (
            <NativeSelect
              {...control}
              className="w-64 max-w-full"
              options={OFFER_BASES.map((value) => ({ value, label: t(`bases.${value}`) }))}
              value={variable.base}
              onChange={(event) => set({ base: OFFER_BASES.find((base) => base === event.target.value) ?? "lastOrder" })}
            />
          )}
        </Field>
        {variable.base === "spend" && <WindowField value={variable.windowDays} onChange={(windowDays) => set({ windowDays })} />}
      </div>
      <div className="flex flex-wrap items-start gap-4">
        <Field label={t("step")} hint={t("stepHint")} error={undefined}>
          {(control) => <MoneyField {...control} unit={unit} value={variable.step} onValueChange={(step) => set({ step })} />}
        </Field>
        <Field label={t("min")} error={undefined}>
          {(control) => <MoneyField {...control} unit={unit} value={variable.min} onValueChange={(min) => set({ min })} />}
        </Field>
        <Field label={t("max")} error={undefined}>
          {(control) => <MoneyField {...control} unit={unit} value={variable.max} onValueChange={(max) => set({ max })} />}
        </Field>
      </div>
    </>
  );
}

/** "In the last … days"; empty is all time. */
export function WindowField({ value, onChange }: { value: string; onChange: (days: string) => void }) {
  const t = useTranslations("campaigns.credit");
  const v = useTranslations("common.validation");
  const wrong = value.trim() !== "" && daysOf(value, LIMITS.windowDays) === null;
  return (
    <Field label={t("window")} hint={t("windowHint")} error={wrong ? v("numberMax", { maximum: LIMITS.windowDays }) : undefined}>
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          maxLength={5}
          className="w-24 text-right"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
