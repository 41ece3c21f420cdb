"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Textarea } from "../primitives/input";
import { Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Policy } from "./limits-page";

/** The emergency stop: while it is on, nothing is released, granted or advertised in this shop. */
export function HaltSwitch({ policy }: { policy: Policy }) {
  const t = useTranslations("approvals.halt");
  const shop = useShop();
  const [asking, setAsking] = useState(false);
  const { halted } = policy;
  const may = shop.can("campaign.approve");
  return (
    <>
      <Notice
        tone={halted ? "danger" : "info"}
        title={halted ? t("onTitle") : t("offTitle")}
        action={
          <Button variant={halted ? "primary" : "danger"} disabledReason={may ? undefined : t("who")} onClick={() => setAsking(true)}>
            {halted ? t("lift") : t("stop")}
          </Button>
        }
      >
        {halted ? (
          <p>
            {t("onText", { by: halted.by })} <Timestamp at={halted.at} />
            {halted.reason !== "" && `: ${halted.reason}`}
          </p>
        ) : (
          <p>{t("offText")}</p>
        )}
        <p className="mt-1 text-muted text-xs">{t("who")}</p>
      </Notice>
      {asking && <HaltDialog halt={halted === null} onClose={() => setAsking(false)} />}
    </>
  );
}

function HaltDialog({ halt, onClose }: { halt: boolean; onClose: () => void }) {
  const t = useTranslations("approvals.halt");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [reason, setReason] = useState("");
  const change = trpc.campaigns.halt.useMutation({
    onSuccess: () => {
      toastSuccess(halt ? t("stopped") : t("lifted"));
      void utils.campaigns.invalidate();
      void utils.roi.simulate.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={halt ? t("stopTitle") : t("liftTitle")}
      description={halt ? t("stopText") : t("liftText")}
      confirmLabel={halt ? t("stop") : t("lift")}
      onConfirm={() => change.mutate({ shopId: shop.id, halted: halt, reason: reason.trim() })}
      pending={change.isPending}
      error={change.error && errorText(change.error)}
      tone={halt ? "danger" : "normal"}
    >
      <Field label={t("reason")} error={undefined} className="mt-3">
        {(control) => (
          <Textarea {...control} rows={2} maxLength={LIMITS.note} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </ConfirmDialog>
  );
}
