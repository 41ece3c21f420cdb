import type { ReactNode } from "react";
import { requestShop } from "@/server/trpc/server";
import { SecondFactorGate } from "@/ui/auth/second-factor-gate";
import { ShopProvider } from "@/ui/shell/shop-context";

type ShopLayoutProps = { children: ReactNode; params: Promise<{ shopId: string }> };

export default async function ShopLayout({ children, params }: ShopLayoutProps) {
  const { shopId } = await params;
  const { id, name, orgId, orgName, currency, timeZone, country, locale, permissions, secondFactorMissing } = await requestShop(shopId);
  if (secondFactorMissing) return <SecondFactorGate orgName={orgName} />;
  return <ShopProvider shop={{ id, name, orgId, orgName, currency, timeZone, country, locale, permissions }}>{children}</ShopProvider>;
}
