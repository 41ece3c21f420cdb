"use client";

import { useTranslations } from "next-intl";
import { MoneyField } from "../../primitives/amount-field";
import { SegmentedControl } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { amountOf } from "./money-text";
import { OFFER_TYPES, type OfferForm, type OfferType, offerOf } from "./offer-form";
import { ArmsFields, GroupFields, TierFields } from "./offer-lists";
import type { FieldsProps } from "./values";
import { VariableFields } from "./variable-fields";

export type OfferPartProps = { form: OfferForm; change: (form: OfferForm) => void; unit: string };

/** Fixed, a share of what somebody spends, by group, by spend, several amounts against each other, or none at all. */
export function OfferFields({ values, set, unit, error }: FieldsProps) {
  const t = useTranslations("campaigns.credit");
  const change = (offer: OfferForm, more: { messageEnabled?: true } = {}) => {
    const read = offerOf(offer);
    set({ offer, ...more }, { ...("offer" in read ? { offer: read.offer } : {}), ...more });
  };
  const form = values.offer;
  /** Without credit the message is all there is. What was typed about credit stays with the draft, in case it is to give some after all. */
  const choose = (type: OfferType) => change({ ...form, type }, type === "none" && !values.messageEnabled ? { messageEnabled: true } : {});
  const read = offerOf(form);
  const problem = "wrong" in read ? t(`wrong.${read.wrong}`) : error("offer");
  return (
    <div className="flex flex-col gap-4">
      <SegmentedControl
        aria-label={t("type")}
        options={OFFER_TYPES.map((value) => ({ value, label: t(`types.${value}`) }))}
        value={form.type}
        onValueChange={choose}
      />
      <p className="max-w-prose text-muted text-sm">{t(`typeText.${form.type}`)}</p>
      {form.type === "fixed" && <FixedField values={values} set={set} unit={unit} error={error} />}
      {form.type === "variable" && <VariableFields form={form} change={change} unit={unit} />}
      {form.type === "rfm" && <GroupFields form={form} change={change} unit={unit} />}
      {form.type === "spendTiers" && <TierFields form={form} change={change} unit={unit} />}
      {form.type === "arms" && <ArmsFields form={form} change={change} unit={unit} />}
      {form.type === "none" && <p className="max-w-prose text-muted text-sm">{t("noneNext")}</p>}
      {form.type !== "fixed" && problem && (
        <p role="alert" className="text-danger text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}

function FixedField({ values, set, unit, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  return (
    <Field label={t("amount")} error={error("amount")} required>
      {(control) => (
        <MoneyField
          {...control}
          unit={unit}
          value={values.amount}
          onValueChange={(minor) => {
            const amount = amountOf(minor);
            set({ amount: minor }, amount === null ? {} : { amount });
          }}
        />
      )}
    </Field>
  );
}
