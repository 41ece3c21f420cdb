"use client";

import { signOut } from "next-auth/react";
import { useTheme } from "next-themes";
import { type ReactNode, useEffect } from "react";
import { customerName } from "@/server/customers/schema";
import { ApprovalBell } from "../campaigns/approval-bell";
import { AppShell } from "../shell/app-shell";
import type { ShellData } from "../shell/types";
import { TrpcProvider, trpc } from "../trpc";
import { StepUpProvider } from "./step-up";

type AppFrameProps = { data: ShellData; profileTheme: "system" | "light" | "dark"; children: ReactNode };

/** Everything a page behind the sign-in needs in the browser: the API, the shell with its actions, the password question. */
export function AppFrame(props: AppFrameProps) {
  return (
    <TrpcProvider>
      <StepUpProvider>
        <Frame {...props} />
      </StepUpProvider>
    </TrpcProvider>
  );
}

function Frame({ data, profileTheme, children }: AppFrameProps) {
  const utils = trpc.useUtils();
  const updateLocale = trpc.auth.updateLocale.useMutation();
  useProfileTheme(profileTheme);
  const leave = async () => {
    await signOut({ redirect: false });
    // A full load: nothing of the last person stays in memory.
    window.location.assign("/login");
  };
  return (
    <AppShell
      data={data}
      onSignOut={leave}
      notices={(shop) => shop.permissions.includes("campaign.read") && <ApprovalBell shopId={shop.id} />}
      searchCustomers={async (shopId, query, signal) => {
        // Who may not browse finds one person by the whole address or number (the server decides again).
        const browses = data.shops.find((shop) => shop.id === shopId)?.permissions.includes("customer.list");
        if (!browses) {
          if (query.length < 3) return [];
          const found = await utils.client.customers.find.query({ shopId, term: query }, { signal });
          return found ? [{ id: found.id, title: query, subtitle: "" }] : [];
        }
        const page = await utils.client.customers.list.query({ shopId, search: query, limit: 6 }, { signal });
        return page.rows.map((customer) => ({
          id: customer.id,
          title: customerName(customer),
          subtitle: customer.email ?? customer.externalId,
        }));
      }}
      onLocaleChange={async (locale) => {
        await updateLocale.mutateAsync({ locale });
        await utils.auth.account.invalidate();
      }}
    >
      {children}
    </AppShell>
  );
}

/** On a browser that has no choice of its own yet, the profile's theme applies. */
function useProfileTheme(profileTheme: AppFrameProps["profileTheme"]): void {
  const { setTheme } = useTheme();
  useEffect(() => {
    if (profileTheme !== "system" && window.localStorage.getItem("theme") === null) setTheme(profileTheme);
  }, [profileTheme, setTheme]);
}
