"use client";

import { X } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { parseAsArrayOf, parseAsString, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { z } from "zod";
import { formatBasisPoints, formatMoney, formatNumber, formatPercent } from "../format";
import { IconButton } from "../primitives/button";
import { Combobox } from "../primitives/combobox";
import { Field } from "../primitives/field";
import { Page, PageHeader } from "../primitives/page-header";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money, Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Report } from "./campaign-figures";
import { CampaignStatus } from "./campaign-status";
import { useOfferText } from "./draft-text";
import type { Campaign } from "./use-autosave";

const MOST = 4;
const SEARCHED = 20;
const isId = (text: string) => z.uuid().safeParse(text).success;

type Side = { campaign: Campaign; report: Report | undefined };

/** Two to four campaigns side by side: what was done, what it cost, what it earned. */
export function ComparePage() {
  const t = useTranslations("campaigns.compare");
  const shop = useShop();
  const [param, setParam] = useQueryState("ids", parseAsArrayOf(parseAsString).withDefault([]).withOptions({ history: "push" }));
  const ids = [...new Set(param.filter(isId))].slice(0, MOST);
  const campaigns = trpc.useQueries((api) => ids.map((id) => api.campaigns.get({ shopId: shop.id, id })));
  const reports = trpc.useQueries((api) => ids.map((id) => api.roi.report({ shopId: shop.id, id })));
  const failed = [...campaigns, ...reports].find((query) => query.error);
  const sides = campaigns.flatMap((query, index): Side[] => (query.data ? [{ campaign: query.data, report: reports[index]?.data }] : []));
  const pick = (next: string[]) => void setParam(next.length > 0 ? next : null);
  return (
    <Page>
      <PageCrumb label={t("title")} />
      <PageHeader title={t("title")} description={t("description")} />
      {ids.length < MOST && <Picker taken={ids} onPick={(id) => pick([...ids, id])} />}
      {failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      ) : sides.length < ids.length ? (
        <SkeletonText lines={8} />
      ) : sides.length === 0 ? (
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      ) : (
        <SideBySide sides={sides} onRemove={(id) => pick(ids.filter((other) => other !== id))} />
      )}
      {sides.length === 1 && <p className="text-muted text-sm">{t("oneMore")}</p>}
      {new Set(sides.map(({ campaign }) => campaign.unit)).size > 1 && <p className="text-sm text-warning">{t("units")}</p>}
    </Page>
  );
}

function Picker({ taken, onPick }: { taken: readonly string[]; onPick: (id: string) => void }) {
  const t = useTranslations("campaigns.compare");
  const c = useTranslations("campaigns");
  const shop = useShop();
  const utils = trpc.useUtils();
  const search = async (query: string, signal: AbortSignal) => {
    const { items } = await utils.client.campaigns.list.query({ shopId: shop.id, search: query, limit: SEARCHED }, { signal });
    return items
      .filter((campaign) => campaign.drop?.frozenAt && !taken.includes(campaign.id))
      .map((campaign) => ({ value: campaign.id, label: campaign.name || c("untitled"), description: c(`status.${campaign.status}`) }));
  };
  return (
    <Field label={t("add")} error={undefined} required className="max-w-md">
      {(control) => (
        <Combobox {...control} search={search} value={null} placeholder={t("pick")} onValueChange={(id) => id !== null && onPick(id)} />
      )}
    </Field>
  );
}

type Row = { key: string; term: string; cell: (side: Side) => ReactNode };

