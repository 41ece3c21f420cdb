"use client";

import { useTranslations } from "next-intl";

type ShopNamesProps = { shopIds: readonly string[] | null; shops: readonly { id: string; name: string }[] };

/** "All", or the names as long as there are few. */
export function ShopNames({ shopIds, shops }: ShopNamesProps) {
  const t = useTranslations("settings.members");
  if (shopIds === null) return t("allShops");
  const names = shops.filter(({ id }) => shopIds.includes(id)).map(({ name }) => name);
  return names.length > 0 && names.length <= 2 ? names.join(", ") : t("shopCount", { count: shopIds.length });
}
