"use client";

import { Archive, Columns3 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { isAllowed } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { Button, ButtonLink } from "../primitives/button";
import { toastError, toastUndo } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

const COMPARE = { least: 2, most: 4 } as const;

/** What can be done with several campaigns at once. What is still running is left alone and said so. */
export function BulkBar({ campaigns, onDone }: { campaigns: readonly Campaign[]; onDone: () => void }) {
  const t = useTranslations("campaigns.bulk");
  const shop = useShop();
  const { busy, archive } = useBulkArchive(onDone);
  if (campaigns.length === 0) return null;
  const fit = campaigns.filter((campaign) => campaign.archivedAt === null && isAllowed("archive", campaign.status, campaign.drop));
  const comparable = campaigns.filter((campaign) => campaign.drop?.frozenAt);
  const canCompare = comparable.length >= COMPARE.least && comparable.length <= COMPARE.most;
  return (
    <div
      role="toolbar"
      aria-label={t("label")}
      className="flex flex-wrap items-center gap-2 rounded-lg border border-line bg-accent-soft px-3 py-2"
    >
      <span className="mr-auto text-sm">{t("selected", { count: campaigns.length })}</span>
      {canCompare ? (
        <ButtonLink size="sm" href={shopPath(shop.id, `/campaigns/compare?ids=${comparable.map(({ id }) => id).join(",")}`)}>
          <Columns3 aria-hidden />
          {t("compare")}
        </ButtonLink>
      ) : (
        <Button size="sm" disabledReason={t("compareReason")}>
          <Columns3 aria-hidden />
          {t("compare")}
        </Button>
      )}
      {shop.can("campaign.write") && (
        <Button
          size="sm"
          loading={busy}
          disabledReason={fit.length === 0 ? t("archiveReason") : undefined}
          onClick={() => void archive(fit.map(({ id }) => id))}
        >
          <Archive aria-hidden />
          {t("archive", { count: fit.length })}
        </Button>
      )}
      <Button size="sm" variant="ghost" onClick={onDone}>
        {t("clear")}
      </Button>
    </div>
  );
}

function useBulkArchive(onDone: () => void) {
  const t = useTranslations("campaigns.bulk");
  const a = useTranslations("campaigns.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [busy, setBusy] = useState(false);
  const file = trpc.campaigns.archive.useMutation();
  const send = async (ids: readonly string[], archived: boolean) => {
    setBusy(true);
    try {
      for (const id of ids) await file.mutateAsync({ shopId: shop.id, id, archived });
    } catch (error) {
      toastError(errorText(error));
      return false;
    } finally {
      setBusy(false);
      void utils.campaigns.invalidate();
    }
    return true;
  };
  const archive = async (ids: readonly string[]) => {
    if (!(await send(ids, true))) return;
    onDone();
    toastUndo(t("archived", { count: ids.length }), a("undo"), () => void send(ids, false));
  };
  return { busy, archive };
}
