import type { ReactNode } from "react";
import { requestShop } from "@/server/trpc/server";
import { ShopProvider } from "@/ui/shell/shop-context";

type ShopLayoutProps = { children: ReactNode; params: Promise<{ shopId: string }> };

export default async function ShopLayout({ children, params }: ShopLayoutProps) {
  const { shopId } = await params;
  const { id, name, orgId, orgName, currency, timeZone, country, locale, permissions } = await requestShop(shopId);
  return <ShopProvider shop={{ id, name, orgId, orgName, currency, timeZone, country, locale, permissions }}>{children}</ShopProvider>;
}
