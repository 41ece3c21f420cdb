"use client";

import { useTranslations } from "next-intl";
import { CHANNELS, type Channel, type Policy } from "@/server/notifications/schema";
import { Button } from "../../primitives/button";
import { Card, Section } from "../../primitives/card";
import { Field } from "../../primitives/field";
import { NumberInput } from "./number-input";
import type { PartProps } from "./rules";

/** How often one person may be written to on each channel. */
export function CapFields(props: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  return (
    <Section title={t("caps")} description={t("capsText")}>
      <Card flush className="divide-y divide-line">
        {CHANNELS.map((channel) => (
          <ChannelCaps key={channel} channel={channel} {...props} />
        ))}
      </Card>
    </Section>
  );
}

function ChannelCaps({ channel, value, onChange, disabled, problem }: PartProps<Policy> & { channel: Channel }) {
  const t = useTranslations("sending.rules");
  const common = useTranslations("common.actions");
  const caps = value.caps[channel];
  const set = (next: Policy["caps"][Channel]) => onChange({ caps: { ...value.caps, [channel]: next } });
  const change = (at: number, part: Partial<(typeof caps)[number]>) =>
    set(caps.map((cap, index) => (index === at ? { ...cap, ...part } : cap)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 p-4">
      <legend className="float-left mb-3 font-medium text-ink text-sm">{t(`channel.${channel}`)}</legend>
      {caps.length === 0 && <p className="text-muted text-sm">{t("noCap")}</p>}
      {[...caps.entries()].map(([index, cap]) => (
        <div key={index} className="flex flex-wrap items-end gap-3">
          <Field label={t("count")} required error={problem(`caps.${channel}.${index}.count`)}>
            {(control) => (
              <NumberInput {...control} value={cap.count} disabled={disabled} onValueChange={(count) => change(index, { count })} />
            )}
          </Field>
          <Field label={t("perHours")} required error={problem(`caps.${channel}.${index}.hours`)}>
            {(control) => (
              <NumberInput {...control} value={cap.hours} disabled={disabled} onValueChange={(hours) => change(index, { hours })} />
            )}
          </Field>
          {!disabled && (
            <Button
              variant="ghost"
              aria-label={t("removeCap", { channel: t(`channel.${channel}`), number: index + 1 })}
              onClick={() => set(caps.filter((_, at) => at !== index))}
            >
              {common("remove")}
            </Button>
          )}
        </div>
      ))}
      {!disabled && caps.length < 5 && (
        <div>
          <Button
            size="sm"
            aria-label={t("addCap", { channel: t(`channel.${channel}`) })}
            onClick={() => set([...caps, { count: 1, hours: 24 }])}
          >
            {common("add")}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
