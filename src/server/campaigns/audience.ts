import { type RawBuilder, sql } from "kysely";
import { compileSegment } from "@/server/segments/compile";
import { readQuery } from "@/server/segments/read-query";
import type { TenantTrx } from "@/server/tenancy/context";
import type { ShopFacts } from "./read-campaigns";

/** The people a query means now, as `select customer_id …`. A query that does not parse is refused; it never means everyone. */
export async function audienceSql(
  handle: TenantTrx,
  shopId: string,
  query: string,
  shop: Pick<ShopFacts, "timeZone" | "currency">,
): Promise<RawBuilder<{ customer_id: string }>> {
  const { ast, scope } = await readQuery(handle, shopId, query);
  return compileSegment(ast, { ...scope, timeZone: shop.timeZone, currency: shop.currency });
}

/** How many people that is, and how many of them a message could reach. Erased people are not counted: they get nothing. */
export async function countAudience(
  handle: TenantTrx,
  input: { query: string; shopId: string; shop: Pick<ShopFacts, "timeZone" | "currency"> },
): Promise<{ size: number; reachable: number }> {
  const members = await audienceSql(handle, input.shopId, input.query, input.shop);
  const result = await sql<{ size: bigint; reachable: bigint }>`
    select count(*) as size, count(*) filter (where c.email_consent = 'SUBSCRIBED' and c.email is not null) as reachable
    from (${members}) a join customer c on c.shop_id = ${input.shopId} and c.id = a.customer_id
    where c.erased_at is null`.execute(handle.trx);
  const row = result.rows[0];
  return { size: Number(row?.size ?? 0n), reachable: Number(row?.reachable ?? 0n) };
}
