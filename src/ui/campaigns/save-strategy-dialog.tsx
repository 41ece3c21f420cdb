"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { LIMITS } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input, Textarea } from "../primitives/input";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

/** Keeps a campaign's audience, credit and texts as a starting point for the next ones. */
export function SaveStrategyDialog({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const t = useTranslations("campaigns.saveStrategy");
  const common = useTranslations("common");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [name, setName] = useState(campaign.name);
  const [description, setDescription] = useState(campaign.description);
  const save = trpc.campaigns.saveStrategy.useMutation({
    onSuccess: () => {
      void utils.campaigns.ownStrategies.invalidate();
      toastSuccess(t("saved"), t("savedText"));
      onClose();
    },
  });
  const empty = name.trim() === "";
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("title")}
      description={t("text")}
      footer={
        <>
          <Button onClick={onClose}>{common("actions.cancel")}</Button>
          <Button
            variant="primary"
            loading={save.isPending}
            disabledReason={empty ? common("validation.required") : undefined}
            onClick={() => save.mutate({ shopId: shop.id, campaignId: campaign.id, name: name.trim(), description: description.trim() })}
          >
            {t("save")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("name")} error={empty ? common("validation.required") : undefined} required>
          {(control) => <Input {...control} maxLength={LIMITS.name} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t("description")} error={undefined}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              maxLength={LIMITS.description}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        {save.error && (
          <p role="alert" className="text-danger text-sm">
            {errorText(save.error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
