"use client";

import { useTranslations } from "next-intl";
import { Section } from "../../primitives/card";
import type { Simulation } from "../receipt";
import { ExpiryFields } from "./expiry-fields";
import { OfferExamples } from "./offer-examples";
import { OfferFields } from "./offer-fields";
import { TermsFields } from "./terms-fields";
import type { FieldsProps } from "./values";

type StepCreditProps = FieldsProps & {
  /** Null before the first save; examples need a saved draft. */
  draftId: string | null;
  /** Earned credit would end sooner than the law allows. */
  lawBroken: boolean;
  law: Simulation["expiryLaw"];
};

/** How much, how long, and on which conditions. */
export function StepCredit({ draftId, lawBroken, law, ...fields }: StepCreditProps) {
  const t = useTranslations("campaigns.credit");
  const { type } = fields.values.offer;
  const gives = type !== "none";
  return (
    <>
      <Section title={t("amountTitle")}>
        <OfferFields {...fields} />
        {gives && draftId && fields.values.segment && <OfferExamples draftId={draftId} offer={type} unit={fields.unit} />}
      </Section>
      {gives && (
        <>
          <Section title={t("validity")}>
            <ExpiryFields {...fields} lawBroken={lawBroken} law={law} />
          </Section>
          <Section title={t("terms")} description={t("termsText")}>
            <TermsFields {...fields} />
          </Section>
        </>
      )}
    </>
  );
}
