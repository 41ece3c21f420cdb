"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import type { RfmGroup, RfmResult } from "@/server/scoring/schema";
import { usePrepareCampaign } from "../analytics/use-prepare-campaign";
import { usePeopleExport } from "../customers/use-people-export";
import { formatNumber, formatPercent } from "../format";
import { useCursorPages } from "../ledger/use-cursor-pages";
import { Button, ButtonLink } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { EmptyState } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Cell } from "./groups-overview";
import { proposalFor } from "./proposal";

type GroupMembersProps = { group: RfmGroup | null; cell: Cell | null; result: RfmResult; onClose: () => void };

/** The people of a group or of a field of the map, with what is known and expected of each. */
export function GroupMembers({ group, cell, result, onClose }: GroupMembersProps) {
  const t = useTranslations("scoring.members");
  const name = useTranslations("scoring.group");
  const locale = useLocale();
  const shop = useShop();
  const top = useRef<HTMLDivElement>(null);
  const browses = shop.can("customer.list");
  const { currency } = result;
  const { prepare, pending } = usePrepareCampaign();
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const query = trpc.scoring.members.useQuery(
    { shopId: shop.id, ...(group ? { group } : {}), ...(cell ? { cell } : {}), cursor: pages.cursor, limit: 25 },
    { enabled: browses, placeholderData: keepPreviousData },
  );
  useEffect(() => {
    // In new browsers this gives a promise, which is no way to undo an effect.
    void top.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const nextCursor = query.data?.nextCursor ?? null;
  if (nextCursor !== next) setNext(nextCursor);
  const title = group ? name(group) : t("cell", { recency: cell?.recency ?? 0, frequency: cell?.frequency ?? 0 });
  const scores = [1, 2, 3, 4, 5].map((monetary) => `rfm_score = '${cell?.recency}${cell?.frequency}${monetary}'`);
  const segment = group ? `rfm_group = '${group}'` : scores.join(" OR ");
  const row = result.groups.find((entry) => entry.group === group);
  const proposal = row ? proposalFor(row, currency) : { query: segment, strategy: null, amount: null, expiryDays: 30, holdoutBps: 1_000 };
  return (
    <div ref={top} className="scroll-mt-20">
      <Section
        title={title}
        actions={
          <div className="flex flex-wrap gap-2">
            {shop.can("campaign.write") && (
              <Button size="sm" loading={pending} onClick={() => prepare({ ...proposal, name: t("campaignFor", { audience: title }) })}>
                {t("campaign")}
              </Button>
            )}
            {shop.can("segment.write") && (
              <ButtonLink size="sm" href={`/s/${shop.id}/segments/new?query=${encodeURIComponent(segment)}`}>
                {t("segment")}
              </ButtonLink>
            )}
            {shop.can("customer.export") && group && <ExportGroup group={group} />}
            <Button size="sm" variant="ghost" onClick={onClose}>
              {t("close")}
            </Button>
          </div>
        }
      >
        {browses ? (
          <DataTable
            label={title}
            rows={query.data?.items}
            loading={query.isFetching}
            error={query.error}
            onRetry={() => void query.refetch()}
            rowKey={(row) => row.id}
            rowHref={(row) => `/s/${shop.id}/customers/${row.id}`}
            paging={pages.paging}
            empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
            columns={[
              { id: "name", header: t("name"), cell: (row) => row.name ?? row.email ?? row.externalId },
              { id: "score", header: t("score"), align: "end", cell: (row) => <span className="tabular">{row.score}</span> },
              { id: "orders", header: t("orders"), align: "end", cell: (row) => formatNumber(row.orders, locale), hideBelow: "sm" },
              { id: "spent", header: t("spent"), align: "end", cell: (row) => <Money minor={row.spent} unit={currency} /> },
              {
                id: "last",
                header: t("last"),
                cell: (row) => (row.lastOrderAt ? <Timestamp at={row.lastOrderAt} show="date" /> : "–"),
                hideBelow: "md",
              },
              {
                id: "alive",
                header: t("alive"),
                align: "end",
                cell: (row) => (row.churnProbability === null ? "–" : formatPercent(1 - row.churnProbability, locale, { digits: 0 })),
                hideBelow: "lg",
              },
              {
                id: "value",
                header: t("value"),
                align: "end",
                cell: (row) => (row.predictedValue === null ? "–" : <Money minor={row.predictedValue} unit={currency} />),
                hideBelow: "lg",
              },
            ]}
          />
        ) : (
          <EmptyState title={t("closedTitle")} text={t("closedText")} />
        )}
      </Section>
    </div>
  );
}

function ExportGroup({ group }: { group: RfmGroup }) {
  const t = useTranslations("scoring.members");
  const shop = useShop();
  const { start, pending } = usePeopleExport();
  return (
    <Button size="sm" loading={pending} onClick={() => void start(`/api/analytics/${shop.id}/rfm/${group}.csv`)}>
      {t("export")}
    </Button>
  );
}
