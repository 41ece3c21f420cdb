"use client";

import { Copy, Ellipsis, Pause, PencilLine, Play, Trash2, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { type CampaignAction, isAllowed } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { Button, IconButton } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { toastError, toastSuccess } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

/** What can be done with a campaign in its state. */
export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.actions");
  const shop = useShop();
  const [cancelling, setCancelling] = useState(false);
  const { run, pending, cancel, duplicate } = useCampaignActions(campaign, () => setCancelling(false));
  if (!shop.can("campaign.write")) return null;
  const can = (action: CampaignAction) => isAllowed(action, campaign.status, campaign.drop);
  const isDraft = campaign.status === "draft";
  return (
    <>
      {can("resume") && (
        <Button variant="primary" loading={pending === "resume"} onClick={() => run("resume")}>
          <Play aria-hidden />
          {t("resume")}
        </Button>
      )}
      {can("pause") && (
        <Button loading={pending === "pause"} onClick={() => run("pause")}>
          <Pause aria-hidden />
          {t("pause")}
        </Button>
      )}
      {can("revise") && (
        <Button loading={pending === "revise"} onClick={() => run("revise")}>
          <PencilLine aria-hidden />
          {t("revise")}
        </Button>
      )}
      <DropdownMenu
        trigger={
          <IconButton label={t("more")} variant="secondary">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem onSelect={duplicate}>
          <Copy aria-hidden />
          {t("duplicate")}
        </MenuItem>
        {can("cancel") && (
          <MenuItem tone="danger" onSelect={() => setCancelling(true)}>
            {isDraft ? <Trash2 aria-hidden /> : <X aria-hidden />}
            {isDraft ? t("discard") : t("cancel")}
          </MenuItem>
        )}
      </DropdownMenu>
      <ConfirmDialog
        open={cancelling}
        onOpenChange={setCancelling}
        title={isDraft ? t("discardTitle") : t("cancelTitle")}
        description={isDraft ? t("discardText") : t("cancelText")}
        confirmLabel={isDraft ? t("discard") : t("cancel")}
        onConfirm={cancel.submit}
        pending={cancel.pending}
        error={cancel.error}
        tone="danger"
      />
    </>
  );
}

function useCampaignActions(campaign: Campaign, onCancelled: () => void) {
  const t = useTranslations("campaigns.actions");
  const shop = useShop();
  const router = useRouter();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const done = (text: "paused" | "resumed" | "revised" | "cancelled") => ({
    onSuccess: (changed: Campaign) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      void utils.roi.invalidate();
      toastSuccess(t(text));
    },
    onError: (error: unknown) => {
      toastError(errorText(error));
      void utils.campaigns.get.invalidate();
    },
  });
  const pause = trpc.campaigns.pause.useMutation(done("paused"));
  const resume = trpc.campaigns.resume.useMutation(done("resumed"));
  const revise = trpc.campaigns.revise.useMutation(done("revised"));
  const settled = done("cancelled");
  const cancel = trpc.campaigns.cancel.useMutation({
    onSuccess: (changed) => {
      settled.onSuccess(changed);
      onCancelled();
    },
  });
  const copy = trpc.campaigns.duplicate.useMutation({
    onSuccess: (created) => {
      void utils.campaigns.list.invalidate();
      toastSuccess(t("duplicated"));
      router.push(shopPath(shop.id, `/campaigns/${created.id}`));
    },
    onError: (error) => toastError(errorText(error)),
  });
  const input = { shopId: shop.id, id: campaign.id };
  const verbs = { pause, resume, revise };
  return {
    run: (action: keyof typeof verbs) => verbs[action].mutate(input),
    pending: (Object.keys(verbs) as (keyof typeof verbs)[]).find((action) => verbs[action].isPending) ?? null,
    cancel: { submit: () => cancel.mutate(input), pending: cancel.isPending, error: cancel.error && errorText(cancel.error) },
    duplicate: () => copy.mutate(input),
  };
}
