import { sql } from "kysely";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { termsOfLots } from "./credit-terms";
import { CATEGORY, type Channel, type MessageKind } from "./schema";

export type PlannedCustomer = {
  customerId: string;
  amount?: bigint;
  expiresAt?: Date | null;
  /** Lots a message is about. What is left of them before sending is what it says, unless it tells what was booked. */
  lots?: readonly string[];
  /** The once_key of the grant it tells about. */
  creditKey?: string | null;
  /** Names the message in place of the plan's prefix and the customer; and a time and unit of its own. */
  key?: string;
  sendAfter?: Date;
  unit?: string;
  /** In place of the plan's. */
  channel?: Channel;
};

export type MessagePlan = {
  kind: MessageKind;
  channel?: Channel;
  campaignId?: string | null;
  /** With the customer's id it names the message for ever: planned twice, sent once. */
  keyPrefix: string;
  unit?: string;
  customers: readonly PlannedCustomer[];
  sendAfter?: Date;
  /** Spreads sending over so many minutes, everyone at their own fixed minute. */
  spreadMinutes?: number;
  templateId?: string | null;
};

const CHUNK = 2_000;

/**
 * Plans messages in the caller's transaction: what they tell about and they themselves exist together or not at all. Whether each may go
 * out is decided when it is sent.
 */
export async function planMessages(handle: TenantTrx, ctx: ShopContext, plan: MessagePlan): Promise<{ planned: number }> {
  const { trx, now } = handle;
  const sendAfter = plan.sendAfter ?? now;
  let planned = 0;
  for (let from = 0; from < plan.customers.length; from += CHUNK) {
    const rows = plan.customers.slice(from, from + CHUNK).map((one) => ({
      customer_id: one.customerId,
      credit_key: one.creditKey ?? null,
      lots: one.lots ?? null,
      key: one.key ?? `${plan.keyPrefix}:${one.customerId}`,
      send_after: one.sendAfter?.toISOString() ?? null,
      channel: one.channel ?? plan.channel ?? "email",
      params: {
        amount: (one.amount ?? 0n).toString(),
        ...unitOf(one.unit ?? plan.unit),
        expiresAt: one.expiresAt?.toISOString() ?? null,
      },
    }));
    const result = await sql`
      insert into message (org_id, shop_id, customer_id, campaign_id, kind, category, channel, key, locale, params, created_at, send_after,
        credit_key, lots, template_id)
      select ${ctx.orgId}, ${ctx.shopId}, r.customer_id, ${plan.campaignId ?? null}::uuid, ${plan.kind}, ${CATEGORY[plan.kind]},
        r.channel, r.key,
        case when coalesce(c.locale, s.locale) ilike 'de%' then 'de' else 'en' end,
        jsonb_build_object('unit', s.currency, 'terms', case
            when r.lots is not null then ${termsOfLots(ctx.shopId, sql`l.id = any(r.lots)`)}
            when r.credit_key is not null then ${termsOfLots(ctx.shopId, sql`l.customer_id = r.customer_id and l.once_key = r.credit_key`)} end) || r.params, ${now},
        coalesce(r.send_after, ${sendAfter}::timestamptz) + make_interval(secs => ${spread(plan.spreadMinutes ?? 0)}),
        r.credit_key, r.lots, ${plan.templateId ?? null}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) r (customer_id uuid, credit_key uuid, lots uuid[], key text, send_after timestamptz, channel text, params jsonb)
      join customer c on c.shop_id = ${ctx.shopId} and c.id = r.customer_id
      join shop s on s.org_id = ${ctx.orgId} and s.id = ${ctx.shopId}
      on conflict (shop_id, key) do nothing`.execute(trx);
    planned += Number(result.numAffectedRows ?? 0n);
  }
  if (planned > 0) await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
  return { planned };
}

const unitOf = (unit: string | undefined) => (unit ? { unit } : {});

/** Seconds after the start at which a customer's message is due: a fixed place within the spread. Needs `c.id` in scope. */
export const spread = (minutes: number) =>
  sql<number>`case when ${minutes}::int = 0 then 0 else (abs(hashtext(c.id::text)::bigint) % (${minutes}::bigint * 60))::float8 end`;
