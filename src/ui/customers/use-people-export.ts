"use client";

import { useTranslations } from "next-intl";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { toastError } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** Fetches a file with people in it: names and addresses leave the product, so it wants a fresh password. */
export function usePeopleExport(): { start: (url: string) => Promise<void>; pending: boolean } {
  const t = useTranslations("customers");
  const shop = useShop();
  const errorText = useErrorText();
  const stepUp = useStepUp();
  const allowed = trpc.customers.exportAllowed.useMutation();
  const start = async (url: string) => {
    try {
      const proved = await stepUp(() => allowed.mutateAsync({ shopId: shop.id }));
      if (proved) window.location.assign(url);
    } catch (error) {
      toastError(t("exportFailed"), errorText(error));
    }
  };
  return { start, pending: allowed.isPending };
}
