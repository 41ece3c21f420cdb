"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../../error-text";
import { useCursorPages } from "../../ledger/use-cursor-pages";
import { StatusBadge, type Tone } from "../../primitives/badge";
import { Button } from "../../primitives/button";
import { DataTable } from "../../primitives/data-table";
import { Sheet } from "../../primitives/dialog";
import { EmptyState } from "../../primitives/states";
import { toastError, toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { TroubleText } from "../trouble-text";
import type { Endpoint } from "./webhooks";

type Delivery = RouterOutput["messages"]["webhooks"]["deliveries"]["items"][number];
const TONE: Record<Delivery["status"], Tone> = { waiting: "warning", delivered: "accent", failed: "danger" };

/** What an endpoint was told, what it answered, and the way to tell it once more. */
export function WebhookDeliveries({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const t = useTranslations("sending.webhooks");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const list = trpc.messages.webhooks.deliveries.useQuery(
    { shopId: shop.id, endpointId: endpoint.id, cursor: pages.cursor, limit: 25 },
    { placeholderData: keepPreviousData },
  );
  const found = list.data?.nextCursor ?? null;
  if (found !== next) setNext(found);
  const replay = trpc.messages.webhooks.replay.useMutation({
    onSuccess: async () => {
      toastSuccess(t("replayed"));
      await utils.messages.webhooks.deliveries.invalidate();
    },
    onError: (error) => void toastError(errorText(error)),
  });
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={t("deliveries")} description={endpoint.url}>
      <DataTable
        label={t("deliveries")}
        rows={list.data?.items}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        paging={pages.paging}
        skeletonRows={4}
        empty={<EmptyState title={t("noDeliveries")} text={t("noDeliveriesText")} />}
        columns={[
          {
            id: "at",
            header: t("at"),
            cell: (row) => (
              <span className="block min-w-0">
                <Timestamp at={row.createdAt} />
                <span className="block text-muted text-xs">
                  {row.events === 0 ? t("isTest") : t("eventCount", { count: row.events })}
                  {row.replayOf !== null && `, ${t("again")}`}
                </span>
              </span>
            ),
          },
          {
            id: "status",
            header: t("status"),
            cell: (row) => (
              <span className="flex min-w-0 flex-col gap-1">
                <StatusBadge tone={TONE[row.status]}>{t(`delivery.${row.status}`)}</StatusBadge>
                {(row.responseStatus !== null || row.error) && (
                  <span className="text-muted text-xs">
                    <TroubleText words={[row.responseStatus, row.error].filter((part) => part !== null).join(" ")} />
                  </span>
                )}
              </span>
            ),
          },
          {
            id: "replay",
            header: t("replay"),
            headerHidden: true,
            align: "end",
            cell: (row) =>
              row.status !== "waiting" &&
              row.events > 0 && (
                <Button
                  size="sm"
                  variant="ghost"
                  loading={replay.isPending && replay.variables.deliveryId === row.id}
                  onClick={() => replay.mutate({ shopId: shop.id, deliveryId: row.id })}
                >
                  {t("replay")}
                </Button>
              ),
          },
        ]}
      />
    </Sheet>
  );
}
