"use client";

import {
  Archive,
  ArchiveRestore,
  Bookmark,
  Columns3,
  Copy,
  Download,
  Ellipsis,
  Pause,
  PencilLine,
  Play,
  Trash2,
  Undo2,
  X,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { type CampaignAction, isAllowed, kindOf } from "@/server/campaigns/schema";
import { usePeopleExport } from "../customers/use-people-export";
import { useErrorText } from "../error-text";
import { Button, IconButton } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { DropdownMenu, MenuItem, MenuSeparator } from "../primitives/dropdown-menu";
import { toastError, toastSuccess, toastUndo } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { RecallDialog } from "./recall-dialog";
import { SaveStrategyDialog } from "./save-strategy-dialog";
import type { Campaign } from "./use-autosave";

/** What can be done with a campaign in its state, by this person. */
export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.actions");
  const m = useTranslations("campaigns.messageOnly");
  const shop = useShop();
  const [open, setOpen] = useState<"cancel" | "recall" | "strategy" | null>(null);
  const close = () => setOpen(null);
  const { run, pending, cancel } = useCampaignActions(campaign, close);
  const can = useMay(campaign);
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
      {can("recall") && shop.can("campaign.recall") && (
        <Button onClick={() => setOpen("recall")}>
          <Undo2 aria-hidden />
          {t("recall")}
        </Button>
      )}
      <MoreMenu campaign={campaign} onStrategy={() => setOpen("strategy")} onCancel={can("cancel") ? () => setOpen("cancel") : null} />
      <ConfirmDialog
        open={open === "cancel"}
        onOpenChange={(next) => !next && close()}
        title={isDraft ? t("discardTitle") : t("cancelTitle")}
        description={isDraft ? t("discardText") : campaign.offer.type === "none" ? m("cancelText") : t("cancelText")}
        confirmLabel={isDraft ? t("discard") : t("cancelConfirm")}
        cancelLabel={isDraft ? undefined : t("keep")}
        onConfirm={cancel.submit}
        pending={cancel.pending}
        error={cancel.error}
        tone="danger"
      />
      {open === "recall" && <RecallDialog campaign={campaign} onClose={close} />}
      {open === "strategy" && <SaveStrategyDialog campaign={campaign} onClose={close} />}
    </>
  );
}

/** Whether an action is open in this state and to this person. A recall has a permission of its own. */
function useMay(campaign: Campaign): (action: CampaignAction) => boolean {
  const shop = useShop();
  return (action) =>
    shop.can(action === "recall" ? "campaign.recall" : "campaign.write") &&
    isAllowed(action, campaign.status, campaign.drop, kindOf(campaign));
}

type MoreMenuProps = { campaign: Campaign; onStrategy: () => void; onCancel: (() => void) | null };

/** What is done now and then. */
function MoreMenu({ campaign, onStrategy, onCancel }: MoreMenuProps) {
  const t = useTranslations("campaigns.actions");
  const shop = useShop();
  const router = useRouter();
  const can = useMay(campaign);
  const { duplicate, archive } = useCopies(campaign);
  const people = usePeopleExport();
  const isDraft = campaign.status === "draft";
  const frozen = Boolean(campaign.drop?.frozenAt);
  const writes = shop.can("campaign.write");
  const exports = frozen && shop.can("customer.export");
  if (!writes && !exports && !frozen) return null;
  return (
    <DropdownMenu
      trigger={
        <IconButton label={t("more")} variant="secondary">
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      {writes && (
        <>
          <MenuItem onSelect={duplicate}>
            <Copy aria-hidden />
            {t("duplicate")}
          </MenuItem>
          {campaign.segment && (
            <MenuItem onSelect={onStrategy}>
              <Bookmark aria-hidden />
              {t("saveStrategy")}
            </MenuItem>
          )}
        </>
      )}
      {frozen && (
        <MenuItem onSelect={() => router.push(shopPath(shop.id, `/campaigns/compare?ids=${campaign.id}`))}>
          <Columns3 aria-hidden />
          {t("compare")}
        </MenuItem>
      )}
      {exports && (
        <MenuItem onSelect={() => void people.start(`/api/campaigns/${shop.id}/${campaign.id}/members.csv`)}>
          <Download aria-hidden />
          {t("export")}
        </MenuItem>
      )}
      {writes && (campaign.archivedAt !== null || can("archive")) && (
        <MenuItem onSelect={() => archive(campaign.archivedAt === null)}>
          {campaign.archivedAt === null ? <Archive aria-hidden /> : <ArchiveRestore aria-hidden />}
          {campaign.archivedAt === null ? t("archive") : t("restore")}
        </MenuItem>
      )}
      {onCancel && (
        <>
          <MenuSeparator />
          <MenuItem tone="danger" onSelect={onCancel}>
            {isDraft ? <Trash2 aria-hidden /> : <X aria-hidden />}
            {isDraft ? t("discard") : t("cancel")}
          </MenuItem>
        </>
      )}
    </DropdownMenu>
  );
}

function useCopies(campaign: Campaign) {
  const t = useTranslations("campaigns.actions");
  const shop = useShop();
  const router = useRouter();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const input = { shopId: shop.id, id: campaign.id };
  const onError = (error: unknown) => toastError(errorText(error));
  const copy = trpc.campaigns.duplicate.useMutation({
    onSuccess: (created) => {
      void utils.campaigns.list.invalidate();
      toastSuccess(t("duplicated"));
      router.push(shopPath(shop.id, `/campaigns/${created.id}`));
    },
    onError,
  });
  const file = trpc.campaigns.archive.useMutation({
    onSuccess: (changed) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      if (changed.archivedAt === null) toastSuccess(t("restored"));
      else toastUndo(t("archived"), t("undo"), () => file.mutate({ ...input, archived: false }));
    },
    onError,
  });
  return { duplicate: () => copy.mutate(input), archive: (archived: boolean) => file.mutate({ ...input, archived }) };
}

function useCampaignActions(campaign: Campaign, onCancelled: () => void) {
  const t = useTranslations("campaigns.actions");
  const shop = useShop();
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
  const input = { shopId: shop.id, id: campaign.id };
  const verbs = { pause, resume, revise };
  return {
    run: (action: keyof typeof verbs) => verbs[action].mutate(input),
    pending: (Object.keys(verbs) as (keyof typeof verbs)[]).find((action) => verbs[action].isPending) ?? null,
    cancel: { submit: () => cancel.mutate(input), pending: cancel.isPending, error: cancel.error && errorText(cancel.error) },
  };
}
