"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { useErrorText } from "../../error-text";
import { formatDateTime, formatMoney } from "../../format";
import { ConfirmDialog } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Textarea } from "../../primitives/input";
import { toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { Simulation } from "../receipt";
import type { Campaign } from "../use-autosave";

type LaunchDialogProps = { campaign: Campaign; simulation: Simulation; onClose: () => void };

/** The last look before a launch; where somebody else has to agree, it asks them instead. */
export function LaunchDialog({ campaign, simulation, onClose }: LaunchDialogProps) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const [note, setNote] = useState("");
  const { required } = simulation.approvals;
  const utils = trpc.useUtils();
  const done = (text: string) => ({
    onSuccess: (changed: Campaign) => {
      toastSuccess(text);
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      onClose();
    },
  });
  const launch = trpc.campaigns.launch.useMutation(done(t("actions.launched")));
  const submit = trpc.campaigns.submit.useMutation(done(t("actions.submitted")));
  const verb = required > 0 ? submit : launch;
  const input = { shopId: shop.id, id: campaign.id, version: campaign.version };
  const summary = {
    people: simulation.arms?.treated ?? 0,
    time: simulation.runAt ? formatDateTime(simulation.runAt, campaign.timeZone, locale) : "",
    cost: formatMoney(simulation.worstCost ?? 0n, campaign.unit, locale),
  };
  const amount = formatMoney(campaign.amount, campaign.unit, locale);
  const messageOnly = campaign.offer.type === "none";
  const { repeat } = campaign;
  const text = simulation.startsEmpty
    ? t("confirm.startsEmpty", { ...summary, kind: messageOnly ? "message" : "credit" })
    : messageOnly
      ? t("messageOnly.confirm", summary)
      : campaign.offer.type === "fixed"
        ? t("confirm.text", { ...summary, amount })
        : t("confirm.textVaried", summary);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={required > 0 ? t("confirm.submitTitle", { name: campaign.name }) : t("confirm.title", { name: campaign.name })}
      description={
        <>
          <p>{text}</p>
          {repeat.type !== "none" && !simulation.startsEmpty && (
            <p className="mt-2">{messageOnly ? t(`messageOnly.repeat.${repeat.type}`) : t(`confirm.repeat.${repeat.type}`)}</p>
          )}
          {required > 0 && <p className="mt-2">{t("confirm.submitText", { count: required })}</p>}
        </>
      }
      confirmLabel={required > 0 ? t("confirm.submit") : t("confirm.launch")}
      onConfirm={() => (required > 0 ? submit.mutate({ ...input, note }) : launch.mutate(input))}
      pending={verb.isPending}
      error={verb.error && errorText(verb.error)}
      tone="normal"
    >
      {required > 0 && (
        <Field label={t("confirm.note")} hint={t("confirm.noteHint")} error={undefined} className="mt-3">
          {(control) => (
            <Textarea {...control} rows={2} maxLength={LIMITS.note} value={note} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
      )}
    </ConfirmDialog>
  );
}
