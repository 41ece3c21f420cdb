"use client";

import { useTranslations } from "next-intl";
import { CHANNELS, type Channel, type Policy } from "@/server/notifications/schema";
import { Card, Section } from "../../primitives/card";
import { Checkbox } from "../../primitives/choice";
import { NativeSelect } from "../../primitives/select";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { PartProps } from "./rules";

const NOTICES = ["available", "refunded", "granted", "expired"] as const;

/** What is told by itself, and by which ways. */
export function NoticeFields({ value, onChange, disabled }: PartProps<Policy>) {
  const t = useTranslations("sending.rules");
  return (
    <Section title={t("notices")} description={t("noticesText")}>
      <Card className="flex flex-col gap-4">
        {NOTICES.map((name) => (
          <div key={name} className="flex flex-col gap-2">
            <Checkbox
              label={t(`notice.${name}`)}
              hint={t(`noticeHint.${name}`)}
              checked={value.notices[name]}
              disabled={disabled}
              onCheckedChange={(on) => onChange({ notices: { ...value.notices, [name]: on } })}
            />
            {value.notices[name] && (
              <div className="pl-6">
                <ChannelOrder
                  label={t(`notice.${name}`)}
                  value={value.noticeChannels[name]}
                  disabled={disabled}
                  onValueChange={(order) => onChange({ noticeChannels: { ...value.noticeChannels, [name]: order } })}
                />
              </div>
            )}
          </div>
        ))}
      </Card>
    </Section>
  );
}

type OrderProps = { label: string; value: readonly Channel[]; disabled: boolean; onValueChange: (order: Channel[]) => void };

/** First this way, else that one: each person is told on the first that reaches them. */
export function ChannelOrder({ label, value, disabled, onValueChange }: OrderProps) {
  const t = useTranslations("sending.rules");
  const missing = useMissing(value);
  const slots: (Channel | null)[] = value.length < CHANNELS.length ? [...value, null] : [...value];
  const change = (at: number, channel: Channel | null) => {
    const before = value.slice(0, at);
    onValueChange(channel ? [...before, channel, ...value.slice(at + 1).filter((later) => later !== channel)] : before);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="sr-only">{t("ways", { label })}</legend>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-sm">
        {[...slots.entries()].map(([at, chosen]) => {
          const free = CHANNELS.filter((channel) => !value.slice(0, at).includes(channel));
          const options = free.map((channel) => ({ value: channel, label: t(`channel.${channel}`) }));
          return (
            <span key={at} className="flex items-center gap-2">
              {t(at === 0 ? "by" : "else")}
              <NativeSelect
                aria-label={t("way", { label, number: at + 1 })}
                className="w-36"
                disabled={disabled}
                options={at === 0 ? options : [{ value: "", label: t("nobody") }, ...options]}
                value={chosen ?? ""}
                onChange={({ target }) => change(at, free.find((channel) => channel === target.value) ?? null)}
              />
            </span>
          );
        })}
      </div>
      {missing.length > 0 && (
        <p className="text-warning text-xs">{t("notSetUp", { channels: missing.map((channel) => t(`channel.${channel}`)).join(", ") })}</p>
      )}
    </fieldset>
  );
}

const WAYS = { smtp: "email", twilio: "sms", sms_http: "sms", push: "push" } as const;

/** Chosen ways that are not set up; none while nothing is, because everything then lands in the outbox. */
function useMissing(order: readonly Channel[]): Channel[] {
  const shop = useShop();
  const { data } = trpc.messages.channels.list.useQuery({ shopId: shop.id });
  if (!data) return [];
  const ready = new Set(
    data.flatMap((channel) => (channel.enabled && channel.kind in WAYS ? [WAYS[channel.kind as keyof typeof WAYS]] : [])),
  );
  return ready.size === 0 ? [] : order.filter((channel) => !ready.has(channel));
}
