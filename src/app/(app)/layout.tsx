import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { requestReach, requireSignedIn } from "@/server/trpc/server";
import { AppFrame } from "@/ui/auth/app-frame";
import { LAST_SHOP_COOKIE } from "@/ui/shell/last-shop";

export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const { user } = await requireSignedIn();
  const { shops, agencies } = await requestReach();
  const last = (await cookies()).get(LAST_SHOP_COOKIE)?.value;
  const activeShopId = shops.find(({ id }) => id === last)?.id ?? shops[0]?.id ?? null;
  return (
    <AppFrame
      data={{
        user: { name: user.name, email: user.email },
        shops: shops.map(({ id, name, orgId, orgName, currency, timeZone, permissions }) => ({
          id,
          name,
          orgId,
          orgName,
          currency,
          timeZone,
          permissions,
        })),
        agencies: agencies.map(({ id, name }) => ({ id, name })),
        activeShopId,
      }}
      profileTheme={user.theme}
    >
      {children}
    </AppFrame>
  );
}
