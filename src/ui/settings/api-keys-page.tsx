"use client";

import { KeyRound, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { API_SCOPES } from "@/server/auth/permissions";
import { useErrorText } from "../error-text";
import { StatusBadge, type Tone } from "../primitives/badge";
import { Button } from "../primitives/button";
import { Code } from "../primitives/code";
import { DataTable } from "../primitives/data-table";
import { ConfirmDialog } from "../primitives/dialog";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Tooltip } from "../primitives/tooltip";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { ApiKeyDialog } from "./api-key-dialog";
import { useScopeName } from "./scope-name";

type Key = RouterOutput["apiKeys"]["list"][number];

const TONE: Record<Key["status"], Tone> = { active: "accent", expired: "warning", revoked: "neutral" };

export function ApiKeysPage() {
  const t = useTranslations("settings.apiKeys");
  const shop = useShop();
  const keys = trpc.apiKeys.list.useQuery({ shopId: shop.id });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const mayManage = shop.can("apikey.manage");
  const create = (
    <Button variant="primary" disabledReason={mayManage ? undefined : t("readOnly")} onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t("create")}
    </Button>
  );
  const status = (key: Key) => ({ active: t("statusActive"), expired: t("statusExpired"), revoked: t("statusRevoked") })[key.status];
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={create} />
      <DataTable
        label={t("title")}
        rows={keys.data}
        loading={keys.isFetching && !keys.data}
        error={keys.error}
        onRetry={() => void keys.refetch()}
        rowKey={(key) => key.id}
        skeletonRows={3}
        empty={<EmptyState icon={<KeyRound aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} action={create} />}
        columns={[
          {
            id: "name",
            header: t("name"),
            cell: (key) => (
              <span className="block min-w-0">
                <span className="block truncate font-medium">{key.name}</span>
                <Code className="text-2xs text-muted">gh_live_{key.publicId}_…</Code>
              </span>
            ),
          },
          { id: "status", header: t("status"), cell: (key) => <StatusBadge tone={TONE[key.status]}>{status(key)}</StatusBadge> },
          { id: "scopes", header: t("scopes"), hideBelow: "sm", cell: (key) => <Scopes scopes={key.scopes} /> },
          {
            id: "lastUsed",
            header: t("lastUsed"),
            hideBelow: "sm",
            cell: (key) =>
              key.lastUsedAt ? <Timestamp at={key.lastUsedAt} show="relative" /> : <span className="text-muted">{t("never")}</span>,
          },
          {
            id: "expires",
            header: t("expires"),
            hideBelow: "md",
            cell: (key) => (key.expiresAt ? <Timestamp at={key.expiresAt} /> : <span className="text-muted">{t("unlimited")}</span>),
          },
          {
            id: "created",
            header: t("created"),
            hideBelow: "lg",
            cell: (key) => (
              <span>
                <Timestamp at={key.createdAt} show="date" />{" "}
                {key.createdBy && <span className="text-muted">{t("by", { name: key.createdBy })}</span>}
              </span>
            ),
          },
          {
            id: "revoke",
            header: t("revoke"),
            headerHidden: true,
            align: "end",
            cell: (key) =>
              mayManage &&
              key.status === "active" && (
                <Button size="sm" variant="ghost" aria-label={t("revokeLabel", { name: key.name })} onClick={() => setRevoking(key)}>
                  {t("revoke")}
                </Button>
              ),
          },
        ]}
      />
      {creating && <ApiKeyDialog shopId={shop.id} timeZone={shop.timeZone} onClose={() => setCreating(false)} />}
      {revoking && <RevokeKey shopId={shop.id} apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Page>
  );
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  const t = useTranslations("settings.apiKeys");
  const scopeName = useScopeName();
  const known = API_SCOPES.filter((scope) => scopes.includes(scope));
  if (known.length === API_SCOPES.length) return t("all");
  const [only] = known;
  if (known.length === 1 && only) return scopeName(only);
  return (
    <Tooltip content={known.map(scopeName).join(", ")}>
      <button type="button" className="cursor-help underline decoration-dotted underline-offset-4">
        {t("scopeCount", { count: known.length })}
      </button>
    </Tooltip>
  );
}

function RevokeKey({ shopId, apiKey, onClose }: { shopId: string; apiKey: Key; onClose: () => void }) {
  const t = useTranslations("settings.apiKeys");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const revoke = trpc.apiKeys.revoke.useMutation({
    onSuccess: async () => {
      toastSuccess(t("revoked"));
      await utils.apiKeys.list.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("revokeTitle", { name: apiKey.name })}
      description={t("revokeText")}
      confirmLabel={t("revoke")}
      tone="danger"
      onConfirm={() => revoke.mutate({ shopId, keyId: apiKey.id })}
      pending={revoke.isPending}
      error={revoke.error ? errorText(revoke.error) : null}
    />
  );
}
