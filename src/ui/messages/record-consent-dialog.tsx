"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Textarea } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

const TOPICS = {
  email_marketing: { channel: "email", purpose: "marketing" },
  sms_marketing: { channel: "sms", purpose: "marketing" },
  push_marketing: { channel: "push", purpose: "marketing" },
  email_tracking: { channel: "email", purpose: "tracking" },
  all_objection: { channel: "all", purpose: "objection" },
} as const;
type Topic = keyof typeof TOPICS;
const KEYS: readonly Topic[] = ["email_marketing", "sms_marketing", "push_marketing", "email_tracking", "all_objection"];
const MIN_EVIDENCE = 10;

type RecordConsentDialogProps = { customerId: string; onClose: () => void; onRecorded: () => void };

/** Notes what a person said outside of this product. Without evidence it would prove nothing, so it asks for some. */
export function RecordConsentDialog({ customerId, onClose, onRecorded }: RecordConsentDialogProps) {
  const t = useTranslations("messages.consent");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const [topic, setTopic] = useState<Topic>("email_marketing");
  const [state, setState] = useState<"granted" | "withdrawn">("withdrawn");
  const [evidence, setEvidence] = useState("");
  const [tried, setTried] = useState(false);
  const record = trpc.messages.consent.record.useMutation({
    onSuccess: () => {
      toastSuccess(t("recorded"));
      onRecorded();
    },
  });
  const enough = evidence.trim().length >= MIN_EVIDENCE;
  const submit = () => {
    setTried(true);
    if (enough) record.mutate({ shopId: shop.id, customerId, ...TOPICS[topic], state, evidence });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("recordTitle")}
      description={t("recordText")}
      footer={
        <Button variant="primary" loading={record.isPending} onClick={submit}>
          {common("actions.save")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("what")} required error={undefined}>
          {(control) => (
            <NativeSelect
              {...control}
              value={topic}
              options={KEYS.map((value) => ({ value, label: t(`topic.${value}`) }))}
              onChange={({ target }) => setTopic(KEYS.find((key) => key === target.value) ?? "email_marketing")}
            />
          )}
        </Field>
        <SegmentedControl
          aria-label={t("state")}
          options={[
            { value: "withdrawn", label: t("states.withdrawn") },
            { value: "granted", label: topic === "all_objection" ? t("raised") : t("states.granted") },
          ]}
          value={state}
          onValueChange={setState}
        />
        <Field
          label={t("evidence")}
          required
          hint={t("evidenceHint")}
          error={record.error ? errorText(record.error) : tried && !enough ? t("evidenceHint") : undefined}
        >
          {(control) => (
            <Textarea {...control} rows={3} maxLength={1_000} value={evidence} onChange={(event) => setEvidence(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  );
}
