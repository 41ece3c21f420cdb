"use client";

import { keepPreviousData } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { CampaignStatus } from "../campaigns/campaign-status";
import { usePages } from "../campaigns/use-pages";
import { LineChart } from "../charts/line-chart";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { CodeBlock } from "../primitives/code";
import { DataTable } from "../primitives/data-table";
import { Skeleton, SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { type Tab, UrlTabs } from "../primitives/tabs";
import { toastError, toastSuccess } from "../primitives/toast";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Segment = RouterOutput["segments"]["get"];
type View = "history" | "people" | "usage" | "snapshots" | "api";

/** What is known of a saved segment: how it grew, who is in it, what uses it, what was frozen, how a program asks for it. */
export function SegmentRecord({ segment }: { segment: Segment }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const people: Tab<View>[] = shop.can("customer.list")
    ? [{ value: "people", label: t("people"), content: <People segmentId={segment.id} /> }]
    : [];
  return (
    <Section title={t("title")} description={t("text")}>
      <UrlTabs<View>
        label={t("title")}
        param="about"
        tabs={[
          { value: "history", label: t("history"), content: <History segmentId={segment.id} /> },
          ...people,
          { value: "usage", label: t("usage"), content: <Usage segmentId={segment.id} /> },
          { value: "snapshots", label: t("snapshots"), content: <Snapshots segment={segment} /> },
          { value: "api", label: t("api"), content: <Api segment={segment} /> },
        ]}
      />
    </Section>
  );
}

function History({ segmentId }: { segmentId: string }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const history = trpc.segments.history.useQuery({ shopId: shop.id, id: segmentId, days: 90 });
  if (history.error) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton className="h-60 w-full" />;
  const { days } = history.data;
  if (days.length === 0) return <EmptyState title={t("noHistory")} text={t("noHistoryText")} className="py-8" />;
  const points = (pick: (day: (typeof days)[number]) => number | null) => days.map((day) => ({ x: day.day, value: pick(day) }));
  const changed = days.filter((day) => day.changed).length;
  return (
    <div className="flex flex-col gap-6">
      <LineChart
        title={t("members")}
        xLabel={t("day")}
        format={{ kind: "number" }}
        includeZero={false}
        height={200}
        series={[{ id: "count", label: t("members"), points: points(({ count }) => count) }]}
      />
      <LineChart
        title={t("changes")}
        xLabel={t("day")}
        format={{ kind: "number" }}
        height={160}
        series={[
          { id: "joined", label: t("joined"), points: points(({ joined }) => joined) },
          { id: "left", label: t("left"), points: points(({ left }) => left), dashed: true },
        ]}
      />
      {changed > 0 && <p className="text-muted text-xs">{t("queryChanged", { count: changed })}</p>}
    </div>
  );
}

function People({ segmentId }: { segmentId: string }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const pages = usePages("person");
  const list = trpc.segments.members.useQuery(
    { shopId: shop.id, id: segmentId, cursor: pages.cursor ?? undefined, limit: 20 },
    { placeholderData: keepPreviousData },
  );
  return (
    <DataTable
      label={t("people")}
      columns={[
        { id: "name", header: t("name"), cell: (row) => row.name },
        { id: "email", header: t("email"), hideBelow: "sm", cell: (row) => row.email ?? "–" },
        { id: "orders", header: t("orders"), align: "end", cell: (row) => row.orders },
        { id: "spent", header: t("spent"), align: "end", cell: (row) => <Money minor={row.spent} /> },
        {
          id: "last",
          header: t("lastOrder"),
          hideBelow: "md",
          cell: (row) => (row.lastOrderAt ? <Timestamp at={row.lastOrderAt} show="date" /> : "–"),
        },
      ]}
      rows={list.data?.items}
      loading={list.isPending || list.isPlaceholderData}
      error={list.error}
      onRetry={() => void list.refetch()}
      rowKey={(row) => row.id}
      rowHref={(row) => shopPath(shop.id, `/customers/${row.id}`)}
      paging={pages.paging(list.data?.nextCursor)}
      skeletonRows={5}
      empty={<EmptyState title={t("nobody")} text={t("nobodyText")} />}
    />
  );
}

function Usage({ segmentId }: { segmentId: string }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const used = trpc.segments.usedBy.useQuery({ shopId: shop.id, id: segmentId });
  if (used.error) return <ErrorState error={used.error} onRetry={() => void used.refetch()} />;
  if (!used.data) return <SkeletonText lines={3} />;
  const { campaigns, segments } = used.data;
  if (campaigns.length + segments.length === 0) return <EmptyState title={t("unused")} text={t("unusedText")} className="py-8" />;
  return (
    <div className="grid gap-6 sm:grid-cols-2">
      <LinkList title={t("campaigns")} none={t("noCampaigns")}>
        {campaigns.map((campaign) => (
          <li key={campaign.id} className="flex items-center justify-between gap-3 px-3 py-2">
            <Link href={shopPath(shop.id, `/campaigns/${campaign.id}`)} className="min-w-0 truncate text-sm hover:underline">
              {campaign.name}
            </Link>
            <CampaignStatus status={campaign.status} />
          </li>
        ))}
      </LinkList>
      <LinkList title={t("segments")} none={t("noSegments")}>
        {segments.map((segment) => (
          <li key={segment.id} className="px-3 py-2">
            <Link href={shopPath(shop.id, `/segments/${segment.id}`)} className="block truncate text-sm hover:underline">
              {segment.name}
            </Link>
          </li>
        ))}
      </LinkList>
    </div>
  );
}

function LinkList({ title, none, children }: { title: string; none: string; children: ReactNode[] }) {
  return (
    <Section level={3} title={title}>
      {children.length === 0 ? (
        <p className="text-muted text-sm">{none}</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">{children}</ul>
      )}
    </Section>
  );
}

function Snapshots({ segment }: { segment: Segment }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const list = trpc.segments.snapshots.useQuery({ shopId: shop.id, id: segment.id });
  const freeze = trpc.segments.freeze.useMutation({
    onSuccess: (snapshot) => {
      void utils.segments.snapshots.invalidate();
      toastSuccess(t("frozen", { count: snapshot.count }));
    },
    onError: (error) => toastError(errorText(error)),
  });
  const mayFreeze = shop.can("segment.write") && segment.archivedAt === null;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">{t("snapshotsText")}</p>
        {mayFreeze && (
          <Button loading={freeze.isPending} onClick={() => freeze.mutate({ shopId: shop.id, id: segment.id })}>
            {t("freeze")}
          </Button>
        )}
      </div>
      <DataTable
        label={t("snapshots")}
        columns={[
          { id: "at", header: t("frozenAt"), cell: (row) => <Timestamp at={row.createdAt} /> },
          { id: "count", header: t("members"), align: "end", cell: (row) => row.count },
          {
            id: "query",
            header: t("query"),
            hideBelow: "sm",
            cell: (row) => <code className="block max-w-96 truncate font-mono text-xs">{row.query === "" ? "–" : row.query}</code>,
          },
        ]}
        rows={list.data}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        skeletonRows={2}
        empty={<EmptyState title={t("noSnapshots")} text={t("noSnapshotsText")} className="py-8" />}
      />
    </div>
  );
}

