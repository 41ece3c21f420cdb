"use client";

import { Webhook } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../../error-text";
import { StatusBadge } from "../../primitives/badge";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { DataTable } from "../../primitives/data-table";
import { ConfirmDialog } from "../../primitives/dialog";
import { EmptyState } from "../../primitives/states";
import { toastError, toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { WebhookDeliveries } from "./webhook-deliveries";
import { WebhookDialog } from "./webhook-dialog";

export type Endpoint = RouterOutput["messages"]["webhooks"]["list"][number];

/** Other systems that are told what happens to credit and campaigns. */
export function Webhooks() {
  const t = useTranslations("sending.webhooks");
  const shop = useShop();
  const list = trpc.messages.webhooks.list.useQuery({ shopId: shop.id });
  const [creating, setCreating] = useState(false);
  const [watched, setWatched] = useState<Endpoint | null>(null);
  const [removing, setRemoving] = useState<Endpoint | null>(null);
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      {t("create")}
    </Button>
  );
  return (
    <Section title={t("title")} description={t("text")} actions={create}>
      <DataTable
        label={t("title")}
        rows={list.data}
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        skeletonRows={3}
        empty={<EmptyState icon={<Webhook aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} />}
        columns={[
          {
            id: "url",
            header: t("url"),
            cell: (row) => (
              <button type="button" onClick={() => setWatched(row)} className="block min-w-0 max-w-96 text-left hover:underline">
                <span className="block font-medium [overflow-wrap:anywhere]">{row.url}</span>
                <span className="text-muted text-xs">{t("types", { count: row.types.length })}</span>
              </button>
            ),
          },
          {
            id: "status",
            header: t("status"),
            cell: (row) =>
              row.enabled ? (
                <StatusBadge tone={row.failingSince ? "danger" : "accent"}>{t(row.failingSince ? "failing" : "on")}</StatusBadge>
              ) : (
                <StatusBadge tone="neutral">{t("off")}</StatusBadge>
              ),
          },
          { id: "created", header: t("created"), hideBelow: "md", cell: (row) => <Timestamp at={row.createdAt} show="date" /> },
          { id: "by", header: t("by"), hideBelow: "lg", cell: (row) => row.by },
          {
            id: "actions",
            header: t("actions"),
            headerHidden: true,
            align: "end",
            cell: (row) => <Actions endpoint={row} onRemove={() => setRemoving(row)} />,
          },
        ]}
      />
      {creating && <WebhookDialog onClose={() => setCreating(false)} />}
      {watched && <WebhookDeliveries endpoint={watched} onClose={() => setWatched(null)} />}
      {removing && <RemoveWebhook endpoint={removing} onClose={() => setRemoving(null)} />}
    </Section>
  );
}

function Actions({ endpoint, onRemove }: { endpoint: Endpoint; onRemove: () => void }) {
  const t = useTranslations("sending.webhooks");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const ping = trpc.messages.webhooks.ping.useMutation({
    onSuccess: async (answer) => {
      if (answer.ok) toastSuccess(t("pingOk", { status: answer.status ?? 0 }));
      else if (answer.error === null && answer.status === null) toastError(t("pingWaiting"));
      else toastError(t("pingFailed", { detail: [answer.status, answer.error].filter((part) => part !== null).join(" ") }));
      await utils.messages.webhooks.invalidate();
    },
    onError: (error) => void toastError(errorText(error)),
  });
  const update = trpc.messages.webhooks.update.useMutation({
    onSuccess: () => utils.messages.webhooks.invalidate(),
    onError: (error) => void toastError(errorText(error)),
  });
  return (
    <span className="flex flex-wrap justify-end gap-1">
      {endpoint.enabled && (
        <Button
          size="sm"
          aria-label={t("pingLabel", { url: endpoint.url })}
          loading={ping.isPending}
          onClick={() => ping.mutate({ shopId: shop.id, id: endpoint.id })}
        >
          {t("ping")}
        </Button>
      )}
      <Button
        size="sm"
        variant="ghost"
        aria-label={t(endpoint.enabled ? "turnOffLabel" : "turnOnLabel", { url: endpoint.url })}
        loading={update.isPending}
        onClick={() => update.mutate({ shopId: shop.id, id: endpoint.id, enabled: !endpoint.enabled })}
      >
        {t(endpoint.enabled ? "turnOff" : "turnOn")}
      </Button>
      <Button size="sm" variant="ghost" aria-label={t("removeLabel", { url: endpoint.url })} onClick={onRemove}>
        {common("remove")}
      </Button>
    </span>
  );
}

function RemoveWebhook({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const t = useTranslations("sending.webhooks");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const remove = trpc.messages.webhooks.remove.useMutation({
    onSuccess: async () => {
      toastSuccess(t("removed"));
      await utils.messages.webhooks.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("removeTitle")}
      description={t("removeText", { url: endpoint.url })}
      confirmLabel={common("remove")}
      tone="danger"
      onConfirm={() => remove.mutate({ shopId: shop.id, id: endpoint.id })}
      pending={remove.isPending}
      error={remove.error ? errorText(remove.error) : null}
    />
  );
}
