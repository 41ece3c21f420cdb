"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatNumber } from "../format";
import { Progress } from "../primitives/progress";
import { Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ApprovalDecision } from "./approval-decision";
import type { Campaign } from "./use-autosave";

/** A recall that waits, runs or is over: who asked, why, and how much came back. */
export function RecallNotice({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.recall");
  const locale = useLocale();
  const shop = useShop();
  const { recall } = campaign;
  const open = recall?.status === "open";
  const inbox = trpc.campaigns.inbox.useQuery({ shopId: shop.id }, { enabled: open });
  const item = inbox.data?.items.find((entry) => entry.recallId === recall?.id);
  if (!recall) return null;
  const value = t("progress", { done: formatNumber(recall.recalledLots, locale), total: formatNumber(recall.lots, locale) });
  return (
    <Notice tone={open ? "warning" : "info"} title={t(`status.${recall.status}`)}>
      <p>
        {t("by", { by: recall.requestedBy })} <Timestamp at={recall.requestedAt} />: {recall.reason}
      </p>
      {recall.status === "rejected" && recall.decidedBy !== null && <p>{t("rejectedBy", { by: recall.decidedBy })}</p>}
      {recall.status === "running" && (
        <Progress
          label={t("progressLabel")}
          value={recall.lots === 0 ? 0 : recall.recalledLots / recall.lots}
          valueText={value}
          className="mt-2"
        />
      )}
      {recall.status === "done" && (
        <p>
          {t("done", { lots: recall.recalledLots })} <Money minor={recall.recalledTotal} unit={campaign.unit} />
        </p>
      )}
      {open && (
        <div className="mt-2 flex flex-col gap-2">
          <p>
            {t("about", { lots: recall.lots })} <Money minor={recall.total} unit={campaign.unit} />
          </p>
          {item && <ApprovalDecision item={item} />}
        </div>
      )}
    </Notice>
  );
}
