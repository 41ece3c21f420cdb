"use client";

import { useLocale, useTranslations } from "next-intl";
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { RUN_STATUSES } from "@/server/jobs/schema";
import { Badge } from "../primitives/badge";
import { buttonStyle } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState, Notice } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { formatDuration } from "./duration";
import { JobsFilters } from "./jobs-filters";
import { RunStatusBadge, useFunctionName, useTriggerName } from "./run-status";

type Listed = RouterOutput["jobs"]["list"];
type Run = Listed["items"][number];
type Cursor = NonNullable<Listed["nextCursor"]>;

/** The filters, all in the URL. */
const PARAMS = {
  status: parseAsStringLiteral(RUN_STATUSES),
  function: parseAsString,
  search: parseAsString,
  system: parseAsBoolean.withDefault(false),
};
export type JobsParams = { status: (typeof RUN_STATUSES)[number] | null; function: string | null; search: string | null; system: boolean };

/** While something is open the page follows it; otherwise it looks now and then. */
const FAST_MS = 2_000;
const SLOW_MS = 10_000;

export function JobsPage() {
  const t = useTranslations("jobs");
  const shop = useShop();
  const [params, setParams] = useQueryStates(PARAMS, { history: "replace" });
  const overview = trpc.jobs.overview.useQuery({ shopId: shop.id }, { refetchInterval: SLOW_MS });
  const { mode, consoleUrl, recent } = overview.data ?? {};
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      {mode && mode !== "embedded" && consoleUrl && (
        <Notice
          tone="info"
          title={t("external.title")}
          action={
            <a href={consoleUrl} target="_blank" rel="noreferrer" className={buttonStyle()}>
              {t("external.open")}
            </a>
          }
        >
          {t("external.text")}
        </Notice>
      )}
      <JobsFilters params={params} functions={overview.data?.functions ?? []} onChange={(next) => void setParams(next)} />
      {/* Other filters are another list: its pages start again. */}
      <RunsTable key={JSON.stringify(params)} params={params} summary={recent && t("recent", recent)} />
    </Page>
  );
}

function RunsTable({ params, summary }: { params: JobsParams; summary: string | undefined }) {
  const t = useTranslations("jobs");
  const shop = useShop();
  const triggerName = useTriggerName();
  // The cursors of the pages before this one: "back" is where we came from.
  const [trail, setTrail] = useState<readonly (Cursor | null)[]>([null]);
  const query = trpc.jobs.list.useQuery(
    {
      shopId: shop.id,
      status: params.status,
      functionId: params.function,
      search: params.search,
      system: params.system,
      cursor: trail.at(-1) ?? null,
      limit: 50,
    },
    {
      placeholderData: (previous) => previous,
      refetchInterval: ({ state }) => (state.data?.items.some((run) => run.endedAt === null) ? FAST_MS : SLOW_MS),
    },
  );
  const next = query.data?.nextCursor ?? null;
  const filtered = params.status !== null || params.function !== null || params.search !== null;
  const none = filtered ? (["filteredTitle", "filteredText"] as const) : (["title", "text"] as const);
  return (
    <DataTable
      label={t("title")}
      rows={query.data?.items}
      loading={query.isFetching && (!query.data || query.isPlaceholderData)}
      error={query.data ? null : query.error}
      onRetry={() => void query.refetch()}
      rowKey={(run) => run.id}
      rowHref={(run) => `/s/${shop.id}/jobs/${run.id}`}
      skeletonRows={10}
      empty={<EmptyState title={t(`empty.${none[0]}`)} text={t(`empty.${none[1]}`)} />}
      paging={{
        hasPrevious: trail.length > 1,
        hasNext: next !== null,
        onPrevious: () => setTrail(trail.slice(0, -1)),
        onNext: () => next && setTrail([...trail, next]),
        summary,
      }}
      columns={[
        { id: "function", header: t("column.function"), cell: (run) => <FunctionCell run={run} /> },
        { id: "status", header: t("column.status"), width: "8rem", cell: (run) => <RunStatusBadge status={run.status} /> },
        {
          id: "trigger",
          header: t("column.trigger"),
          hideBelow: "md",
          cell: (run) => <span className="block truncate text-muted">{triggerName(run.eventName)}</span>,
        },
        { id: "queued", header: t("column.queued"), width: "11rem", hideBelow: "sm", cell: (run) => <Timestamp at={run.queuedAt} /> },
        {
          id: "duration",
          header: t("column.duration"),
          width: "8rem",
          align: "end",
          hideBelow: "md",
          cell: (run) => <RunDuration run={run} />,
        },
      ]}
    />
  );
}

function FunctionCell({ run }: { run: Run }) {
  const t = useTranslations("jobs");
  const functionName = useFunctionName();
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex min-w-0 items-center gap-1.5">
        <span className="truncate font-medium">{functionName(run.functionId, run.functionName)}</span>
        {run.system && <Badge>{t("system")}</Badge>}
      </span>
      <span className="text-muted text-xs sm:hidden">
        <Timestamp at={run.queuedAt} />
      </span>
      {run.errorMessage && <span className="truncate text-danger text-xs">{run.errorMessage}</span>}
    </span>
  );
}

function RunDuration({ run }: { run: Run }) {
  const locale = useLocale();
  if (!run.startedAt || !run.endedAt) return "–";
  return formatDuration(run.endedAt.getTime() - run.startedAt.getTime(), locale);
}