function Api({ segment }: { segment: Segment }) {
  const t = useTranslations("segments.record");
  const shop = useShop();
  const origin = typeof window === "undefined" ? "" : window.location.origin;
  const base = `${origin}/api/v1`;
  const query = JSON.stringify({ query: segment.query }).replaceAll("'", "'\\''");
  const snippets = [
    { key: "members", text: `curl -H "Authorization: Bearer $GUTHABEN_API_KEY" \\\n  "${base}/segments/${segment.id}/members?limit=100"` },
    {
      key: "preview",
      text: `curl -X POST -H "Authorization: Bearer $GUTHABEN_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${query}' \\\n  "${base}/segments/preview"`,
    },
    {
      key: "explain",
      text: `curl -H "Authorization: Bearer $GUTHABEN_API_KEY" \\\n  "${base}/segments/${segment.id}/explain/{${t("customerNumber")}}"`,
    },
  ] as const;
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted text-sm">{t("apiText")}</p>
      {shop.can("apikey.read") && (
        <p className="text-sm">
          <Link href={shopPath(shop.id, "/settings/api-keys")} className="text-accent underline-offset-2 hover:underline">
            {t("toKeys")}
          </Link>
        </p>
      )}
      {segment.archivedAt !== null && <Notice tone="info" title={t("apiArchived")} />}
      {snippets.map(({ key, text }) => (
        <Section key={key} level={3} title={t(`snippet.${key}`)}>
          <CodeBlock text={text} label={t(`snippet.${key}`)} copyLabel={t("copySnippet")} />
        </Section>
      ))}
    </div>
  );
}
