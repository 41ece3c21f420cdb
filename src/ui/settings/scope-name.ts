import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import type { ApiScope } from "@/server/auth/permissions";

/** Message keys have no colons. Typed, so that a new scope without a name does not compile. */
const KEYS: Record<ApiScope, keyof Messages["settings"]["scopes"]> = {
  "customers:read": "customers_read",
  "customers:write": "customers_write",
  "customers:erase": "customers_erase",
  "orders:write": "orders_write",
  "products:write": "products_write",
  "events:write": "events_write",
  "imports:write": "imports_write",
  "segments:read": "segments_read",
  "segments:write": "segments_write",
  "campaigns:read": "campaigns_read",
  "campaigns:write": "campaigns_write",
  "campaigns:approve": "campaigns_approve",
  "credit:read": "credit_read",
  "credit:write": "credit_write",
  "ledger:read": "ledger_read",
  "budgets:write": "budgets_write",
  "scores:read": "scores_read",
};

/** What a key with this scope may do, in words. */
export function useScopeName(): (scope: ApiScope) => string {
  const t = useTranslations("settings.scopes");
  return (scope) => t(KEYS[scope]);
}
