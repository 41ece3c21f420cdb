"use client";

import { useTranslations } from "next-intl";
import type { Terms } from "@/server/campaigns/schema";
import { MoneyField } from "../../primitives/amount-field";
import { Checkbox } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { amountOf } from "./money-text";
import { RefsPicker } from "./refs-picker";
import type { FieldsProps } from "./values";

const NO_TERMS: Terms = { minOrder: null, include: null, exclude: null, firstOrderOnly: false, noDiscounts: false };

/** Terms without any condition are none. */
function tidy(terms: Terms): Terms | null {
  const refs = (list: Terms["include"]) => (list && list.products.length + list.collections.length > 0 ? list : null);
  const next = { ...terms, include: refs(terms.include), exclude: refs(terms.exclude) };
  return next.minOrder !== null || next.include || next.exclude || next.firstOrderOnly || next.noDiscounts ? next : null;
}

/** What an order must be like before the credit can be spent on it. */
export function TermsFields({ values, set, unit, error }: FieldsProps) {
  const t = useTranslations("campaigns.terms");
  const terms = values.terms ?? NO_TERMS;
  const change = (part: Partial<Terms>) => {
    const next = tidy({ ...terms, ...part });
    set({ terms: next }, { terms: next });
  };
  const changeMinOrder = (minOrder: string) => {
    const amount = amountOf(minOrder);
    set({ minOrder }, {});
    if (amount !== null) change({ minOrder: amount > 0n ? amount : null });
  };
  return (
    <>
      <Field label={t("minOrder")} hint={t("minOrderHint")} error={error("terms")}>
        {(control) => <MoneyField {...control} unit={unit} value={values.minOrder} onValueChange={changeMinOrder} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <RefsPicker label={t("include")} hint={t("includeHint")} value={terms.include} onChange={(include) => change({ include })} />
        <RefsPicker label={t("exclude")} hint={t("excludeHint")} value={terms.exclude} onChange={(exclude) => change({ exclude })} />
      </div>
      <Checkbox
        label={t("firstOrderOnly")}
        hint={t("firstOrderOnlyHint")}
        checked={terms.firstOrderOnly}
        onCheckedChange={(firstOrderOnly) => change({ firstOrderOnly })}
      />
      <Checkbox
        label={t("noDiscounts")}
        hint={t("noDiscountsHint")}
        checked={terms.noDiscounts}
        onCheckedChange={(noDiscounts) => change({ noDiscounts })}
      />
    </>
  );
}
