"use client";

import { createContext, type ReactNode, useContext, useEffect } from "react";
import type { Permission } from "@/server/auth/permissions";
import { LAST_SHOP_COOKIE } from "./last-shop";
import type { ShellShop } from "./types";

export type ShopInfo = ShellShop & {
  country: string;
  locale: "de" | "en";
  /** Who is signed in: what a browser keeps for somebody is nobody else's on the same machine. */
  userId: string;
  can: (permission: Permission) => boolean;
};

const Context = createContext<ShopInfo | null>(null);

const ONE_YEAR_SECONDS = 60 * 60 * 24 * 365;

type ShopProviderProps = { shop: Omit<ShopInfo, "can">; children: ReactNode };

/** The shop of the page. Remembers it, so that the next sign-in starts where the last work was. */
export function ShopProvider({ shop, children }: ShopProviderProps) {
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
    document.cookie = `${LAST_SHOP_COOKIE}=${shop.id}; path=/; max-age=${ONE_YEAR_SECONDS}; samesite=lax`;
  }, [shop.id]);
  return <Context value={{ ...shop, can: (permission) => shop.permissions.includes(permission) }}>{children}</Context>;
}

/** The shop whose page this is: id, name, currency, zone, and what the signed-in person may do in it. */
export function useShop(): ShopInfo {
  const shop = useContext(Context);
  if (!shop) throw new Error("useShop outside of a shop's pages");
  return shop;
}
