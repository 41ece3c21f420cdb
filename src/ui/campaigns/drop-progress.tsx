"use client";

import { RotateCcw } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useErrorText } from "../error-text";
import { formatDateTime, formatNumber, formatRelative } from "../format";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Progress } from "../primitives/progress";
import { Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useReasonText } from "./reason-text";
import type { Campaign } from "./use-autosave";

/** Where granting stands: waiting, under way, stopped, or over with some left behind. */
export function DropProgress({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.progress");
  const m = useTranslations("campaigns.messageOnly");
  const reason = useReasonText();
  const { drop } = campaign;
  const gives = campaign.offer.type !== "none";
  if (!drop || drop.status === "cancelled") return null;
  if (drop.status === "failed")
    return (
      <Notice tone="danger" title={(gives ? t : m)("failed", { reason: reason(drop.error, campaign.statusParams) })}>
        {drop.frozenAt && <Bar campaign={campaign} />}
      </Notice>
    );
  if (drop.status === "done") return <LeftBehind campaign={campaign} />;
  return (
    <Card className="flex flex-col gap-2">
      {drop.status === "paused" && (
        <p className="text-sm text-warning">
          {campaign.statusReason
            ? t("stopped", { reason: reason(campaign.statusReason, campaign.statusParams) })
            : (gives ? t : m)("paused")}
        </p>
      )}
      {drop.frozenAt ? <Bar campaign={campaign} /> : <Countdown campaign={campaign} />}
    </Card>
  );
}

function Bar({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const { drop } = campaign;
  if (!drop) return null;
  const gives = campaign.offer.type !== "none";
  const status =
    !gives && (drop.status === "granting" || drop.status === "done") ? t(`messageOnly.${drop.status}`) : t(`dropStatus.${drop.status}`);
  const value = t("progress.value", { done: formatNumber(drop.grantedCount, locale), total: formatNumber(drop.treated, locale) });
  return (
    <div className="flex flex-col gap-2 py-1">
      <div className="flex flex-wrap justify-between gap-2 text-sm">
        <span>
          {status}
          {campaign.drops > 1 && ` (${t("progress.dropNo", { no: drop.no })})`}
        </span>
        <span className="tabular text-muted">{value}</span>
      </div>
      <Progress
        label={gives ? t("progress.label") : t("messageOnly.progressLabel")}
        value={drop.treated === 0 ? 0 : drop.grantedCount / drop.treated}
        valueText={value}
      />
    </div>
  );
}

/** People who were planned and got nothing, and a way to try them once more. */
function LeftBehind({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.progress");
  const m = useTranslations("campaigns.messageOnly");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const retry = trpc.campaigns.retryFailed.useMutation({
    onSuccess: (changed) => {
      utils.campaigns.get.setData({ shopId: shop.id, id: changed.id }, changed);
      void utils.campaigns.invalidate();
      toastSuccess(t("retried"));
    },
    onError: (error) => toastError(errorText(error)),
  });
  const { drop, nextRunAt } = campaign;
  const left = drop ? drop.failed + drop.skipped : 0;
  const next = nextRunAt && <NextRun at={nextRunAt} zone={campaign.timeZone} />;
  if (!drop || left === 0) return next;
  // Who is gone cannot be written to on another try either.
  if (campaign.offer.type === "none")
    return (
      <>
        <p className="text-muted text-sm">{m("leftBehind", { count: left })}</p>
        {next}
      </>
    );
  return (
    <>
      <Notice
        tone="warning"
        title={t("leftBehind", { count: left })}
        action={
          shop.can("campaign.write") && (
            <Button loading={retry.isPending} onClick={() => retry.mutate({ shopId: shop.id, id: campaign.id, dropId: drop.id })}>
              <RotateCcw aria-hidden />
              {t("retry")}
            </Button>
          )
        }
      >
        {t("leftBehindText", { failed: drop.failed, skipped: drop.skipped })}
      </Notice>
      {next}
    </>
  );
}

function NextRun({ at, zone }: { at: Date; zone: string }) {
  const t = useTranslations("campaigns.progress");
  const locale = useLocale();
  return <p className="text-muted text-sm">{t("nextRun", { time: formatDateTime(at, zone, locale) })}</p>;
}

function Countdown({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const [now, setNow] = useState<Date | null>(null);
  useEffect(() => {
    setNow(new Date());
    const timer = setInterval(() => setNow(new Date()), 10_000);
    return () => clearInterval(timer);
  }, []);
  const { drop } = campaign;
  if (!drop) return null;
  return (
    <p className="flex flex-wrap justify-between gap-2 text-sm">
      <span>{t("progress.startsAt", { time: formatDateTime(drop.runAt, campaign.timeZone, locale) })}</span>
      {now && drop.status !== "paused" && (
        <span className="text-muted">{t("progress.startsSoon", { relative: formatRelative(drop.runAt, now, locale) })}</span>
      )}
    </p>
  );
}
