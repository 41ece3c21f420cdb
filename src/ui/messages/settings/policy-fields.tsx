"use client";

import { useTranslations } from "next-intl";
import type { Policy } from "@/server/notifications/schema";
import { MoneyField } from "../../primitives/amount-field";
import { Button, ButtonLink } from "../../primitives/button";
import { Card, Section } from "../../primitives/card";
import { Checkbox } from "../../primitives/choice";
import { TimeField } from "../../primitives/date-time-field";
import { Field } from "../../primitives/field";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { ChannelOrder } from "./notice-fields";
import { NumberInput } from "./number-input";
import type { PartProps } from "./rules";

export function QuietFields({ value, onChange, disabled, problem }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  const shop = useShop();
  const quiet = value.quiet;
  return (
    <Section title={t("quiet")} description={t("quietText", { zone: shop.timeZone })}>
      <Card className="flex flex-col gap-4">
        <Checkbox
          label={t("quietOn")}
          checked={quiet !== null}
          disabled={disabled}
          onCheckedChange={(on) => onChange({ quiet: on ? { from: "20:00", to: "08:00" } : null })}
        />
        {quiet && (
          <div className="flex flex-wrap gap-6">
            <Field label={t("from")} required error={problem("quiet.from")}>
              {(control) => (
                <TimeField
                  {...control}
                  value={quiet.from}
                  disabled={disabled}
                  onValueChange={(from) => onChange({ quiet: { ...quiet, from } })}
                />
              )}
            </Field>
            <Field label={t("to")} required error={problem("quiet.to")}>
              {(control) => (
                <TimeField
                  {...control}
                  value={quiet.to}
                  disabled={disabled}
                  onValueChange={(to) => onChange({ quiet: { ...quiet, to } })}
                />
              )}
            </Field>
          </div>
        )}
      </Card>
    </Section>
  );
}

export function LawFields({ value, onChange, disabled }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  return (
    <Section title={t("consent")} description={t("consentText")}>
      <Card className="flex flex-col gap-4">
        <Checkbox
          label={t("softOptIn")}
          hint={t("softOptInHint")}
          checked={value.softOptIn}
          disabled={disabled}
          onCheckedChange={(softOptIn) => onChange({ softOptIn })}
        />
        <Checkbox
          label={t("tracking")}
          hint={t("trackingHint")}
          checked={value.tracking}
          disabled={disabled}
          onCheckedChange={(tracking) => onChange({ tracking })}
        />
      </Card>
    </Section>
  );
}

export function LinkFields({ value, onChange, disabled }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  return (
    <Section title={t("links")} description={t("linksText")}>
      <Card>
        <Checkbox
          label={t("linkTags")}
          hint={t("linkTagsHint")}
          checked={value.linkTags}
          disabled={disabled}
          onCheckedChange={(linkTags) => onChange({ linkTags })}
        />
      </Card>
    </Section>
  );
}

/** Sender and look have one place; this one leads there. */
export function BrandPlace() {
  const t = useTranslations("sending.rules");
  const shop = useShop();
  return (
    <Section title={t("brand")} description={t("brandText")}>
      <ButtonLink className="self-start" href={`${shopPath(shop.id, "/messages/templates")}?brand=true`}>
        {t("brandLink")}
      </ButtonLink>
    </Section>
  );
}

export function ReminderFields({ value, onChange, disabled, problem }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const reminders = value.reminders;
  const set = (change: Partial<Policy["reminders"]>) => onChange({ reminders: { ...reminders, ...change } });
  return (
    <Section title={t("reminders")} description={t("remindersText")}>
      <Card className="flex flex-col gap-4">
        <Checkbox
          label={t("remindersOn")}
          checked={reminders.enabled}
          disabled={disabled}
          onCheckedChange={(enabled) => set({ enabled })}
        />
        {reminders.enabled && (
          <>
            <div className="flex flex-wrap items-end gap-4">
              {[...reminders.hours.entries()].map(([index, hours]) => (
                <div key={index} className="flex items-end gap-1">
                  <Field label={t("hoursBefore", { number: index + 1 })} required error={problem(`reminders.hours.${index}`)}>
                    {(control) => (
                      <NumberInput
                        {...control}
                        value={hours}
                        disabled={disabled}
                        onValueChange={(next) => set({ hours: reminders.hours.map((old, at) => (at === index ? next : old)) })}
                      />
                    )}
                  </Field>
                  {!disabled && reminders.hours.length > 1 && (
                    <Button
                      variant="ghost"
                      aria-label={t("removeReminder", { number: index + 1 })}
                      onClick={() => set({ hours: reminders.hours.filter((_, at) => at !== index) })}
                    >
                      {common("remove")}
                    </Button>
                  )}
                </div>
              ))}
              {!disabled && reminders.hours.length < 4 && (
                <Button onClick={() => set({ hours: [...reminders.hours, 48] })}>{t("addReminder")}</Button>
              )}
            </div>
            <p className="text-muted text-xs">{t("hoursHint")}</p>
            <ChannelOrder
              label={t("reminders")}
              value={value.noticeChannels.expiring}
              disabled={disabled}
              onValueChange={(expiring) => onChange({ noticeChannels: { ...value.noticeChannels, expiring } })}
            />
            <Field label={t("minimum")} required hint={t("minimumHint")} error={problem("reminders.minimum")}>
              {(control) => (
                <MoneyField
                  {...control}
                  unit={shop.currency}
                  value={reminders.minimum}
                  disabled={disabled}
                  onValueChange={(minimum) => set({ minimum })}
                />
              )}
            </Field>
          </>
        )}
      </Card>
    </Section>
  );
}

export function RateFields({ value, onChange, disabled, problem }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  return (
    <Section title={t("rate")} description={t("rateText")}>
      <Card className="flex flex-wrap gap-6">
        {(["perSecond", "perDomainPerSecond"] as const).map((name) => (
          <Field key={name} label={t(name)} required hint={t("rateHint")} error={problem(`rate.${name}`)}>
            {(control) => (
              <NumberInput
                {...control}
                value={value.rate[name]}
                disabled={disabled}
                onValueChange={(next) => onChange({ rate: { ...value.rate, [name]: next } })}
              />
            )}
          </Field>
        ))}
      </Card>
    </Section>
  );
}