function useRows(): Row[] {
  const t = useTranslations("campaigns.compare");
  const r = useTranslations("campaigns.result.state");
  const locale = useLocale();
  const count = (value: number) => formatNumber(value, locale);
  const money = (minor: bigint | undefined, unit: string) => (minor === undefined ? "…" : <Money minor={minor} unit={unit} />);
  const range = (estimate: { value: bigint; low: bigint; high: bigint } | undefined, unit: string) =>
    estimate ? (
      <>
        <Money minor={estimate.value} unit={unit} sign="always" className="font-semibold" />
        <span className="block text-muted text-xs">
          {t("interval", { low: formatMoney(estimate.low, unit, locale), high: formatMoney(estimate.high, unit, locale) })}
        </span>
      </>
    ) : (
      "–"
    );
  const verdict = {
    not_started: "none",
    too_early: "early",
    insufficient_data: "none",
    not_proven: "notProven",
    proven_profit: "proven",
    proven_loss: "proven",
  } as const;
  return [
    { key: "status", term: t("status"), cell: ({ campaign }) => <CampaignStatus status={campaign.status} /> },
    { key: "segment", term: t("segment"), cell: ({ campaign }) => campaign.segment?.name ?? "–" },
    { key: "offer", term: t("offer"), cell: ({ campaign }) => <OfferCell campaign={campaign} /> },
    {
      key: "release",
      term: t("release"),
      cell: ({ campaign }) => (campaign.runAt ? <Timestamp at={campaign.releasedAt ?? campaign.runAt} zone={campaign.timeZone} /> : "–"),
    },
    {
      key: "people",
      term: t("people"),
      cell: ({ report }) => (report ? `${count(report.arms.treated.people)} / ${count(report.arms.control.people)}` : "…"),
    },
    { key: "holdout", term: t("holdout"), cell: ({ campaign }) => formatBasisPoints(campaign.holdoutBps, locale) },
    {
      key: "granted",
      term: t("granted"),
      cell: ({ campaign }) => (campaign.offer.type === "none" ? "–" : money(campaign.totals.grantedTotal, campaign.unit)),
    },
    {
      key: "redeemed",
      term: t("redeemed"),
      cell: ({ campaign, report }) =>
        report && report.credit.granted > 0n ? (
          <>
            {money(report.credit.redeemed, campaign.unit)}{" "}
            <span className="text-muted text-xs">
              ({formatPercent(Number((report.credit.redeemed * 10_000n) / report.credit.granted) / 10_000, locale)})
            </span>
          </>
        ) : (
          "–"
        ),
    },
    { key: "revenue", term: t("revenue"), cell: ({ campaign, report }) => range(report?.effect?.incrementalRevenue, campaign.unit) },
    { key: "profit", term: t("profit"), cell: ({ campaign, report }) => range(report?.effect?.profit, campaign.unit) },
    { key: "perPerson", term: t("perPerson"), cell: ({ campaign, report }) => range(report?.effect?.profitPerPerson, campaign.unit) },
    { key: "verdict", term: t("verdict"), cell: ({ report }) => (report ? r(verdict[report.verdict.kind]) : "…") },
  ];
}

function OfferCell({ campaign }: { campaign: Campaign }) {
  const text = useOfferText(campaign.unit);
  return text(campaign.offer, campaign.amount);
}

function SideBySide({ sides, onRemove }: { sides: readonly Side[]; onRemove: (id: string) => void }) {
  const t = useTranslations("campaigns.compare");
  const c = useTranslations("campaigns");
  const shop = useShop();
  const rows = useRows();
  return (
    <TableFrame label={t("title")}>
      <Table aria-label={t("title")}>
        <thead>
          <Tr>
            <Th className="min-w-36">
              <span className="sr-only">{t("figure")}</span>
            </Th>
            {sides.map(({ campaign }) => (
              <Th key={campaign.id} className="min-w-48 whitespace-normal">
                <span className="flex items-start justify-between gap-2 py-1.5">
                  <Link href={shopPath(shop.id, `/campaigns/${campaign.id}`)} className="text-ink text-sm hover:underline">
                    {campaign.name || c("untitled")}
                  </Link>
                  <IconButton size="sm" label={t("remove", { name: campaign.name || c("untitled") })} onClick={() => onRemove(campaign.id)}>
                    <X aria-hidden />
                  </IconButton>
                </span>
              </Th>
            ))}
          </Tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Tr key={row.key}>
              <th
                scope="row"
                className="border-line border-b px-3 py-1.5 text-left font-normal text-muted text-sm group-last/row:border-b-0"
              >
                {row.term}
              </th>
              {sides.map((side) => (
                <Td key={side.campaign.id} className="tabular align-top">
                  {row.cell(side)}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}
