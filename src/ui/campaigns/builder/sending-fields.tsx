"use client";

import { useTranslations } from "next-intl";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { SegmentedControl } from "../../primitives/choice";
import { Field } from "../../primitives/field";
import { NativeSelect } from "../../primitives/select";
import { Notice } from "../../primitives/states";
import { toastError } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";

type Sending = Pick<
  RouterOutput["messages"]["campaign"]["get"],
  "channel" | "templateId" | "templateName" | "templateGone" | "spreadMinutes"
>;

const CHANNELS = ["email", "sms", "push"] as const;
/** Over how long a drop's messages are spread, so that neither the mail server nor the shop is overrun. */
const SPREADS = [0, 30, 60, 180, 720, 1_440] as const;

/** How a draft's messages are sent. `value` is null before the first save and while it loads. */
export function useSending(campaignId: string | null) {
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const input = { shopId: shop.id, campaignId: campaignId ?? "" };
  const query = trpc.messages.campaign.get.useQuery(input, { enabled: campaignId !== null });
  const save = trpc.messages.campaign.set.useMutation({
    // Who is reached, what is said and what is missing depend on it.
    onSuccess: () => void Promise.all([utils.roi.simulate.invalidate(), utils.campaigns.messagePreview.invalidate()]),
    onError: (error) => {
      toastError(errorText(error));
      void utils.messages.campaign.get.invalidate(input);
    },
  });
  const value: Sending | null = query.data ?? null;
  const change = (part: Partial<Sending>) => {
    if (!query.data || campaignId === null) return;
    const kept = part.templateId === undefined || part.templateId === query.data.templateId;
    const next = { ...query.data, ...part, ...(kept ? {} : { templateName: null, templateGone: false }) };
    // Shown at once; put back when the server refuses it.
    utils.messages.campaign.get.setData(input, next);
    save.mutate({ ...input, channel: next.channel, templateId: next.templateId, spreadMinutes: next.spreadMinutes });
  };
  return { value, change };
}

type SendingFieldsProps = { sending: ReturnType<typeof useSending>; kind: "credit_granted" | "campaign_message" };

export function SendingFields({ sending, kind }: SendingFieldsProps) {
  const t = useTranslations("campaigns.sending");
  const shop = useShop();
  const { value, change } = sending;
  const channel = value?.channel ?? "email";
  const templates = trpc.messages.templates.list.useQuery({ shopId: shop.id, channel, kind }, { enabled: value !== null });
  if (!value) return null;
  const saved = (templates.data?.items ?? []).flatMap((template) =>
    template.id === null ? [] : [{ value: template.id, label: template.name ?? t("unnamed") }],
  );
  // What cannot be chosen any more is still what the draft says.
  const chosen = value.templateId !== null && !saved.some((option) => option.value === value.templateId) ? value.templateId : null;
  const name = value.templateName ?? t("unnamed");
  return (
    <>
      {value.templateGone && (
        <Notice
          tone="warning"
          title={t("goneTitle", { name })}
          action={<WithoutTemplate {...{ value, kind }} onTake={() => change({ templateId: null })} />}
        >
          {t(hasOwnWords(value, kind) ? "goneText" : "goneTextChoose")}
        </Notice>
      )}
      <div className="flex flex-wrap items-start gap-4">
        <Field label={t("channel")} error={undefined} required>
          {(control) => (
            <SegmentedControl
              {...control}
              options={CHANNELS.map((option) => ({ value: option, label: t(`channels.${option}`) }))}
              value={value.channel}
              onValueChange={(next) => change({ channel: next, templateId: null })}
            />
          )}
        </Field>
        <Field label={t("template")} hint={value.channel === "email" ? t("templateHint") : undefined} error={undefined} required>
          {(control) => (
            <NativeSelect
              {...control}
              className="w-64 max-w-full"
              options={[
                { value: "", label: value.channel === "email" ? t("ownText") : kind === "campaign_message" ? t("choose") : t("builtIn") },
                ...saved,
                ...(chosen === null ? [] : [{ value: chosen, label: value.templateGone ? t("goneOption", { name }) : name }]),
              ]}
              value={value.templateId ?? ""}
              onChange={(event) => change({ templateId: event.target.value || null })}
            />
          )}
        </Field>
        <Field label={t("spread")} error={undefined} required>
          {(control) => (
            <NativeSelect
              {...control}
              className="w-44"
              options={[...new Set([...SPREADS, value.spreadMinutes])]
                .sort((a, b) => a - b)
                .map((minutes) => ({ value: String(minutes), label: t("spreadValue", { minutes, hours: Math.round(minutes / 60) }) }))}
              value={String(value.spreadMinutes)}
              onChange={(event) => change({ spreadMinutes: Number(event.target.value) })}
            />
          )}
        </Field>
      </div>
    </>
  );
}

/** Of a message without credit that is no e-mail there are no words without a template. */
const hasOwnWords = ({ channel }: Sending, kind: SendingFieldsProps["kind"]): boolean => channel === "email" || kind === "credit_granted";

/** The words there are without a template. */
function WithoutTemplate({ value, kind, onTake }: { value: Sending; kind: SendingFieldsProps["kind"]; onTake: () => void }) {
  const t = useTranslations("campaigns.sending");
  if (!hasOwnWords(value, kind)) return null;
  return (
    <Button size="sm" onClick={onTake}>
      {value.channel === "email" ? t("takeOwn") : t("takeBuiltIn")}
    </Button>
  );
}
