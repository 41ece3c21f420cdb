"use client";

import { Palette } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { CHANNELS, MESSAGE_KINDS } from "@/server/notifications/schema";
import { Badge } from "../../primitives/badge";
import { Button } from "../../primitives/button";
import { SegmentedControl } from "../../primitives/choice";
import { DataTable } from "../../primitives/data-table";
import { Page, PageHeader } from "../../primitives/page-header";
import { EmptyState } from "../../primitives/states";
import type { DataColumn } from "../../primitives/table-model";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { BrandSheet } from "./brand-sheet";
import { TemplateEditorPage } from "./template-editor-page";

type Item = RouterOutput["messages"]["templates"]["list"]["items"][number];

const FILTERS = ["all", ...CHANNELS] as const;
const keyOf = (item: Item): string => item.id ?? `${item.kind}.${item.channel}`;

/** Every event with the text it speaks in: the built-in one, or one of the shop's own. */
export function TemplatesPage() {
  const [edit, setEdit] = useQueryState("edit", parseAsString.withOptions({ history: "push" }));
  if (edit !== null) return <TemplateEditorPage key={edit} which={edit} onOpen={(next) => void setEdit(next)} />;
  return <TemplateList onOpen={(next) => void setEdit(next)} />;
}

function TemplateList({ onOpen }: { onOpen: (which: string) => void }) {
  const t = useTranslations("templates");
  const shop = useShop();
  const [channel, setChannel] = useQueryState("channel", parseAsStringLiteral(FILTERS).withDefault("all"));
  const [brandOpen, setBrandOpen] = useQueryState("brand", parseAsBoolean.withDefault(false));
  const list = trpc.messages.templates.list.useQuery({ shopId: shop.id, channel: channel === "all" ? null : channel });
  const rows = list.data && inOrder(list.data.items);
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <Button onClick={() => void setBrandOpen(true)}>
            <Palette aria-hidden />
            {t("brand.title")}
          </Button>
        }
      />
      <SegmentedControl
        aria-label={t("filterChannel")}
        options={FILTERS.map((value) => ({ value, label: t(value === "all" ? "allChannels" : `channels.${value}`) }))}
        value={channel}
        onValueChange={(value) => void setChannel(value)}
      />
      <DataTable
        label={t("label")}
        columns={useColumns(onOpen)}
        rows={rows}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={keyOf}
        empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      />
      <BrandSheet open={brandOpen} onOpenChange={(open) => void setBrandOpen(open)} />
    </Page>
  );
}

/** Event by event; of one event and channel the text in use first. */
function inOrder(items: readonly Item[]): Item[] {
  const rank = (item: Item) => MESSAGE_KINDS.indexOf(item.kind) * 10 + CHANNELS.indexOf(item.channel) * 2 + (item.isDefault ? 0 : 1);
  return [...items].sort((a, b) => rank(a) - rank(b));
}

function useColumns(open: (which: string) => void): readonly [DataColumn<Item>, ...DataColumn<Item>[]] {
  const t = useTranslations("templates");
  const kind = useTranslations("messages.kind");
  return [
    {
      id: "kind",
      header: t("columns.kind"),
      cell: (row) => (
        <button type="button" onClick={() => open(keyOf(row))} className="flex min-w-0 flex-col text-left hover:underline">
          <span className="font-medium">{kind(row.kind)}</span>
          <span className="text-muted text-xs [overflow-wrap:anywhere]">{row.name ?? t("builtIn")}</span>
          <span className="text-muted text-xs sm:hidden">{t(`channels.${row.channel}`)}</span>
        </button>
      ),
    },
    { id: "channel", header: t("columns.channel"), hideBelow: "sm", cell: (row) => t(`channels.${row.channel}`) },
    { id: "language", header: t("columns.language"), hideBelow: "md", cell: () => t("bothLanguages") },
    {
      id: "origin",
      header: t("columns.origin"),
      hideBelow: "sm",
      cell: (row) => (row.builtIn ? t("standard") : t("ownVersion", { version: row.version ?? 1 })),
    },
    {
      id: "use",
      header: t("columns.use"),
      cell: (row) => (row.isDefault ? <Badge tone="accent">{t("inUse")}</Badge> : <span className="text-muted">{t("notInUse")}</span>),
    },
    { id: "at", header: t("columns.at"), hideBelow: "lg", cell: (row) => (row.updatedAt ? <Timestamp at={row.updatedAt} /> : "–") },
  ];
}
