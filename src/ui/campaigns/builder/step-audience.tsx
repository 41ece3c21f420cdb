"use client";

import { useLocale, useTranslations } from "next-intl";
import { LIMITS } from "@/server/campaigns/schema";
import { formatBasisPoints } from "../../format";
import { PercentField } from "../../primitives/amount-field";
import { Button, ButtonLink } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { Combobox } from "../../primitives/combobox";
import { Field } from "../../primitives/field";
import { HelpTip } from "../../primitives/help-tip";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { SegmentGlance } from "./segment-glance";
import type { FieldsProps } from "./values";

const SEGMENTS_SHOWN = 20;

/** Who is meant, and how many of them stand aside so that the effect can be measured. */
export function StepAudience({ values, set, error, recommendedBps }: FieldsProps & { recommendedBps: number | null }) {
  const t = useTranslations("campaigns.editor");
  const shop = useShop();
  const utils = trpc.useUtils();
  const search = async (query: string, signal: AbortSignal) => {
    const { items } = await utils.client.segments.list.query({ shopId: shop.id, search: query, limit: SEGMENTS_SHOWN }, { signal });
    return items.map((segment) => ({ value: segment.id, label: segment.name, description: segment.description || undefined }));
  };
  return (
    <>
      <Section
        title={t("audience")}
        actions={
          shop.can("segment.write") && (
            <ButtonLink size="sm" variant="ghost" href={shopPath(shop.id, "/segments/new")}>
              {t("newSegment")}
            </ButtonLink>
          )
        }
      >
        <Field label={t("segment")} hint={t("segmentHint")} error={error("segmentId")} required>
          {(control) => (
            <Combobox
              {...control}
              search={search}
              value={values.segment?.id ?? null}
              valueLabel={values.segment?.name}
              placeholder={t("segmentPlaceholder")}
              onValueChange={(id, option) => set({ segment: id && option ? { id, name: option.label } : null }, { segmentId: id })}
            />
          )}
        </Field>
        {values.segment && <SegmentGlance id={values.segment.id} />}
      </Section>
      <Section title={t("measuring")} description={t("measuringText")}>
        <HoldoutField values={values} set={set} error={error} recommendedBps={recommendedBps} />
      </Section>
    </>
  );
}

type HoldoutProps = Pick<FieldsProps, "values" | "set" | "error"> & { recommendedBps: number | null };

function HoldoutField({ values, set, error, recommendedBps }: HoldoutProps) {
  const t = useTranslations("campaigns.editor");
  const m = useTranslations("campaigns.messageOnly");
  const locale = useLocale();
  const tooLarge = values.holdoutBps !== null && values.holdoutBps > LIMITS.holdoutBps;
  return (
    <>
      <Field
        label={t("holdout")}
        hint={values.offer.type === "none" ? m("holdoutHint") : t("holdoutHint")}
        help={<HelpTip term={t("holdout")}>{t("holdoutHelp")}</HelpTip>}
        error={tooLarge ? t("holdoutTooLarge", { most: formatBasisPoints(LIMITS.holdoutBps, locale) }) : error("holdoutBps")}
        required
      >
        {(control) => (
          <PercentField
            {...control}
            value={values.holdoutBps}
            onValueChange={(bps) =>
              set({ holdoutBps: bps }, bps !== null && bps >= 0 && bps <= LIMITS.holdoutBps ? { holdoutBps: bps } : {})
            }
          />
        )}
      </Field>
      {recommendedBps !== null && recommendedBps !== values.holdoutBps && (
        <p className="flex flex-wrap items-center gap-2 text-muted text-sm">
          {t("holdoutRecommended", { share: formatBasisPoints(recommendedBps, locale) })}
          <Button size="sm" onClick={() => set({ holdoutBps: recommendedBps }, { holdoutBps: recommendedBps })}>
            {t("holdoutUse", { share: formatBasisPoints(recommendedBps, locale) })}
          </Button>
        </p>
      )}
    </>
  );
}
