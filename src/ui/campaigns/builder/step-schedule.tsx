"use client";

import { useLocale, useTranslations } from "next-intl";
import { LIMITS, localTimeSchema, type Repeat } from "@/server/campaigns/schema";
import { instantToLocal } from "@/server/time";
import { formatDateTime } from "../../format";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { Checkbox, RadioGroup, SegmentedControl } from "../../primitives/choice";
import { DateTimeField } from "../../primitives/date-time-field";
import { Field } from "../../primitives/field";
import { NativeSelect } from "../../primitives/select";
import { useShop } from "../../shell/shop-context";
import { DaysField } from "./days-field";
import { daysOf } from "./money-text";
import { tomorrowAtTen } from "./starting-time";
import { DEFAULT_PAUSE, type FieldsProps } from "./values";

const TEN_MINUTES_MS = 600_000;
const MONTHS = [1, 2, 3, 4, 6, 12] as const;

type StepScheduleProps = FieldsProps & {
  nextRuns: readonly Date[];
  /** Customers' own zones: when the first and the last of them get it. */
  availability: { zones: number; first: Date; last: Date } | null;
};

/** When the credit becomes available, once or again and again. */
export function StepSchedule(props: StepScheduleProps) {
  const { values, set, error, availability, nextRuns } = props;
  const t = useTranslations("campaigns.schedule");
  const m = useTranslations("campaigns.messageOnly");
  const gives = values.offer.type !== "none";
  return (
    <>
      <Section title={t("title")}>
        <StartField {...props} />
        <Field label={t("zone")} error={error("zone")} required>
          {(control) => (
            <RadioGroup
              {...control}
              options={[
                { value: "shop", label: t("zoneShop"), description: t("zoneShopHint") },
                { value: "customer", label: t("zoneCustomer"), description: gives ? t("zoneCustomerHint") : m("zoneCustomerHint") },
              ]}
              value={values.zone}
              onValueChange={(zone) => set({ zone }, { zone })}
            />
          )}
        </Field>
        {values.zone === "customer" && availability && <Spread availability={availability} />}
      </Section>
      <Section title={t("repeat")}>
        <RepeatFields values={values} set={set} />
        <EndField {...props} />
        {values.repeat.type === "monthly" && nextRuns.length > 0 && <NextRuns runs={nextRuns} />}
      </Section>
    </>
  );
}

