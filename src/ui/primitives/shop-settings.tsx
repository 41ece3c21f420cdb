"use client";

import { createContext, type ReactNode, useContext } from "react";

export type ShopSettings = { timeZone: string; currency: string };

const Context = createContext<ShopSettings | null>(null);

/** Zone and currency of the shop whose page is shown, for `Timestamp` and `Money`. The shell sets it. */
export function ShopSettingsProvider({ settings, children }: { settings: ShopSettings; children: ReactNode }) {
  return <Context value={settings}>{children}</Context>;
}

export function useShopSettings(): ShopSettings {
  const settings = useContext(Context);
  if (!settings) throw new Error("no shop on this page: pass zone and unit explicitly, or render inside the shell of a shop");
  return settings;
}

export const useOptionalShopSettings = () => useContext(Context);
