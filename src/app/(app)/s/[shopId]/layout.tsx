import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { requestReach } from "@/server/trpc/server";
import { ShopProvider } from "@/ui/shell/shop-context";

type ShopLayoutProps = { children: ReactNode; params: Promise<{ shopId: string }> };

/** A shop that the person does not reach does not exist. */
export default async function ShopLayout({ children, params }: ShopLayoutProps) {
  const { shopId } = await params;
  const shop = (await requestReach()).shops.find(({ id }) => id === shopId);
  if (!shop) notFound();
  const { id, name, orgId, orgName, currency, timeZone, country, locale, permissions } = shop;
  return <ShopProvider shop={{ id, name, orgId, orgName, currency, timeZone, country, locale, permissions }}>{children}</ShopProvider>;
}
