"use client";

import { Building2, Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { saveCsv } from "../charts/save-csv";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";
import { DataTable } from "../primitives/data-table";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { Money } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { trpc } from "../trpc";
import { AgencyMembers } from "./agency-members";
import { AMOUNTS, type Board, type BoardRow, ProfitRange, useBoardColumns } from "./board-columns";
import { boardTable } from "./board-export";

/** One board over all shops of an agency: sums per currency, then every shop. */
export function AgencyPage({ initial, userId }: { initial: Board; userId: string }) {
  const t = useTranslations("agency");
  const { id, name } = initial.agency;
  const query = trpc.agencies.board.useQuery({ agencyId: id }, { initialData: initial });
  const board = query.data;
  const { unit, units, choose } = useUnit(board);
  const shown = unit === null ? board.rows : board.rows.filter((row) => uses(row, unit));
  return (
    <Page>
      <PageCrumb label={name} />
      <PageHeader title={t("title", { agency: name })} description={t("description")} />
      {board.rows.length > 0 && <Totals board={board} />}
      <Section
        title={t("shops")}
        description={units.length > 1 ? t("sortHint") : undefined}
        actions={
          <>
            {units.length > 1 && (
              <SegmentedControl
                aria-label={t("unit")}
                value={unit ?? ALL}
                onValueChange={choose}
                options={[{ value: ALL, label: t("allUnits") }, ...units.map((value) => ({ value, label: value }))]}
              />
            )}
            {board.rows.length > 0 && (
              <Button size="sm" onClick={() => saveCsv(name, boardTable(shown))}>
                <Download aria-hidden />
                {t("export")}
              </Button>
            )}
          </>
        }
      >
        <DataTable
          // Another unit has other sortable columns.
          key={unit}
          label={t("title", { agency: name })}
          rows={shown}
          loading={query.isFetching && !query.data}
          error={query.error}
          onRetry={() => void query.refetch()}
          rowKey={(row) => row.shopId}
          rowHref={(row) => `/s/${row.shopId}`}
          sorting={{ mode: "client" }}
          empty={
            <EmptyState icon={<Building2 aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} action={<AgencyId id={id} />} />
          }
          columns={useBoardColumns(unit)}
        />
      </Section>
      <AgencyMembers agencyId={id} userId={userId} showId={board.rows.length > 0 ? <AgencyId id={id} /> : null} />
    </Page>
  );
}

const ALL = "all";
const uses = (row: BoardRow, unit: string): boolean =>
  row.currency === unit || Boolean(row.numbers?.credit?.some((entry) => entry.unit === unit));

/** The unit that is shown, in the address; the only one there is needs no choice. */
function useUnit(board: Board) {
  const units = board.totals.map((total) => total.unit);
  const [chosen, setChosen] = useQueryState("unit", parseAsString.withOptions({ history: "push" }));
  const [only] = units;
  const unit = units.length === 1 && only ? only : units.includes(chosen ?? "") ? chosen : null;
  return { unit, units, choose: (value: string) => void setChosen(value === ALL ? null : value) };
}

function Totals({ board }: { board: Board }) {
  const t = useTranslations("agency");
  return (
    <Section title={t("totals")} description={t("shopsCount", { count: board.rows.length })}>
      <DataTable
        label={t("totals")}
        rows={board.totals}
        loading={false}
        error={null}
        onRetry={() => {}}
        empty={null}
        rowKey={(row) => row.unit}
        columns={[
          { id: "unit", header: t("unit"), cell: (row) => <span className="font-medium">{row.unit}</span> },
          { id: "shops", header: t("shops"), align: "end", hideBelow: "sm", cell: (row) => row.shops },
          ...AMOUNTS.map((id) => ({
            id,
            header: t(id),
            align: "end" as const,
            hideBelow: HIDE[id],
            cell: (row: Board["totals"][number]) => <Money minor={row[id]} unit={row.unit} />,
          })),
          {
            id: "profit",
            header: t("profit"),
            align: "end",
            cell: (row) => (row.profit ? <ProfitRange estimate={row.profit} unit={row.unit} /> : "–"),
          },
        ]}
      />
    </Section>
  );
}

const HIDE = { outstanding: undefined, granted30: "md", redeemed30: "md", lapsing30: "sm" } as const;

function AgencyId({ id }: { id: string }) {
  const t = useTranslations("agency");
  return (
    <span className="flex flex-wrap items-center gap-1">
      <Code>{id}</Code>
      <CopyButton text={id} label={t("copyId")} />
    </span>
  );
}
