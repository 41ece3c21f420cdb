import type { ReactNode } from "react";
import { requestShop, requireSignedIn } from "@/server/trpc/server";
import { SecondFactorGate } from "@/ui/auth/second-factor-gate";
import { ShopProvider } from "@/ui/shell/shop-context";

type ShopLayoutProps = { children: ReactNode; params: Promise<{ shopId: string }> };

export default async function ShopLayout({ children, params }: ShopLayoutProps) {
  const { shopId } = await params;
  const { id, name, orgId, orgName, currency, timeZone, country, locale, permissions, secondFactorMissing } = await requestShop(shopId);
  const { user } = await requireSignedIn();
  if (secondFactorMissing) return <SecondFactorGate orgName={orgName} />;
  const shop = { id, name, orgId, orgName, currency, timeZone, country, locale, permissions, userId: user.id };
  return <ShopProvider shop={shop}>{children}</ShopProvider>;
}
