import type { Permission } from "@/server/auth/permissions";

export type ShellShop = {
  id: string;
  name: string;
  orgId: string;
  orgName: string;
  currency: string;
  /** IANA zone of the shop: the zone every time on its pages is shown in. */
  timeZone: string;
  /** What the signed-in person may do in this shop. Hides navigation only; the server guards every call again. */
  permissions: readonly Permission[];
};

export type ShellAgency = { id: string; name: string };

/** What the frame around every page needs to know. Loaded once by src/app/(app)/layout.tsx. */
export type ShellData = {
  user: { name: string; email: string };
  shops: readonly ShellShop[];
  agencies: readonly ShellAgency[];
  /** The shop to offer where the URL names none (account, agency board): the last one used. */
  activeShopId: string | null;
};

export type CustomerHit = { id: string; title: string; subtitle: string };

export type ShellActions = {
  /** Ends the session on the server and leaves for the sign-in page. */
  onSignOut: () => Promise<void>;
  /** Remembers the language in the profile too; the cookie is set by the shell itself. */
  onLocaleChange?: (locale: "de" | "en") => Promise<void>;
  /** Customers by name, e-mail or number for the command palette; only asked with `customer.read`. */
  searchCustomers?: (shopId: string, query: string, signal: AbortSignal) => Promise<readonly CustomerHit[]>;
};
