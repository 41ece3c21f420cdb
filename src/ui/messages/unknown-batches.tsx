"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { TroubleText } from "./trouble-text";

type Batch = RouterOutput["messages"]["unknown"][number];
const ANSWERS = ["sent", "failed", "again"] as const;
type Answer = (typeof ANSWERS)[number];
const BUSY_MS = 30_000;

/** What a crash left in the dark, batch by batch, each answered at once by whoever has looked into the provider's log. */
export function UnknownBatches({ campaignId }: { campaignId: string | null }) {
  const t = useTranslations("messages.batches");
  const shop = useShop();
  const query = trpc.messages.unknown.useQuery({ shopId: shop.id, campaignId }, { refetchInterval: BUSY_MS });
  const batches = query.data ?? [];
  // A single message is answered where it is opened.
  if (!batches.some(({ count }) => count > 1)) return null;
  return (
    <Notice tone="warning" title={t("title", { count: batches.reduce((sum, { count }) => sum + count, 0) })}>
      <p className="max-w-prose">{t("text")}</p>
      <ul className="mt-2 flex flex-col divide-y divide-line">
        {batches.map((batch) => (
          <BatchRow key={`${batch.claim} ${batch.campaign?.id ?? ""} ${batch.channel}`} batch={batch} />
        ))}
      </ul>
    </Notice>
  );
}

function BatchRow({ batch }: { batch: Batch }) {
  const t = useTranslations("messages.batches");
  const m = useTranslations("messages");
  const locale = useLocale();
  const shop = useShop();
  const [asking, setAsking] = useState<Answer | null>(null);
  const name = batch.campaign?.name || t("noCampaign");
  const number = formatNumber(batch.count, locale);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2">
      <div className="min-w-0">
        <p className="[overflow-wrap:anywhere]">
          {t("count", { count: batch.count })} · {m(`channel.${batch.channel}`)} · {name} · <Timestamp at={batch.from} />
        </p>
        {batch.error && (
          <div className="text-xs">
            <TroubleText words={batch.error} />
          </div>
        )}
      </div>
      {shop.can("message.write") && (
        <div className="flex flex-wrap gap-2">
          {ANSWERS.map((answer) => (
            <Button key={answer} size="sm" aria-label={t("label", { answer: t(answer), number, name })} onClick={() => setAsking(answer)}>
              {t(answer)}
            </Button>
          ))}
        </div>
      )}
      {asking && <Ask batch={batch} answer={asking} onClose={() => setAsking(null)} />}
    </li>
  );
}

function Ask({ batch, answer, onClose }: { batch: Batch; answer: Answer; onClose: () => void }) {
  const t = useTranslations("messages.batches");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const resolve = trpc.messages.resolveBatch.useMutation({
    onSuccess: async ({ resolved }) => {
      toastSuccess(t("done", { count: resolved }));
      onClose();
    },
    onSettled: () => utils.messages.invalidate(),
  });
  const { claim, channel, count } = batch;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`ask.${answer}`, { count })}
      description={t(`askText.${answer}`)}
      confirmLabel={t(answer)}
      tone={answer === "again" ? "danger" : "normal"}
      onConfirm={() => resolve.mutate({ shopId: shop.id, claim, channel, count, campaignId: batch.campaign?.id ?? null, as: answer })}
      pending={resolve.isPending}
      error={resolve.error ? errorText(resolve.error) : null}
    />
  );
}
