"use client";

import { Check, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { errorCode, useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Textarea } from "../primitives/input";
import { toastError, toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { needsEdit } from "./needs-edit";

export type InboxItem = RouterOutput["campaigns"]["inbox"]["items"][number];

/** Yes or no, with a word to it. Where this person may not decide, the reason stands in its place. */
export function ApprovalDecision({ item }: { item: InboxItem }) {
  const t = useTranslations("approvals");
  const [asking, setAsking] = useState<{ decision: "approve" | "reject"; item: InboxItem } | null>(null);
  if (!item.mayDecide)
    return (
      <p className="text-muted text-sm">{item.cannotDecide ? t(`cannotDecide.${item.cannotDecide}`) : t("cannotDecide.permission")}</p>
    );
  return (
    <div className="flex flex-wrap gap-2">
      <Button variant="primary" onClick={() => setAsking({ decision: "approve", item })}>
        <Check aria-hidden />
        {t("approve")}
      </Button>
      <Button onClick={() => setAsking({ decision: "reject", item })}>
        <X aria-hidden />
        {t("reject")}
      </Button>
      {/* About what was read before it was opened, even if something else has been submitted since. */}
      {asking && <DecisionDialog {...asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

type DecisionDialogProps = { item: InboxItem; decision: "approve" | "reject"; onClose: () => void };
const REASON_MIN = 3;

function DecisionDialog({ item, decision, onClose }: DecisionDialogProps) {
  const t = useTranslations("approvals");
  const errorText = useErrorText();
  const [note, setNote] = useState("");
  const { decide, pending, error } = useDecide(item, onClose);
  // A campaign sent back needs a reason; a recall that is refused may have one.
  const needsReason = decision === "reject" && item.kind === "campaign";
  const missing = needsReason && note.trim().length < REASON_MIN;
  const [tried, setTried] = useState(false);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`${decision}Title.${item.kind}`, { name: item.name })}
      description={t(`${decision}Text.${item.kind}`)}
      confirmLabel={t(decision)}
      onConfirm={() => (missing ? setTried(true) : decide(decision, note.trim()))}
      pending={pending}
      error={error === null ? null : errorText(error)}
      tone={decision === "reject" ? "danger" : "normal"}
    >
      <Field
        label={needsReason ? t("reason") : t("note")}
        error={tried && missing ? t("reasonMissing") : undefined}
        required={needsReason}
        className="mt-3"
      >
        {(control) => (
          <Textarea {...control} rows={2} maxLength={LIMITS.note} value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
    </ConfirmDialog>
  );
}

const GONE: ReadonlySet<string> = new Set(["APPROVAL_VOID", "CAMPAIGN_STATE", "NOT_FOUND"]);

function useDecide(item: InboxItem, onDone: () => void) {
  const t = useTranslations("approvals");
  const errorText = useErrorText();
  const shop = useShop();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const [error, setError] = useState<unknown>(null);
  const approve = trpc.campaigns.approve.useMutation();
  const reject = trpc.campaigns.reject.useMutation();
  const approveRecall = trpc.campaigns.approveRecall.useMutation();
  const rejectRecall = trpc.campaigns.rejectRecall.useMutation();
  const send = (decision: "approve" | "reject", note: string) => {
    if (item.kind === "recall") {
      const input = { shopId: shop.id, recallId: item.recallId ?? "", note };
      return decision === "approve" ? approveRecall.mutateAsync(input) : rejectRecall.mutateAsync(input);
    }
    const input = { shopId: shop.id, id: item.id };
    return decision === "approve"
      ? approve.mutateAsync({ ...input, note, ...(item.hash ? { hash: item.hash } : {}) })
      : reject.mutateAsync({ ...input, reason: note });
  };
  const decide = async (decision: "approve" | "reject", note: string) => {
    setError(null);
    try {
      const changed = await stepUp(() => send(decision, note));
      // The password was not given: the dialog stays as it is.
      if (!changed) return;
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      if (item.kind === "campaign" && changed.status === "approved")
        toastError(t("approvedTitle"), t(needsEdit(changed) ? "notLaunchedDraft" : "notLaunchedText"));
      else toastSuccess(t(decision === "approve" ? "approved" : "rejected"));
      onDone();
    } catch (failure) {
      setError(unlessStepUp(failure));
      // What is no longer there to decide leaves the page, and with it this dialog: the reason must outlive both.
      if (GONE.has(errorCode(failure) ?? "")) {
        toastError(errorText(failure));
        onDone();
      }
    } finally {
      void utils.campaigns.invalidate();
    }
  };
  const pending = approve.isPending || reject.isPending || approveRecall.isPending || rejectRecall.isPending;
  return { decide: (decision: "approve" | "reject", note: string) => void decide(decision, note), pending, error };
}
