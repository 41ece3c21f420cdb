import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { withoutTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/** 96 bits: as hard to guess as the mark of a signed link, so nobody need count attempts. Kept in the open beside the key that signs those. */
const BYTES = 12;
const CODE = /^[\w-]{16}$/;

/**
 * The codes that lead people to their settings, made for whoever has none. For SMS only: there every character is billed, and a signed token
 * alone is half of one.
 */
export async function shortCodes({ trx }: TenantTrx, ctx: ShopContext, customerIds: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(customerIds)];
  if (wanted.length === 0) return new Map();
  const find = () =>
    trx
      .selectFrom("short_link")
      .select(["customer_id", "code"])
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "in", wanted)
      .execute();
  let found = await find();
  if (found.length < wanted.length) {
    const codes = wanted.map(() => randomBytes(BYTES).toString("base64url"));
    // Whoever was faster keeps theirs: a code that is on its way must stay good.
    await sql`
      insert into short_link (org_id, shop_id, customer_id, code)
      select ${ctx.orgId}, ${ctx.shopId}, u.customer_id, u.code from unnest(${wanted}::uuid[], ${codes}::text[]) u (customer_id, code)
      on conflict (shop_id, customer_id) do nothing`.execute(trx);
    found = await find();
  }
  return new Map(found.map(({ customer_id, code }) => [customer_id, code]));
}

/** Whose settings a code leads to; null for anything that is none of ours. */
export async function readShortCode(code: string): Promise<{ orgId: string; shopId: string; subject: string } | null> {
  if (!CODE.test(code)) return null;
  const { rows } = await withoutTenant(({ trx }) =>
    sql<{ org_id: string; shop_id: string; customer_id: string }>`select * from system_short_link(${code})`.execute(trx),
  );
  const row = rows[0];
  return row ? { orgId: row.org_id, shopId: row.shop_id, subject: row.customer_id } : null;
}
