"use client";

import { useTranslations } from "next-intl";
import { ButtonLink } from "../primitives/button";
import { Notice } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** While the emergency stop of the shop is on, every page that would grant or send says so. */
export function HaltedNotice() {
  const t = useTranslations("approvals.halt");
  const shop = useShop();
  const policy = trpc.campaigns.policy.useQuery({ shopId: shop.id }, { enabled: shop.can("campaign.read") });
  const halted = policy.data?.halted;
  if (!halted) return null;
  return (
    <Notice
      tone="danger"
      title={t("onTitle")}
      action={
        <ButtonLink size="sm" href={shopPath(shop.id, "/settings/limits")}>
          {t("toSettings")}
        </ButtonLink>
      }
    >
      {t("onText", { by: halted.by })} <Timestamp at={halted.at} />
      {halted.reason !== "" && `: ${halted.reason}`}
    </Notice>
  );
}
