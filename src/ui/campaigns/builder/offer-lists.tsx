"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { LIMITS, RFM_GROUPS } from "@/server/campaigns/schema";
import { MoneyField } from "../../primitives/amount-field";
import { Button, IconButton } from "../../primitives/button";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import type { OfferPartProps } from "./offer-fields";
import { lineKey } from "./offer-form";
import { WindowField } from "./variable-fields";

/** An amount for each of the six groups of the RFM analysis. */
export function GroupFields({ form, change, unit }: OfferPartProps) {
  const t = useTranslations("campaigns.credit");
  const { rfm } = form;
  return (
    <div className="flex max-w-lg flex-col divide-y divide-line">
      {RFM_GROUPS.map((group) => (
        <AmountLine
          key={group}
          label={t(`groups.${group}.name`)}
          text={t(`groups.${group}.text`)}
          unit={unit}
          value={rfm.amounts[group]}
          onChange={(amount) => change({ ...form, rfm: { ...rfm, amounts: { ...rfm.amounts, [group]: amount } } })}
        />
      ))}
      <AmountLine
        label={t("groups.otherwise.name")}
        text={t("groups.otherwise.text")}
        unit={unit}
        value={rfm.otherwise}
        onChange={(otherwise) => change({ ...form, rfm: { ...rfm, otherwise } })}
      />
    </div>
  );
}

type AmountLineProps = { label: string; text: string; unit: string; value: string; onChange: (minor: string) => void };

function AmountLine({ label, text, unit, value, onChange }: AmountLineProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2">
      <div className="min-w-0 flex-1 basis-48">
        <p className="text-sm">{label}</p>
        <p className="text-muted text-xs">{text}</p>
      </div>
      <Field label={label} error={undefined} labelHidden>
        {(control) => <MoneyField {...control} unit={unit} value={value} onValueChange={onChange} className="w-32" />}
      </Field>
    </div>
  );
}

/** Rising borders of spend with an amount each. */
export function TierFields({ form, change, unit }: OfferPartProps) {
  const t = useTranslations("campaigns.credit");
  const { windowDays, tiers } = form.spendTiers;
  const set = (part: Partial<typeof form.spendTiers>) => change({ ...form, spendTiers: { ...form.spendTiers, ...part } });
  const write = (key: string, part: { from?: string; amount?: string }) =>
    set({ tiers: tiers.map((tier) => (tier.key === key ? { ...tier, ...part } : tier)) });
  return (
    <>
      <WindowField value={windowDays} onChange={(days) => set({ windowDays: days })} />
      <ol className="flex flex-col gap-3" aria-label={t("tiers")}>
        {tiers.map((tier, index) => (
          <li key={tier.key} className="flex flex-wrap items-end gap-3">
            <Field label={t("from")} error={undefined} required>
              {(control) => (
                <MoneyField
                  {...control}
                  unit={unit}
                  className="w-36"
                  value={tier.from}
                  onValueChange={(from) => write(tier.key, { from })}
                />
              )}
            </Field>
            <Field label={t("amount")} error={undefined} required>
              {(control) => (
                <MoneyField
                  {...control}
                  unit={unit}
                  className="w-32"
                  value={tier.amount}
                  onValueChange={(amount) => write(tier.key, { amount })}
                />
              )}
            </Field>
            {tiers.length > 1 && (
              <IconButton
                label={t("removeTier", { number: index + 1 })}
                onClick={() => set({ tiers: tiers.filter(({ key }) => key !== tier.key) })}
              >
                <X aria-hidden />
              </IconButton>
            )}
          </li>
        ))}
      </ol>
      {tiers.length < LIMITS.tiers && (
        <Button size="sm" className="self-start" onClick={() => set({ tiers: [...tiers, { key: lineKey(), from: "", amount: "" }] })}>
          <Plus aria-hidden />
          {t("addTier")}
        </Button>
      )}
    </>
  );
}

/** Amounts tried against each other; chance decides who gets which. */
export function ArmsFields({ form, change, unit }: OfferPartProps) {
  const t = useTranslations("campaigns.credit");
  const { arms } = form;
  const write = (key: string, part: { amount?: string; weight?: string }) =>
    change({ ...form, arms: arms.map((arm) => (arm.key === key ? { ...arm, ...part } : arm)) });
  return (
    <>
      <ol className="flex flex-col gap-3" aria-label={t("arms")}>
        {arms.map((arm, index) => (
          <li key={arm.key} className="flex flex-wrap items-end gap-3">
            <Field label={t("armAmount", { number: index + 1 })} error={undefined} required>
              {(control) => (
                <MoneyField
                  {...control}
                  unit={unit}
                  className="w-32"
                  value={arm.amount}
                  onValueChange={(amount) => write(arm.key, { amount })}
                />
              )}
            </Field>
            <Field label={t("weight")} error={undefined} required>
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  maxLength={3}
                  className="w-20 text-right"
                  value={arm.weight}
                  onChange={(event) => write(arm.key, { weight: event.target.value })}
                />
              )}
            </Field>
            {arms.length > 2 && (
              <IconButton
                label={t("removeArm", { number: index + 1 })}
                onClick={() => change({ ...form, arms: arms.filter(({ key }) => key !== arm.key) })}
              >
                <X aria-hidden />
              </IconButton>
            )}
          </li>
        ))}
      </ol>
      {arms.length < LIMITS.arms && (
        <Button
          size="sm"
          className="self-start"
          onClick={() => change({ ...form, arms: [...arms, { key: lineKey(), amount: "", weight: "1" }] })}
        >
          <Plus aria-hidden />
          {t("addArm")}
        </Button>
      )}
    </>
  );
}
