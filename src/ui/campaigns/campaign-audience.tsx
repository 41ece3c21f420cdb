"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { EXCLUSIONS } from "@/server/campaigns/schema";
import { formatNumber, formatPercent } from "../format";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { DescriptionList } from "../primitives/description-list";
import { NativeSelect } from "../primitives/select";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";
import { useDropChoice } from "./use-drop-choice";
import { usePages } from "./use-pages";

const SHARE_OF_GROWTH = 0.1;

/** From the segment to those who got it: how many fell out on the way, and why. */
export function CampaignAudience({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.audienceTab");
  const shop = useShop();
  const choice = useDropChoice(campaign);
  const drop = choice.drop ?? campaign.drop;
  if (!drop) return null;
  return (
    <div className="flex flex-col gap-8">
      {choice.select(t("newestDrop"))}
      <Funnel campaign={campaign} drop={drop} />
      {drop.excluded > 0 && shop.can("customer.list") && <ExcludedPeople key={drop.id} campaign={campaign} dropId={drop.id} />}
    </div>
  );
}

function Funnel({ campaign, drop }: { campaign: Campaign; drop: NonNullable<Campaign["drop"]> }) {
  const t = useTranslations("campaigns.audienceTab");
  const m = useTranslations("campaigns.messageOnly");
  const x = useTranslations("campaigns.exclusions");
  const gives = campaign.offer.type !== "none";
  const locale = useLocale();
  const shop = useShop();
  const { audienceAtLaunch } = campaign;
  const exclusions = trpc.campaigns.exclusions.useQuery({ shopId: shop.id, id: campaign.id, dropId: drop.id });
  if (exclusions.error) return <ErrorState error={exclusions.error} onRetry={() => void exclusions.refetch()} />;
  if (!exclusions.data) return <SkeletonText lines={5} />;
  const people = (count: number) => formatNumber(count, locale);
  // Whoever enters a segment later was nobody's plan. What was planned had been left out already, so it compares with the members.
  const planned = campaign.repeat.type === "entry" ? null : audienceAtLaunch;
  const grown = planned ? drop.members / planned - 1 : 0;
  return (
    <DescriptionList
      items={[
        { key: "found", term: t("found"), detail: people(drop.members + drop.excluded) },
        ...exclusions.data.map(({ reason, count }) => ({
          key: reason,
          term: t("without", { reason: x(reason) }),
          detail: `−${people(count)}`,
        })),
        {
          key: "members",
          term: t("members"),
          detail:
            Math.abs(grown) >= SHARE_OF_GROWTH
              ? t("foundChanged", { people: people(drop.members), change: formatPercent(grown, locale, { sign: true }) })
              : people(drop.members),
        },
        ...(planned !== null ? [{ key: "launch", term: t("atLaunch"), detail: people(planned) }] : []),
        { key: "treated", term: gives ? t("treated") : m("getMessage"), detail: people(drop.treated) },
        { key: "control", term: t("control"), detail: people(drop.control) },
        ...(drop.skipped > 0 ? [{ key: "skipped", term: gives ? t("skipped") : m("gone"), detail: people(drop.skipped) }] : []),
        ...(drop.failed > 0 ? [{ key: "failed", term: gives ? t("failed") : m("gone"), detail: people(drop.failed) }] : []),
        { key: "granted", term: gives ? t("granted") : m("told"), detail: people(drop.grantedCount) },
      ]}
    />
  );
}

function ExcludedPeople({ campaign, dropId }: { campaign: Campaign; dropId: string }) {
  const t = useTranslations("campaigns.audienceTab");
  const x = useTranslations("campaigns.exclusions");
  const shop = useShop();
  const pages = usePages("excluded");
  const [reason, setReason] = useQueryState("why", parseAsStringLiteral(EXCLUSIONS));
  const list = trpc.campaigns.excludedPeople.useQuery(
    { shopId: shop.id, id: campaign.id, dropId, reason, cursor: pages.cursor },
    { placeholderData: keepPreviousData },
  );
  return (
    <Section title={t("excludedTitle")}>
      <NativeSelect
        aria-label={t("reason")}
        className="w-64 max-w-full"
        placeholder={t("allReasons")}
        options={EXCLUSIONS.map((value) => ({ value, label: x(value) }))}
        value={reason ?? ""}
        onChange={(event) => {
          pages.reset();
          void setReason(EXCLUSIONS.find((value) => value === event.target.value) ?? null);
        }}
      />
      <DataTable
        label={t("excludedTitle")}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/customers/${row.id}`)}
        paging={pages.paging(list.data?.nextCursor)}
        empty={<EmptyState title={t("noneTitle")} text={t("noneText")} />}
        columns={[
          { id: "name", header: t("person"), cell: (row) => <span className="font-medium">{row.name}</span> },
          { id: "email", header: t("email"), hideBelow: "sm", cell: (row) => row.email ?? "–" },
          { id: "reason", header: t("reason"), cell: (row) => x(row.reason) },
        ]}
      />
    </Section>
  );
}
