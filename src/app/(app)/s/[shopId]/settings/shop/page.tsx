import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound, requirePermission } from "@/server/trpc/server";
import { ShopSettingsPage } from "@/ui/settings/shop-settings-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.shop");
  return { title: t("title") };
}

export default async function ShopSettings({ params }: { params: Promise<{ shopId: string }> }) {
  const { shopId } = await params;
  await requirePermission(shopId, "shop.manage");
  const caller = await getCaller();
  return <ShopSettingsPage initial={await orNotFound(caller.tenancy.shop({ shopId }))} />;
}
