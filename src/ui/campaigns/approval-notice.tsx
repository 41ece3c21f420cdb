"use client";

import { useTranslations } from "next-intl";
import { PROBLEMS } from "@/server/campaigns/checks/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ApprovalChanges } from "./approval-changes";
import { ApprovalDecision } from "./approval-decision";
import { MessagePreview } from "./message-preview";
import { needsEdit } from "./needs-edit";
import { useNoteText } from "./reason-text";
import type { Campaign } from "./use-autosave";

/** On a draft: who sent it back and why, or that a change has voided what was agreed. */
export function RejectedNotice({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("approvals");
  const { approval } = campaign;
  if (!approval || campaign.status !== "draft") return null;
  if (approval.status === "void")
    return (
      <Notice tone="warning" title={t("voidTitle")}>
        {t("voidText")}
      </Notice>
    );
  if (approval.status !== "rejected") return null;
  const decision = approval.decisions.findLast((entry) => entry.decision === "reject");
  return (
    <Notice tone="warning" title={t("rejectedTitle", { by: decision?.by ?? "–" })}>
      {decision?.note}
    </Notice>
  );
}

/** On a campaign that waits for somebody else's yes: what it is about, what changed, and the decision itself. */
export function ApprovalPanel({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("approvals");
  const shop = useShop();
  const noteText = useNoteText();
  const { approval } = campaign;
  const waiting = campaign.status === "submitted" || campaign.status === "approved" || approval?.status === "open";
  const inbox = trpc.campaigns.inbox.useQuery({ shopId: shop.id }, { enabled: waiting });
  const item = inbox.data?.items.find((entry) => entry.kind === "campaign" && entry.id === campaign.id);
  if (!approval || !waiting) return null;
  // What is decided on is what is shown.
  const hash = item?.hash ?? approval.hash;
  // Everybody has agreed, and something else stood in the way of the launch.
  const stuck = campaign.status === "approved";
  const launchable = stuck && !needsEdit(campaign);
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold text-base">
            {t(stuck ? "approvedTitle" : "panelTitle", { given: approval.given, required: approval.required })}
          </h2>
          <p className="mt-0.5 text-muted text-sm">
            {t("submittedBy", { by: approval.submittedBy })} <Timestamp at={approval.submittedAt} />
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {launchable && <LaunchApproved campaign={campaign} />}
          <Withdraw campaign={campaign} primary={stuck && !launchable} />
        </div>
      </div>
      {stuck && <NotLaunched campaign={campaign} />}
      {approval.note !== "" && <p className="max-w-prose whitespace-pre-line text-sm">{noteText(approval.note)}</p>}
      <p className="text-sm">
        {t("about", { audience: approval.audience })} <Money minor={approval.cost} unit={campaign.unit} className="font-semibold" />
      </p>
      {approval.decisions.length > 0 && (
        <ul className="text-muted text-sm">
          {approval.decisions.map((entry) => (
            <li key={`${entry.by}${entry.at.toISOString()}`}>
              {t(entry.decision === "approve" ? "approvedBy" : "rejectedBy", { by: entry.by })} <Timestamp at={entry.at} />
              {entry.note !== "" && `: ${entry.note}`}
            </li>
          ))}
        </ul>
      )}
      <MessagePreview campaignId={campaign.id} hash={hash} open />
      <ApprovalChanges campaignId={campaign.id} hash={hash} unit={campaign.unit} />
      {item && <ApprovalDecision item={item} />}
    </Card>
  );
}

function NotLaunched({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("approvals");
  const c = useTranslations("campaigns.problems");
  const problem = PROBLEMS.find((known) => known === campaign.statusParams.problems);
  return (
    <Notice tone="warning" title={problem ? c(problem) : t("notLaunched")}>
      {t(needsEdit(campaign) ? "notLaunchedDraft" : "notLaunchedText")}
    </Notice>
  );
}

/** For when what stood in the way is gone: a cap that was raised, people who came into the segment. */
function LaunchApproved({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const launch = trpc.campaigns.launch.useMutation({
    onSuccess: (changed) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      toastSuccess(t("actions.launched"));
    },
    onError: (error) => toastError(errorText(error)),
  });
  if (!shop.can("campaign.write")) return null;
  return (
    <Button
      variant="primary"
      loading={launch.isPending}
      onClick={() => launch.mutate({ shopId: shop.id, id: campaign.id, version: campaign.version })}
    >
      {t("receipt.launch")}
    </Button>
  );
}

function Withdraw({ campaign, primary }: { campaign: Campaign; primary: boolean }) {
  const t = useTranslations("approvals");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const withdraw = trpc.campaigns.withdraw.useMutation({
    onSuccess: (changed) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      toastSuccess(t("withdrawn"));
    },
    onError: (error) => toastError(errorText(error)),
  });
  const open = campaign.status === "submitted" || campaign.status === "approved";
  if (!open || !shop.can("campaign.write")) return null;
  return (
    <Button
      variant={primary ? "primary" : "secondary"}
      loading={withdraw.isPending}
      onClick={() => withdraw.mutate({ shopId: shop.id, id: campaign.id })}
    >
      {t("withdraw")}
    </Button>
  );
}
