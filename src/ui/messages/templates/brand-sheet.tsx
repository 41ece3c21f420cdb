"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ConfirmDialog, Sheet } from "../../primitives/dialog";
import { SkeletonText } from "../../primitives/skeleton";
import { ErrorState } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { BrandForm } from "./brand-form";

/** Logo, colour, sender and the footer that the law asks for; the same in every mail. */
export function BrandSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("templates.brand");
  const common = useTranslations("common.form");
  const shop = useShop();
  const [dirty, setDirty] = useState(false);
  const [asking, setAsking] = useState(false);
  const settings = trpc.messages.settings.get.useQuery(
    { shopId: shop.id },
    { enabled: open, refetchOnWindowFocus: false, refetchOnReconnect: false },
  );
  const close = () => {
    setDirty(false);
    setAsking(false);
    onOpenChange(false);
  };
  return (
    <>
      <Sheet
        open={open}
        onOpenChange={(next) => (next ? onOpenChange(true) : dirty ? setAsking(true) : close())}
        title={t("title")}
        description={t("description")}
        wide
      >
        {settings.error ? (
          <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
        ) : settings.data && !settings.isFetching ? (
          <BrandForm key={settings.data.version} settings={settings.data} onDirty={() => setDirty(true)} onSaved={close} />
        ) : (
          <SkeletonText lines={8} />
        )}
      </Sheet>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={common("unsavedTitle")}
        description={common("unsavedText")}
        confirmLabel={common("discard")}
        onConfirm={close}
        pending={false}
        error={null}
      />
    </>
  );
}
