"use client";

import { Eraser, FileDown, ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { DropdownMenu, MenuItem } from "../primitives/dropdown-menu";
import { toastError } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { EraseDialog } from "./erase-dialog";

/** What a person may ask of the shop: what is kept about them, and to be forgotten. */
export function CustomerPrivacy({ customer }: { customer: RouterOutput["customers"]["get"] }) {
  const t = useTranslations("customers.privacy");
  const shop = useShop();
  const run = useStepUp();
  const errorText = useErrorText();
  const allowed = trpc.privacy.fileAllowed.useMutation();
  const [erasing, setErasing] = useState(false);
  const mayErase = shop.can("customer.erase") && customer.erasedAt === null;
  if (!shop.can("customer.export") && !mayErase) return null;
  const fetchFile = async () => {
    try {
      const answer = await run(() => allowed.mutateAsync({ shopId: shop.id }));
      if (answer) window.location.assign(`/api/customers/${customer.id}/file?shopId=${shop.id}`);
    } catch (error) {
      toastError(t("fileFailed"), errorText(error));
    }
  };
  return (
    <>
      <DropdownMenu
        trigger={
          <Button>
            <ShieldCheck aria-hidden />
            {t("menu")}
          </Button>
        }
      >
        {shop.can("customer.export") && (
          <MenuItem onSelect={() => void fetchFile()} hint={t("fileHint")}>
            <FileDown aria-hidden />
            {t("file")}
          </MenuItem>
        )}
        {mayErase && (
          <MenuItem tone="danger" onSelect={() => setErasing(true)}>
            <Eraser aria-hidden />
            {t("erase")}
          </MenuItem>
        )}
      </DropdownMenu>
      {mayErase && <EraseDialog customerId={customer.id} open={erasing} onOpenChange={setErasing} />}
    </>
  );
}
