"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Checkbox } from "../primitives/choice";
import { DescriptionList } from "../primitives/description-list";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Textarea } from "../primitives/input";
import { SkeletonText } from "../primitives/skeleton";
import { toastSuccess } from "../primitives/toast";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

const REASON_MIN = 3;

/** Takes back what nobody has spent: first what that would be, then why, then (above a threshold) somebody else's yes. */
export function RecallDialog({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const t = useTranslations("campaigns.recall");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [reason, setReason] = useState("");
  const [notify, setNotify] = useState(false);
  const [tried, setTried] = useState(false);
  const preview = trpc.campaigns.recallPreview.useQuery({ shopId: shop.id, id: campaign.id });
  const request = trpc.campaigns.requestRecall.useMutation({
    onSuccess: (changed) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      void utils.roi.invalidate();
      toastSuccess(t(changed.recall?.status === "open" ? "requested" : "started"));
      onClose();
    },
  });
  const missing = reason.trim().length < REASON_MIN;
  const submit = () => {
    setTried(true);
    if (!missing) request.mutate({ shopId: shop.id, id: campaign.id, reason: reason.trim(), notify });
  };
  const failure = preview.error ?? request.error;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("title", { name: campaign.name })}
      description={t("text")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button
            variant="danger"
            loading={request.isPending}
            disabledReason={preview.data?.total === 0n ? t("nothing") : preview.data ? undefined : t("counting")}
            onClick={submit}
          >
            {preview.data && preview.data.required > 0 ? t("request") : t("confirm")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {preview.data ? <Preview preview={preview.data} /> : !preview.error && <SkeletonText lines={5} />}
        <Field label={t("reason")} hint={t("reasonHint")} error={tried && missing ? t("reasonMissing") : undefined} required>
          {(control) => (
            <Textarea {...control} rows={2} maxLength={LIMITS.note} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        <Checkbox label={t("notify")} hint={t("notifyHint")} checked={notify} onCheckedChange={setNotify} />
        {failure && (
          <p role="alert" className="text-danger text-sm">
            {errorText(failure)}
          </p>
        )}
      </div>
    </Dialog>
  );
}

type PreviewData = {
  unit: string;
  lots: number;
  customers: number;
  total: bigint;
  upcoming: bigint;
  held: bigint;
  redeemed: bigint;
  expired: bigint;
  required: number;
};

function Preview({ preview }: { preview: PreviewData }) {
  const t = useTranslations("campaigns.recall");
  const money = (minor: bigint) => <Money minor={minor} unit={preview.unit} />;
  return (
    <div className="flex flex-col gap-2">
      <DescriptionList
        items={[
          { key: "total", term: t("back"), detail: <strong className="font-semibold">{money(preview.total)}</strong> },
          { key: "people", term: t("people"), detail: t("peopleValue", { customers: preview.customers, lots: preview.lots }) },
          ...(preview.upcoming > 0n ? [{ key: "upcoming", term: t("upcoming"), detail: money(preview.upcoming) }] : []),
          {
            key: "stays",
            term: t("stays"),
            detail: t.rich("staysValue", {
              redeemed: () => money(preview.redeemed),
              held: () => money(preview.held),
              expired: () => money(preview.expired),
            }),
          },
        ]}
      />
      {preview.required > 0 && <p className="text-sm text-warning">{t("needsApproval")}</p>}
    </div>
  );
}
