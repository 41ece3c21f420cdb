import { domainToASCII } from "node:url";
import { env } from "@/server/env";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { visibleDomain } from "../compose";
import { readSettings } from "../settings";
import type { DomainFacts } from "./check-domain";
import type { SenderDomainView } from "./schema";

export type SenderFacts = DomainFacts & { source: NonNullable<SenderDomainView["source"]>; server: SenderDomainView["server"] };

const domainOf = (address: unknown): string | null =>
  typeof address === "string" ? domainToASCII(address.slice(address.lastIndexOf("@") + 1)).toLowerCase() || null : null;

/** How this shop's e-mails leave, as far as it is known here; null while they would come from no domain. */
export async function senderFacts(handle: TenantTrx, ctx: ShopContext): Promise<SenderFacts | null> {
  const { trx } = handle;
  const visible = visibleDomain(await readSettings(handle, ctx));
  if (!visible) return null;
  const { domain } = visible;
  const channels = await trx
    .selectFrom("notification_channel")
    .select(["kind", "enabled", "settings"])
    .where("shop_id", "=", ctx.shopId)
    .where("kind", "in", ["smtp", "inbound"])
    .execute();
  const keys = await trx
    .selectFrom("dkim_key")
    .select(["selector", "public_key as publicKey", "state"])
    .where("shop_id", "=", ctx.shopId)
    .where("domain", "=", domain)
    .where("state", "in", ["pending", "active"])
    .orderBy("created_at")
    .execute();
  const kept = await trx.selectFrom("sender_domain").select("selectors").where("shop_id", "=", ctx.shopId).executeTakeFirst();
  const smtp = channels.find(({ kind }) => kind === "smtp");
  const inbound = channels.find(({ kind, enabled }) => kind === "inbound" && enabled);
  const own = smtp?.enabled === true;
  return {
    ...visible,
    envelope: domainOf(inbound?.settings.address) ?? domain,
    host: own && typeof smtp.settings.host === "string" ? smtp.settings.host : null,
    keys: keys.map(({ selector, publicKey, state }) => ({ selector, publicKey, state: state === "active" ? "active" : "pending" })),
    selectors: kept?.selectors ?? [],
    server: own ? "own" : !smtp && env().SMTP_URL !== undefined ? "installation" : null,
  };
}
