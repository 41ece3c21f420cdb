"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatNumber } from "../format";
import { DataTable } from "../primitives/data-table";
import { EmptyState } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

const HEIGHT = 420;

/** Every date of a repeated campaign, newest first. */
export function CampaignDrops({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.drops");
  const c = useTranslations("campaigns");
  const locale = useLocale();
  const shop = useShop();
  const drops = trpc.campaigns.drops.useQuery({ shopId: shop.id, id: campaign.id });
  return (
    <DataTable
      label={t("label")}
      rows={drops.data}
      loading={drops.isPending}
      error={drops.error}
      onRetry={() => void drops.refetch()}
      rowKey={(drop) => drop.id}
      empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      sorting={{ mode: "client" }}
      maxHeight={HEIGHT}
      columns={[
        { id: "no", header: t("no"), cell: (drop) => drop.no, sortable: (drop) => drop.no },
        {
          id: "at",
          header: t("at"),
          cell: (drop) => <Timestamp at={drop.releasedAt ?? drop.runAt} zone={campaign.timeZone} />,
          sortable: (drop) => drop.runAt,
        },
        { id: "status", header: t("status"), hideBelow: "sm", cell: (drop) => c(`dropStatus.${drop.status}`) },
        {
          id: "treated",
          header: t("treated"),
          align: "end",
          cell: (drop) => formatNumber(drop.grantedCount, locale),
          sortable: (drop) => drop.grantedCount,
        },
        {
          id: "granted",
          header: t("granted"),
          align: "end",
          cell: (drop) => <Money minor={drop.grantedTotal} unit={campaign.unit} />,
          sortable: (drop) => drop.grantedTotal,
        },
      ]}
    />
  );
}
