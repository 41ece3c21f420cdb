import { sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { addressHash } from "../links";
import { readSettings } from "../settings";

/** Which message reached its address; `id` is the same whenever it is told again. */
export type Delivery = { id: string; messageId: string; address: string | null };

/**
 * Notes deliveries, all in one statement: providers report them by the thousand, and each is one of several columns of a message that no
 * decision hangs on. Also proves that the provider took what a crash had left in the dark. Returns how many were new; ids of other shops are
 * nobody's here.
 */
export async function recordDeliveries(handle: TenantTrx, ctx: ShopContext, deliveries: readonly Delivery[]): Promise<number> {
  if (deliveries.length === 0) return 0;
  const { trx, now } = handle;
  const { pepper } = await readSettings(handle, ctx);
  // In one order, so that two batches never wait for each other's messages.
  const told = [...deliveries].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const hash = ({ address }: Delivery) => {
    const key = address === null ? null : emailKey(address);
    return key === null ? null : addressHash(pepper, "email", key);
  };
  const { rows } = await sql<{ n: number }>`
    with told as (
      select t.id, m.id as message_id, m.customer_id, coalesce(t.hash, m.address_hash) as hash
      from unnest(${told.map(({ id }) => id)}::text[], ${told.map(({ messageId }) => messageId)}::uuid[], ${told.map(hash)}::bytea[])
        as t(id, message_id, hash)
      join message m on m.shop_id = ${ctx.shopId} and m.id = t.message_id and m.channel = 'email'
      order by m.id for update of m),
    noted as (
      insert into delivery_event (org_id, shop_id, id, message_id, customer_id, channel, kind, address_hash, at)
      select ${ctx.orgId}, ${ctx.shopId}, 'event:' || id, message_id, customer_id, 'email', 'delivered', hash, ${now} from told
      on conflict (shop_id, id) do nothing returning message_id),
    marked as (
      update message m set delivered_at = coalesce(m.delivered_at, ${now}),
        status = case when m.status = 'unknown' then 'sent' else m.status end,
        sent_at = case when m.status = 'unknown' then coalesce(m.claimed_at, m.decided_at, ${now}) else m.sent_at end,
        error = case when m.status = 'unknown' then null else m.error end,
        claimed_at = case when m.status = 'unknown' then null else m.claimed_at end
      from (select distinct message_id from noted) n
      where m.shop_id = ${ctx.shopId} and m.id = n.message_id and (m.delivered_at is null or m.status = 'unknown'))
    select count(*)::int as n from noted`.execute(trx);
  return rows[0]?.n ?? 0;
}
