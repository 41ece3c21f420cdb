"use client";

import { Building2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";
import { DataTable } from "../primitives/data-table";
import { Page, PageHeader } from "../primitives/page-header";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState } from "../primitives/states";
import { Tooltip } from "../primitives/tooltip";
import { Money } from "../primitives/values";
import { type RouterOutput, trpc } from "../trpc";
import { AgencyMembers } from "./agency-members";

type Board = RouterOutput["agencies"]["board"];
type Row = Board["rows"][number];

/** One board over all shops of an agency. */
export function AgencyPage({ initial, userId }: { initial: Board; userId: string }) {
  const t = useTranslations("agency");
  const { id, name } = initial.agency;
  const query = trpc.agencies.board.useQuery({ agencyId: id }, { initialData: initial });
  const board = query.data;
  return (
    <Page>
      <PageHeader title={t("title", { agency: name })} description={t("description")} />
      {board.rows.length > 0 && <Totals board={board} />}
      <DataTable
        label={t("title", { agency: name })}
        rows={board.rows}
        loading={query.isFetching && !query.data}
        error={query.error}
        onRetry={() => void query.refetch()}
        rowKey={(row) => row.shopId}
        rowHref={(row) => `/s/${row.shopId}`}
        sorting={{ mode: "client" }}
        empty={<EmptyState icon={<Building2 aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} action={<AgencyId id={id} />} />}
        columns={useColumns()}
      />
      <AgencyMembers agencyId={id} userId={userId} showId={board.rows.length > 0 ? <AgencyId id={id} /> : null} />
    </Page>
  );
}

function Totals({ board }: { board: Board }) {
  const t = useTranslations("agency");
  const sum = (of: (campaigns: NonNullable<NonNullable<Row["numbers"]>["campaigns"]>) => number) =>
    board.rows.reduce((total, row) => total + (row.numbers?.campaigns ? of(row.numbers.campaigns) : 0), 0);
  return (
    <StatRow>
      <Stat
        label={t("totals")}
        value={
          board.outstanding.length > 0 ? (
            <span className="flex flex-wrap gap-x-4">
              {board.outstanding.map(({ unit, amount }) => (
                <Money key={unit} minor={amount} unit={unit} />
              ))}
            </span>
          ) : (
            <span className="font-normal text-base text-muted">{t("noTotals")}</span>
          )
        }
        hint={t("shopsCount", { count: board.rows.length })}
      />
      <Stat label={t("runningTotal")} value={sum(({ running }) => running)} />
      <Stat label={t("waitingTotal")} value={sum(({ waiting }) => waiting)} />
    </StatRow>
  );
}

function useColumns() {
  const t = useTranslations("agency");
  const roles = useTranslations("auth.roles");
  const unread = (
    <Tooltip content={t("failedHint")}>
      <button type="button" className="relative z-10 cursor-help text-danger text-xs">
        {t("failed")}
      </button>
    </Tooltip>
  );
  const count = (row: Row, of: "running" | "waiting" | "drafts") => row.numbers?.campaigns?.[of] ?? null;
  const countColumn = (id: "running" | "waiting" | "drafts", hideBelow?: "sm" | "md") => ({
    id,
    header: t(id),
    align: "end" as const,
    hideBelow,
    sortable: (row: Row) => count(row, id),
    cell: (row: Row) => count(row, id) ?? "–",
  });
  return [
    {
      id: "shop",
      header: t("shop"),
      sortable: (row: Row) => row.shop,
      cell: (row: Row) => <span className="truncate font-medium">{row.shop}</span>,
    },
    { id: "client", header: t("client"), hideBelow: "md" as const, sortable: (row: Row) => row.client, cell: (row: Row) => row.client },
    { id: "role", header: t("role"), hideBelow: "lg" as const, cell: (row: Row) => roles(row.role) },
    {
      id: "outstanding",
      header: t("outstanding"),
      align: "end" as const,
      cell: (row: Row) => (row.numbers === null ? unread : <Outstanding row={row} />),
    },
    countColumn("running", "sm"),
    countColumn("waiting", "sm"),
    countColumn("drafts", "md"),
  ] as const satisfies readonly [object, ...object[]];
}

/** Each unit by itself; nothing outstanding is a zero in the shop's currency. */
function Outstanding({ row }: { row: Row }) {
  const outstanding = row.numbers?.outstanding;
  if (!outstanding) return "–";
  if (outstanding.length === 0) return <Money minor={0n} unit={row.currency} />;
  return (
    <span className="flex flex-col items-end">
      {outstanding.map(({ unit, amount }) => (
        <Money key={unit} minor={amount} unit={unit} />
      ))}
    </span>
  );
}

function AgencyId({ id }: { id: string }) {
  const t = useTranslations("agency");
  return (
    <span className="flex flex-wrap items-center gap-1">
      <Code>{id}</Code>
      <CopyButton text={id} label={t("copyId")} />
    </span>
  );
}
