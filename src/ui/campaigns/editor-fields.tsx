"use client";

import { useTranslations } from "next-intl";
import { LIMITS, localTimeSchema } from "@/server/campaigns/schema";
import { instantToLocal } from "@/server/time";
import { MoneyField, PercentField } from "../primitives/amount-field";
import { Button, ButtonLink } from "../primitives/button";
import { Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Combobox } from "../primitives/combobox";
import { DateTimeField } from "../primitives/date-time-field";
import { Field } from "../primitives/field";
import { HelpTip } from "../primitives/help-tip";
import { Input, Textarea } from "../primitives/input";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { FieldsProps } from "./campaign-editor";

export function DetailFields({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  return (
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
            rows={2}
            maxLength={LIMITS.description}
            value={values.description}
            onChange={(event) => set({ description: event.target.value }, { description: event.target.value })}
          />
        )}
      </Field>
    </Section>
  );
}

const SEGMENTS_SHOWN = 20;

export function AudienceFields({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  const shop = useShop();
  const utils = trpc.useUtils();
  const search = async (query: string, signal: AbortSignal) => {
    const { items } = await utils.client.segments.list.query({ shopId: shop.id, search: query, limit: SEGMENTS_SHOWN }, { signal });
    return items.map((segment) => ({ value: segment.id, label: segment.name, description: segment.description || undefined }));
  };
  return (
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
      <Field
        label={t("holdout")}
        hint={t("holdoutHint")}
        help={<HelpTip term={t("holdout")}>{t("holdoutHelp")}</HelpTip>}
        error={values.holdoutBps !== null && values.holdoutBps > LIMITS.holdoutBps ? t("holdoutHelp") : error("holdoutBps")}
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
    </Section>
  );
}

const amountOf = (minor: string): bigint | null => {
  if (minor === "") return 0n;
  if (!/^\d{1,18}$/.test(minor)) return null;
  const amount = BigInt(minor);
  return amount <= LIMITS.amount ? amount : null;
};

const daysOf = (text: string): number | null => {
  const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return days >= 1 && days <= LIMITS.expiryDays ? days : null;
};

export function CreditFields({ values, set, unit, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  const v = useTranslations("common.validation");
  const days = daysOf(values.expiryDays);
  return (
    <Section title={t("credit")}>
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
      <div className="flex flex-wrap items-start gap-4">
        <Field label={t("expiry")} error={undefined} required>
          {(control) => (
            <SegmentedControl
              {...control}
              options={[
                { value: "in", label: t("expiryIn") },
                { value: "none", label: t("expiryNone") },
              ]}
              value={values.expires ? "in" : "none"}
              onValueChange={(choice) => set({ expires: choice === "in" }, { expiryDays: choice === "in" ? (days ?? 30) : null })}
            />
          )}
        </Field>
        {values.expires && (
          <Field
            label={t("expiryDays")}
            hint={t("expiryDaysHint")}
            error={days === null ? v("numberMin", { minimum: 1 }) : error("expiryDays")}
            required
          >
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                className="w-24 text-right"
                value={values.expiryDays}
                onChange={(event) => {
                  const next = daysOf(event.target.value);
                  set({ expiryDays: event.target.value }, next === null ? {} : { expiryDays: next });
                }}
              />
            )}
          </Field>
        )}
      </div>
    </Section>
  );
}

const TEN_MINUTES_MS = 600_000;

export function ScheduleFields({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  const shop = useShop();
  const change = (local: string) => {
    const parsed = localTimeSchema.safeParse(local);
    if (parsed.success) set({ availableLocal: parsed.data }, { availableLocal: parsed.data });
    else set({ availableLocal: local }, local === "" ? { availableLocal: null } : {});
  };
  // The schedule is read by the server's clock; the browser's only fills in a first value.
  const inTen = () => change(instantToLocal(new Date(Date.now() + TEN_MINUTES_MS), shop.timeZone).slice(0, 16));
  return (
    <Section title={t("schedule")}>
      <Field label={t("available")} hint={t("availableHint")} error={error("availableLocal")} required>
        {(control) => (
          <div className="flex flex-wrap items-center gap-2">
            <DateTimeField {...control} zone={shop.timeZone} value={values.availableLocal} onValueChange={change} />
            <Button size="sm" variant="ghost" onClick={inTen}>
              {t("inTen")}
            </Button>
          </div>
        )}
      </Field>
    </Section>
  );
}
