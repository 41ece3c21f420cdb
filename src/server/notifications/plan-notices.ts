import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { planMessages } from "./plan-messages";

/**
 * Tells people that their unspent credit of a source was taken back: those who had been told of it, and nobody else. Messages about it that
 * still wait are dropped by themselves, because their credit is gone.
 */
export async function planRecallNotices(
  handle: TenantTrx,
  ctx: ShopContext,
  { campaignId, sourceId }: { campaignId: string; sourceId: string },
): Promise<{ planned: number }> {
  const told = await sql<{ customer_id: string; unit: string; recalled: bigint; channel: "email" | "sms" | "push" }>`
    select distinct on (l.customer_id) l.customer_id, l.unit, l.recalled, m.channel
    from ledger.lot l join message m on m.shop_id = l.shop_id and m.customer_id = l.customer_id and m.credit_key = l.once_key
    where l.shop_id = ${ctx.shopId} and l.source_id = ${sourceId} and l.recalled > 0 and m.kind = 'credit_granted' and m.status in ('sent', 'unknown')
    order by l.customer_id, m.id`.execute(handle.trx);
  const groups = new Map<string, typeof told.rows>();
  for (const row of told.rows) {
    const key = `${row.channel}:${row.unit}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  let planned = 0;
  for (const rows of groups.values()) {
    const [first] = rows;
    if (!first) continue;
    const result = await planMessages(handle, ctx, {
      kind: "credit_recalled",
      channel: first.channel,
      campaignId,
      keyPrefix: `recall:${sourceId}`,
      unit: first.unit,
      customers: rows.map((row) => ({ customerId: row.customer_id, amount: row.recalled })),
    });
    planned += result.planned;
  }
  return { planned };
}
