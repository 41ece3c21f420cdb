"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** Lets a person say what became of a message that a crash left in the dark. */
export function ResolveMessage({ id }: { id: string }) {
  const t = useTranslations("messages.resolve");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const resolve = trpc.messages.resolve.useMutation({
    onSuccess: async () => {
      setAsking(false);
      toastSuccess(t("done"));
      await Promise.all(
        [utils.messages.get, utils.messages.list, utils.messages.counts, utils.messages.unknown].map((query) => query.invalidate()),
      );
    },
    onError: (error, { as }) => as !== "again" && toastError(errorText(error)),
  });
  const as = (what: "sent" | "failed" | "again") => {
    if (!resolve.isPending) resolve.mutate({ shopId: shop.id, id, as: what });
  };
  return (
    <Notice tone="warning" title={t("title")}>
      <p>{t("text")}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        {(["sent", "failed"] as const).map((what) => (
          <Button key={what} size="sm" loading={resolve.isPending && resolve.variables.as === what} onClick={() => as(what)}>
            {t(what)}
          </Button>
        ))}
        <Button size="sm" onClick={() => setAsking(true)}>
          {t("again")}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("againTitle")}
        description={t("againText")}
        confirmLabel={t("again")}
        onConfirm={() => as("again")}
        pending={resolve.isPending}
        error={resolve.error ? errorText(resolve.error) : null}
      />
    </Notice>
  );
}
