"use client";

import { useTranslations } from "next-intl";
import { parseAsBoolean, parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import type { AuditFilter } from "@/server/audit/schema";
import { isoDateToDay, startOfLocalDay } from "@/server/time";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Tooltip } from "../primitives/tooltip";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { useActionName } from "./action-name";
import { AuditFilters } from "./audit-filters";
import { EntrySheet } from "./entry-sheet";
import { useVerify, VerifyButton, VerifyResult } from "./verify-chain";

type Page_ = RouterOutput["audit"]["list"];
export type Entry = Page_["items"][number];
type Cursor = NonNullable<Page_["nextCursor"]>;

/** The filters, all in the URL. Days are local days of the shop. */
export const AUDIT_PARAMS = {
  actor: parseAsString,
  action: parseAsString,
  entity: parseAsString,
  from: parseAsString,
  to: parseAsString,
  shopOnly: parseAsBoolean.withDefault(false),
};
export type AuditParams = {
  actor: string | null;
  action: string | null;
  entity: string | null;
  from: string | null;
  to: string | null;
  shopOnly: boolean;
};

/** A day out of the URL; null when somebody typed something else there. */
const dayStart = (day: string | null, zone: string, plus: 0 | 1): Date | null =>
  day && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? startOfLocalDay(isoDateToDay(day) + plus, zone) : null;

export function AuditPage() {
  const t = useTranslations("audit");
  const shop = useShop();
  const verify = useVerify();
  const [params, setParams] = useQueryStates(AUDIT_PARAMS, { history: "replace" });
  const filter: AuditFilter = {
    actorId: params.actor,
    action: params.action,
    entity: params.entity,
    from: dayStart(params.from, shop.timeZone, 0),
    to: dayStart(params.to, shop.timeZone, 1),
    onlyShopId: params.shopOnly ? shop.id : null,
  };
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <>
            <VerifyButton verify={verify} orgId={shop.orgId} />
            <ExportButton orgId={shop.orgId} filter={filter} />
          </>
        }
      />
      <VerifyResult verify={verify} />
      <AuditFilters orgId={shop.orgId} params={params} onChange={(next) => void setParams(next)} />
      {/* Other filters are another list: its pages start again. */}
      <AuditTable key={JSON.stringify(filter)} orgId={shop.orgId} filter={filter} />
    </Page>
  );
}

function ExportButton({ orgId, filter }: { orgId: string; filter: AuditFilter }) {
  const t = useTranslations("audit");
  const errorText = useErrorText();
  const stepUp = useStepUp();
  const exporting = trpc.audit.export.useMutation();
  const run = async () => {
    try {
      const file = await stepUp(() => exporting.mutateAsync({ orgId, ...filter }));
      if (!file) return;
      download(file.csv, "audit.csv");
      toastSuccess(t("exported", { rows: file.rows }), file.truncated ? t("truncated", { rows: file.rows }) : undefined);
    } catch (error) {
      toastError(errorText(error));
    }
  };
  return (
    <Button loading={exporting.isPending} onClick={() => void run()}>
      {t("export")}
    </Button>
  );
}

function download(csv: string, name: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function AuditTable({ orgId, filter }: { orgId: string; filter: AuditFilter }) {
  const t = useTranslations("audit");
  const actionName = useActionName();
  // The cursors of the pages before this one: "back" is where we came from.
  const [trail, setTrail] = useState<readonly (Cursor | null)[]>([null]);
  const [opened, setOpened] = useState<Entry | null>(null);
  const query = trpc.audit.list.useQuery(
    { orgId, ...filter, cursor: trail.at(-1) ?? null, limit: 50 },
    { placeholderData: (previous) => previous },
  );
  const next = query.data?.nextCursor ?? null;
  return (
    <>
      <DataTable
        label={t("title")}
        rows={query.data?.items}
        loading={query.isFetching && (!query.data || query.isPlaceholderData)}
        error={query.error}
        onRetry={() => void query.refetch()}
        rowKey={(entry) => entry.id}
        skeletonRows={10}
        empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
        paging={{
          hasPrevious: trail.length > 1,
          hasNext: next !== null,
          onPrevious: () => setTrail(trail.slice(0, -1)),
          onNext: () => next && setTrail([...trail, next]),
        }}
        columns={[
          { id: "at", header: t("at"), width: "10rem", cell: (entry) => <Timestamp at={entry.at} /> },
          {
            id: "action",
            header: t("action"),
            cell: (entry) => (
              <button
                type="button"
                aria-label={t("open", { action: actionName(entry.action), actor: entry.actorLabel })}
                onClick={() => setOpened(entry)}
                className="max-w-full truncate text-left font-medium underline-offset-4 hover:underline"
              >
                {actionName(entry.action)}
              </button>
            ),
          },
          {
            id: "actor",
            header: t("actor"),
            cell: (entry) => (
              <span className="flex min-w-0 items-center gap-1.5">
                <span className="truncate">{entry.actorLabel}</span>
                {entry.actorType !== "user" && <Badge>{t(`actorType.${entry.actorType}`)}</Badge>}
                {entry.agencyId && <Badge tone="info">{t("viaAgency")}</Badge>}
              </span>
            ),
          },
          { id: "shop", header: t("shop"), hideBelow: "md", cell: (entry) => entry.shop ?? "–" },
          {
            id: "seal",
            header: t("seal"),
            hideBelow: "sm",
            align: "end",
            cell: (entry) =>
              entry.sealed ? (
                entry.sealed.seq
              ) : (
                <Tooltip content={t("pendingHint")}>
                  <button type="button" className="cursor-help text-muted">
                    {t("pending")}
                  </button>
                </Tooltip>
              ),
          },
        ]}
      />
      {opened && <EntrySheet entry={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
