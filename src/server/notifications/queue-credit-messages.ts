import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { spread } from "./plan-messages";

/**
 * One waiting message per treated member of a chunk, written in the transaction of the grant: credit and message exist together or not at
 * all. The key makes a second one impossible. The text is not stored: it belongs to the campaign, which cannot change any more, and the
 * name to the customer, who may be erased. Channel and spread are the campaign's; nobody is told before the credit can be spent in their zone.
 */
export async function queueCreditMessages(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  input: { dropId: string; campaignId: string; firstSeq: number; lastSeq: number; unit: string },
): Promise<void> {
  const settings = await trx
    .selectFrom("campaign_message")
    .select(["channel", "spread_minutes"])
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", input.campaignId)
    .executeTakeFirst();
  await sql`
    insert into message (org_id, shop_id, customer_id, campaign_id, kind, channel, key, locale, params, created_at, send_after, credit_key)
    select m.org_id, m.shop_id, m.customer_id, ${input.campaignId}, 'credit_granted', ${settings?.channel ?? "email"},
           'drop:' || m.drop_id || ':' || m.customer_id,
           case when coalesce(c.locale, s.locale) ilike 'de%' then 'de' else 'en' end,
           jsonb_build_object('amount', m.amount::text, 'unit', ${input.unit}::text, 'expiresAt',
             to_char(z.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
           ${now}, greatest(${now}::timestamptz, z.available_from) + make_interval(secs => ${spread(settings?.spread_minutes ?? 0)}), m.drop_id
    from drop_member m
    join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
    join shop s on s.org_id = m.org_id and s.id = m.shop_id
    join drop_zone z on z.shop_id = m.shop_id and z.drop_id = m.drop_id and z.no = m.zone_no
    where m.shop_id = ${ctx.shopId} and m.drop_id = ${input.dropId} and m.seq between ${input.firstSeq} and ${input.lastSeq}
      and m.status = 'granted'
    on conflict (shop_id, key) do nothing`.execute(trx);
}
