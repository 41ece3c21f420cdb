"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { TroubleText } from "./trouble-text";

const BUSY_MS = 30_000;

/** What of a campaign the provider refused, with a way to send it once the cause is mended. */
export function RefusedMessages({ campaignId }: { campaignId: string | null }) {
  const t = useTranslations("messages.again");
  const shop = useShop();
  const query = trpc.messages.refused.useQuery(
    { shopId: shop.id, campaignId: campaignId ?? "" },
    { enabled: campaignId !== null, refetchInterval: BUSY_MS },
  );
  if (campaignId === null || !query.data || query.data.count === 0) return null;
  const { count, error } = query.data;
  return (
    <Notice tone="warning" title={t("title", { count })} action={<SendAgain which={{ campaignId }} count={count} />}>
      <p className="max-w-prose">{t("text")}</p>
      {error && (
        <div className="mt-1 text-xs">
          <TroubleText words={error} />
        </div>
      )}
    </Notice>
  );
}

/** The same for the one message that is looked at. */
export function RefusedMessage({ id }: { id: string }) {
  const t = useTranslations("messages.again");
  return (
    <Notice tone="warning" title={t("oneTitle")} action={<SendAgain which={{ id }} count={1} />}>
      <p className="max-w-prose">{t("oneText")}</p>
    </Notice>
  );
}

function SendAgain({ which, count }: { which: { campaignId: string } | { id: string }; count: number }) {
  const t = useTranslations("messages.again");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [asking, setAsking] = useState(false);
  const send = trpc.messages.sendAgain.useMutation({
    onSuccess: ({ queued }) => {
      setAsking(false);
      toastSuccess(t("done", { count: queued }));
    },
    onSettled: () => utils.messages.invalidate(),
  });
  if (!shop.can("message.write")) return null;
  return (
    <>
      <Button size="sm" className="shrink-0" onClick={() => setAsking(true)}>
        {t("send")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("ask", { count })}
        description={t(count === 1 ? "oneText" : "text")}
        confirmLabel={t("send")}
        onConfirm={() => send.mutate({ shopId: shop.id, ...which })}
        pending={send.isPending}
        error={send.error ? errorText(send.error) : null}
      />
    </>
  );
}
