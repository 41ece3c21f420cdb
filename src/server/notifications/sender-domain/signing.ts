import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Signing } from "../channels/smtp";
import { visibleDomain } from "../compose";
import { unseal } from "../seal";
import type { Settings } from "../settings";

/** Where a sealed key belongs; part of its seal. */
export const keyPlace = (ctx: ShopContext, id: string): string => `${ctx.orgId}:dkim_key:private_key:${ctx.shopId}:${id}`;

/** The key that e-mails of this sender are signed with, if any. One of another domain stays unused: its signature would prove nothing. */
export async function signingOf({ trx }: TenantTrx, ctx: ShopContext, settings: Settings): Promise<(Signing & { id: string }) | null> {
  const visible = visibleDomain(settings);
  if (!visible) return null;
  const row = await trx
    .selectFrom("dkim_key")
    .select(["id", "domain", "selector", "private_key"])
    .where("shop_id", "=", ctx.shopId)
    .where("domain", "=", visible.domain)
    .where("state", "=", "active")
    .executeTakeFirst();
  if (!row?.private_key) return null;
  return { id: row.id, domain: row.domain, selector: row.selector, privateKey: unseal(row.private_key, keyPlace(ctx, row.id)) };
}
