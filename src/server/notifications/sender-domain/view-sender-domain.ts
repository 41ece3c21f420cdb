import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { dkimName, dkimValue, txtStrings } from "./dkim-record";
import { senderFacts } from "./facts";
import { findingsSchema, type KeyView, type SenderDomainView } from "./schema";

/** The sender's domain, what was last seen of it, and its keys; their secret halves never leave. */
export const viewSenderDomain = (ctx: ShopContext): Promise<SenderDomainView> =>
  withTenant(ctx, async (handle) => {
    const facts = await senderFacts(handle, ctx);
    const row = await handle.trx
      .selectFrom("sender_domain")
      .select(["selectors", "domain", "checked_at", "state", "findings", "bad_since"])
      .where("shop_id", "=", ctx.shopId)
      .executeTakeFirst();
    const domain = facts?.domain ?? null;
    // What an older version wrote in other words is as good as not checked.
    const findings = findingsSchema.safeParse(row?.findings);
    const current = row?.checked_at && row.state && row.domain === domain && findings.success;
    return {
      domain,
      source: facts?.source ?? null,
      server: facts?.server ?? null,
      check:
        current && row.checked_at && row.state
          ? { at: row.checked_at, state: row.state, badSince: row.bad_since, findings: findings.data }
          : null,
      selectors: row?.selectors ?? [],
      keys: domain === null ? [] : await keysOf(handle, ctx, domain),
    };
  });

async function keysOf({ trx }: TenantTrx, ctx: ShopContext, domain: string): Promise<KeyView[]> {
  const rows = await trx
    .selectFrom("dkim_key")
    .select(["id", "selector", "public_key", "state", "created_at", "activated_at", "retired_at"])
    .where("shop_id", "=", ctx.shopId)
    .where("domain", "=", domain)
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map(({ id, selector, public_key, state, ...at }) => {
    const value = dkimValue(public_key);
    return {
      ...{ id, selector, state, record: { name: dkimName(selector, domain), type: "TXT" as const, value }, strings: txtStrings(value) },
      ...{ createdAt: at.created_at, activatedAt: at.activated_at, retiredAt: at.retired_at },
    };
  });
}