function StartField({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.editor");
  const s = useTranslations("campaigns.schedule");
  const m = useTranslations("campaigns.messageOnly");
  const gives = values.offer.type !== "none";
  const shop = useShop();
  const change = (local: string) => {
    const parsed = localTimeSchema.safeParse(local);
    if (parsed.success) set({ availableLocal: parsed.data }, { availableLocal: parsed.data });
    else set({ availableLocal: local }, local === "" ? { availableLocal: null } : {});
  };
  // The schedule is read by the server's clock; the browser's only fills in a first value.
  const inTen = () => change(instantToLocal(new Date(Date.now() + TEN_MINUTES_MS), shop.timeZone).slice(0, 16));
  return (
    <Field
      label={gives ? t("available") : m("available")}
      hint={gives ? t("availableHint") : m("availableHint")}
      error={error("availableLocal")}
      required
    >
      {(control) => (
        <div className="flex flex-wrap items-center gap-2">
          <DateTimeField {...control} zone={shop.timeZone} value={values.availableLocal} onValueChange={change} />
          <Button size="sm" variant="ghost" onClick={inTen}>
            {t("inTen")}
          </Button>
          <Button size="sm" variant="ghost" onClick={() => change(tomorrowAtTen(new Date(), shop.timeZone))}>
            {s("tomorrow")}
          </Button>
        </div>
      )}
    </Field>
  );
}

function Spread({ availability }: { availability: { zones: number; first: Date; last: Date } }) {
  const t = useTranslations("campaigns.schedule");
  const locale = useLocale();
  const shop = useShop();
  return (
    <p className="text-muted text-sm">
      {t("spread", {
        zones: availability.zones,
        first: formatDateTime(availability.first, shop.timeZone, locale),
        last: formatDateTime(availability.last, shop.timeZone, locale),
      })}
    </p>
  );
}

const START: Record<Repeat["type"], Repeat> = {
  none: { type: "none" },
  monthly: { type: "monthly", every: 1 },
  entry: { type: "entry", includeExisting: false, reentryDays: null },
};

function RepeatFields({ values, set }: Pick<FieldsProps, "values" | "set">) {
  const t = useTranslations("campaigns.schedule");
  const m = useTranslations("campaigns.messageOnly");
  const { repeat } = values;
  const change = (next: Repeat) => set({ repeat: next }, { repeat: next });
  return (
    <>
      <SegmentedControl
        aria-label={t("repeat")}
        options={[
          { value: "none", label: t("once") },
          { value: "monthly", label: t("monthly") },
          { value: "entry", label: t("entry") },
        ]}
        value={repeat.type}
        onValueChange={(type) => change(START[type])}
      />
      <p className="max-w-prose text-muted text-sm">
        {repeat.type === "entry" && values.offer.type === "none" ? m("entryText") : t(`repeatText.${repeat.type}`)}
      </p>
      {repeat.type === "monthly" && (
        <Field label={t("every")} error={undefined} required>
          {(control) => (
            <NativeSelect
              {...control}
              className="w-56"
              options={MONTHS.map((months) => ({ value: String(months), label: t("everyMonths", { months }) }))}
              value={String(repeat.every)}
              onChange={(event) => change({ type: "monthly", every: Number(event.target.value) })}
            />
          )}
        </Field>
      )}
      {repeat.type === "entry" && (
        <>
          <Checkbox
            label={t("includeExisting")}
            hint={t("includeExistingHint")}
            checked={repeat.includeExisting}
            onCheckedChange={(includeExisting) => change({ ...repeat, includeExisting })}
          />
          <Field label={t("reentry")} error={undefined} required>
            {(control) => (
              <SegmentedControl
                {...control}
                options={[
                  { value: "never", label: t("reentryNever") },
                  { value: "after", label: t("reentryAfter") },
                ]}
                value={repeat.reentryDays === null ? "never" : "after"}
                onValueChange={(choice) =>
                  change({
                    ...repeat,
                    reentryDays: choice === "never" ? null : (daysOf(values.reentryDays, LIMITS.expiryDays) ?? Number(DEFAULT_PAUSE)),
                  })
                }
              />
            )}
          </Field>
          {repeat.reentryDays !== null && (
            <DaysField
              label={t("reentryDays")}
              value={values.reentryDays}
              max={LIMITS.expiryDays}
              onChange={(reentryDays) => {
                const days = daysOf(reentryDays, LIMITS.expiryDays);
                const next = days === null ? null : { ...repeat, reentryDays: days };
                set({ reentryDays, ...(next && { repeat: next }) }, next ? { repeat: next } : {});
              }}
            />
          )}
        </>
      )}
    </>
  );
}

function EndField({ values, set, error }: FieldsProps) {
  const t = useTranslations("campaigns.schedule");
  const m = useTranslations("campaigns.messageOnly");
  const shop = useShop();
  const change = (local: string) => {
    const parsed = localTimeSchema.safeParse(local);
    if (parsed.success) set({ endsLocal: parsed.data }, { endsLocal: parsed.data });
    else set({ endsLocal: local }, local === "" ? { endsLocal: null } : {});
  };
  return (
    <Field
      label={t("ends")}
      hint={values.repeat.type !== "none" ? t("endsHintRepeat") : values.offer.type === "none" ? m("endsHintOnce") : t("endsHintOnce")}
      error={error("endsLocal")}
    >
      {(control) => (
        <div className="flex flex-wrap items-center gap-2">
          <DateTimeField {...control} zone={shop.timeZone} value={values.endsLocal} onValueChange={change} />
          {values.endsLocal !== "" && (
            <Button size="sm" variant="ghost" onClick={() => change("")}>
              {t("noEnd")}
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}

function NextRuns({ runs }: { runs: readonly Date[] }) {
  const t = useTranslations("campaigns.schedule");
  const locale = useLocale();
  const shop = useShop();
  return (
    <div className="text-sm">
      <h3 className="font-medium">{t("nextRuns")}</h3>
      <ol className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-muted">
        {runs.map((run) => (
          <li key={run.toISOString()} className="tabular">
            {formatDateTime(run, shop.timeZone, locale)}
          </li>
        ))}
      </ol>
    </div>
  );
}
