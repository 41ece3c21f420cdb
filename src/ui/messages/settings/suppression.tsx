"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { ShieldOff } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { usePages } from "../../campaigns/use-pages";
import { useErrorText } from "../../error-text";
import { formatNumber } from "../../format";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { DataTable } from "../../primitives/data-table";
import { ConfirmDialog } from "../../primitives/dialog";
import { NativeSelect } from "../../primitives/select";
import { EmptyState } from "../../primitives/states";
import { toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { AddSuppression } from "./add-suppression";
import { CheckAddress } from "./suppression-address";

export type SuppressionItem = RouterOutput["messages"]["suppression"]["list"]["items"][number];

const REASONS = ["hardBounce", "softBounce", "complaint", "optedOut", "manual"] as const;
const CHANNELS = ["email", "sms"] as const;

/** Who is never written to, whatever anyone plans. */
export function Suppression() {
  const t = useTranslations("sending.suppression");
  const common = useTranslations("common.actions");
  const locale = useLocale();
  const shop = useShop();
  const [reason, setReason] = useQueryState("reason", parseAsStringLiteral(REASONS));
  const [channel, setChannel] = useQueryState("channel", parseAsStringLiteral(CHANNELS));
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<SuppressionItem | null>(null);
  const pages = usePages();
  const list = trpc.messages.suppression.list.useQuery(
    { shopId: shop.id, reason, channel, cursor: pages.cursor },
    { placeholderData: keepPreviousData },
  );
  const mayManage = shop.can("shop.manage");
  const add = (
    <Button variant="primary" disabledReason={mayManage ? undefined : t("readOnly")} onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  const clear = () => {
    pages.reset();
    void setReason(null);
    void setChannel(null);
  };
  return (
    <Section title={t("title")} description={t("text")} actions={add}>
      <CheckAddress onRemove={mayManage ? setRemoving : null} />
      <div className="flex flex-wrap items-center gap-3">
        <NativeSelect
          aria-label={t("reason")}
          className="w-56"
          placeholder={t("allReasons")}
          value={reason ?? ""}
          options={REASONS.map((value) => ({ value, label: t(`reasons.${value}`) }))}
          onChange={(event) => {
            pages.reset();
            void setReason(REASONS.find((value) => value === event.target.value) ?? null);
          }}
        />
        <NativeSelect
          aria-label={t("channel")}
          className="w-40"
          placeholder={t("allChannels")}
          value={channel ?? ""}
          options={CHANNELS.map((value) => ({ value, label: t(`channels.${value}`) }))}
          onChange={(event) => {
            pages.reset();
            void setChannel(CHANNELS.find((value) => value === event.target.value) ?? null);
          }}
        />
      </div>
      <DataTable
        label={t("title")}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => `${row.channel} ${row.id}`}
        paging={pages.paging(
          list.data?.nextCursor,
          list.data && t("total", { count: list.data.total, shown: formatNumber(list.data.total, locale) }),
        )}
        empty={
          reason || channel ? (
            <EmptyState title={t("noneTitle")} text={t("noneText")} action={<Button onClick={clear}>{t("clearFilters")}</Button>} />
          ) : (
            <EmptyState icon={<ShieldOff aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} />
          )
        }
        columns={[
          { id: "entry", header: t("entry"), cell: (row) => <Entry row={row} /> },
          { id: "reason", header: t("reason"), cell: (row) => t(`reasons.${row.reason}`) },
          {
            id: "until",
            header: t("until"),
            hideBelow: "sm",
            cell: (row) => (row.until ? <Timestamp at={row.until} show="date" /> : t("forever")),
          },
          { id: "since", header: t("since"), hideBelow: "md", cell: (row) => <Timestamp at={row.createdAt} /> },
          { id: "by", header: t("by"), hideBelow: "lg", cell: (row) => (row.reason === "manual" ? row.by : t("byItself")) },
          {
            id: "remove",
            header: common("remove"),
            headerHidden: true,
            align: "end",
            cell: (row) =>
              mayManage && (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={t("removeLabel", { entry: (row.reason === "manual" && row.hint) || row.id.slice(0, 8) })}
                  onClick={() => setRemoving(row)}
                >
                  {common("remove")}
                </Button>
              ),
          },
        ]}
      />
      {adding && <AddSuppression onClose={() => setAdding(false)} />}
      {removing && <RemoveSuppression row={removing} onClose={() => setRemoving(null)} />}
    </Section>
  );
}

function Entry({ row }: { row: SuppressionItem }) {
  const t = useTranslations("sending.suppression");
  const unnamed = t("unnamed", { mark: row.id.slice(0, 8) });
  // A person's note tells entries apart; the code of a bounce is the same for many.
  const manual = row.reason === "manual";
  return (
    <span className="block min-w-0">
      <span className="block truncate font-medium">{(manual && row.hint) || unnamed}</span>
      <span className="text-muted text-xs">
        {t(`channels.${row.channel}`)}
        {!manual && row.hint && `, ${row.hint}`}
      </span>
    </span>
  );
}

function RemoveSuppression({ row, onClose }: { row: SuppressionItem; onClose: () => void }) {
  const t = useTranslations("sending.suppression");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const remove = trpc.messages.suppression.remove.useMutation({
    onSuccess: async () => {
      toastSuccess(t("removed"));
      await utils.messages.suppression.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("removeTitle")}
      description={t(row.reason === "complaint" ? "removeComplaintText" : "removeText")}
      confirmLabel={common("remove")}
      tone="danger"
      onConfirm={() => remove.mutate({ shopId: shop.id, channel: row.channel, id: row.id })}
      pending={remove.isPending}
      error={remove.error ? errorText(remove.error) : null}
    />
  );
}
