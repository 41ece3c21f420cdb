import { type RawBuilder, sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { termsTold } from "./credit-terms";
import { spread } from "./plan-messages";

const keyOf = (dropId: string) => `drop:${dropId}:`;

/**
 * One waiting message per member of a chunk, written in the transaction of the grant: credit and message exist together or not at
 * all. A message-only campaign (`kind` "campaign_message") has nothing but the message. The key makes a second one impossible. The text is not stored: it belongs to the campaign, which cannot change any more, and the
 * name to the customer, who may be erased. Channel and spread are the campaign's; nobody is told before the credit can be spent in their zone.
 * `members`: `select customer_id, amount, available_from, expires_at`.
 */
export async function queueMemberMessages(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  input: {
    kind: "credit_granted" | "campaign_message";
    dropId: string;
    campaignId: string;
    unit: string;
    termsId: string | null;
    members: RawBuilder<unknown>;
  },
): Promise<{ queued: number }> {
  const settings = await trx
    .selectFrom("campaign_message")
    .select(["channel", "spread_minutes"])
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", input.campaignId)
    .executeTakeFirst();
  const creditKey = input.kind === "credit_granted" ? input.dropId : null;
  const result = await sql`
    insert into message (org_id, shop_id, customer_id, campaign_id, kind, channel, key, locale, params, created_at, send_after, credit_key)
    select ${ctx.orgId}, ${ctx.shopId}, m.customer_id, ${input.campaignId}, ${input.kind}, ${settings?.channel ?? "email"},
           ${keyOf(input.dropId)} || m.customer_id,
           case when coalesce(c.locale, (select locale from shop where org_id = ${ctx.orgId} and id = ${ctx.shopId})) ilike 'de%' then 'de' else 'en' end,
           jsonb_build_object('amount', m.amount::text, 'unit', ${input.unit}::text, 'expiresAt',
             to_char(m.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'terms', ${termsTold(ctx.shopId, input.termsId)}),
           ${now}, greatest(${now}::timestamptz, m.available_from) + make_interval(secs => ${spread(settings?.spread_minutes ?? 0)}),
           ${creditKey}::uuid
    from (${input.members}) m
    join customer c on c.shop_id = ${ctx.shopId} and c.id = m.customer_id
    on conflict (shop_id, key) do nothing`.execute(trx);
  return { queued: Number(result.numAffectedRows ?? 0n) };
}

/** Takes back what was queued for people of the chunk who got nothing after all, before anyone could see it. */
export async function unqueueMemberMessages(
  { trx }: TenantTrx,
  ctx: ShopContext,
  { dropId, customers }: { dropId: string; customers: readonly string[] },
): Promise<void> {
  await trx
    .deleteFrom("message")
    .where("shop_id", "=", ctx.shopId)
    .where(
      "key",
      "in",
      customers.map((id) => keyOf(dropId) + id),
    )
    .where("status", "=", "queued")
    .execute();
}
