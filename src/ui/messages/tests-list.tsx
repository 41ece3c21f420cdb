"use client";

import { FlaskConical } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { StatusBadge, type Tone } from "../primitives/badge";
import { ButtonLink } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Sheet } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { MessageBody } from "./message-body";
import { TroubleText } from "./trouble-text";

type Item = RouterOutput["messages"]["templates"]["tests"]["items"][number];
const TONE: Record<Item["status"], Tone> = { outbox: "info", sent: "accent", failed: "danger" };

/** Tests of templates: where they went, and what they looked like then. */
export function TestsList() {
  const t = useTranslations("messages.tests");
  const shop = useShop();
  const [open, setOpen] = useQueryState("test", parseAsString.withOptions({ history: "push" }));
  const list = trpc.messages.templates.tests.useQuery({ shopId: shop.id });
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <p className="max-w-prose text-muted text-sm">{t("text")}</p>
      <DataTable
        label={t("label")}
        columns={useColumns((id) => void setOpen(id))}
        rows={list.data?.items}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        empty={
          <EmptyState
            icon={<FlaskConical aria-hidden />}
            title={t("emptyTitle")}
            text={t("emptyText")}
            action={<ButtonLink href={shopPath(shop.id, "/messages/templates")}>{t("toTemplates")}</ButtonLink>}
          />
        }
      />
      <TestSheet id={open} onClose={() => void setOpen(null)} />
    </div>
  );
}

function useColumns(open: (id: string) => void): readonly [DataColumn<Item>, ...DataColumn<Item>[]] {
  const t = useTranslations("messages.tests");
  const m = useTranslations("messages");
  return [
    {
      id: "to",
      header: t("to"),
      cell: (row) => (
        <button
          type="button"
          onClick={() => open(row.id)}
          className="block max-w-40 truncate text-left font-medium hover:underline sm:max-w-80"
        >
          {row.recipient}
        </button>
      ),
    },
    { id: "kind", header: t("kind"), hideBelow: "md", cell: (row) => m(`kind.${row.kind}`) },
    { id: "channel", header: t("channel"), hideBelow: "lg", cell: (row) => m(`channel.${row.channel}`) },
    { id: "status", header: t("status"), cell: (row) => <StatusBadge tone={TONE[row.status]}>{t(`state.${row.status}`)}</StatusBadge> },
    { id: "by", header: t("by"), hideBelow: "lg", cell: (row) => row.by },
    { id: "at", header: t("at"), hideBelow: "sm", cell: (row) => <Timestamp at={row.at} /> },
  ];
}

function TestSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("messages.tests");
  const shop = useShop();
  const test = trpc.messages.templates.test.useQuery({ shopId: shop.id, id: id ?? "" }, { enabled: id !== null });
  return (
    <Sheet open={id !== null} onOpenChange={(open) => !open && onClose()} title={t("sheet")} description={test.data?.recipient ?? null}>
      {test.error ? (
        <ErrorState error={test.error} onRetry={() => void test.refetch()} />
      ) : test.data ? (
        <div className="flex flex-col gap-4">
          {test.data.status === "failed" && test.data.detail !== null && (
            <p className="text-danger text-sm">
              <TroubleText words={test.data.detail} />
            </p>
          )}
          <MessageBody body={test.data} />
        </div>
      ) : (
        <SkeletonText lines={6} />
      )}
    </Sheet>
  );
}
