"use client";

import { useTranslations } from "next-intl";
import { LIMITS } from "@/server/campaigns/schema";
import { MoneyField } from "../../primitives/amount-field";
import { Section } from "../../primitives/card";
import { Field } from "../../primitives/field";
import { Input, Textarea } from "../../primitives/input";
import { budgetOf } from "./money-text";
import type { FieldsProps } from "./values";

export function StepDetails({ values, set, unit, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  return (
    <>
      <Section title={t("details")}>
        <Field label={t("name")} error={error("name")} required>
          {(control) => (
            <Input
              {...control}
              maxLength={LIMITS.name}
              placeholder={t("namePlaceholder")}
              value={values.name}
              onChange={(event) => set({ name: event.target.value }, { name: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("descriptionLabel")} hint={t("descriptionHint")} error={error("description")}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              maxLength={LIMITS.description}
              value={values.description}
              onChange={(event) => set({ description: event.target.value }, { description: event.target.value })}
            />
          )}
        </Field>
      </Section>
      {values.offer.type !== "none" && (
        <Section title={t("budgetTitle")} description={t("budgetText")}>
          <Field
            label={t("budget")}
            hint={values.repeat.type === "none" ? t("budgetHint") : t("budgetHintRepeat")}
            error={error("budget")}
            required={values.repeat.type !== "none"}
          >
            {(control) => (
              <MoneyField
                {...control}
                unit={unit}
                value={values.budget}
                onValueChange={(minor) => {
                  const budget = budgetOf(minor);
                  set({ budget: minor }, budget === undefined ? {} : { budget });
                }}
              />
            )}
          </Field>
        </Section>
      )}
    </>
  );
}
