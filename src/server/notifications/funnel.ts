import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ALARM_LINES } from "./schema";

export type Funnel = {
  planned: number;
  waiting: number;
  sending: number;
  excluded: { reason: string; count: number }[];
  sent: number;
  failed: number;
  unknown: number;
  delivered: number;
  opened: number;
  clicked: number;
  bounced: number;
  complained: number;
  /** People who were sent a message and spent credit of the grant it told about afterwards. */
  redeemed: number;
  /** Of those sent, how many agreed to tracking: openings and clicks are shares of these, never of all. */
  tracked: number;
  paused: boolean;
  done: boolean;
};

/** What became of a campaign's messages, step by step; every planned message is in exactly one of its states. */
export const messageFunnel = (ctx: ShopContext, { campaignId }: { campaignId: string }): Promise<Funnel> =>
  withTenant(ctx, async ({ trx }) => {
    const counts = await sql<{
      status: string;
      reason: string | null;
      n: number;
      delivered: number;
      opened: number;
      clicked: number;
      bounced: number;
      complained: number;
    }>`
      select status, case when status in ('skipped', 'failed') then reason end as reason, count(*)::int as n, count(delivered_at)::int as delivered,
        count(opened_at)::int as opened, count(clicked_at)::int as clicked, count(bounced_at)::int as bounced, count(complained_at)::int as complained
      from message where shop_id = ${ctx.shopId} and campaign_id = ${campaignId} group by 1, 2`.execute(trx);
    const spent = await sql<{ redeemed: number }>`
      select count(distinct m.customer_id)::int as redeemed
      from message m join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.credit_key
      where m.shop_id = ${ctx.shopId} and m.campaign_id = ${campaignId} and m.status in ('sent', 'unknown') and l.redeemed > 0`.execute(
      trx,
    );
    const tracked = await sql<{ n: number }>`
      select count(*)::int as n from message m join consent_state t on t.shop_id = m.shop_id and t.customer_id = m.customer_id
        and t.channel = 'email' and t.purpose = 'tracking' and t.state = 'granted' and t.at <= m.sent_at
      where m.shop_id = ${ctx.shopId} and m.campaign_id = ${campaignId} and m.channel = 'email' and m.status = 'sent'`.execute(trx);
    const control = await trx
      .selectFrom("campaign_message")
      .select("paused_at")
      .where("shop_id", "=", ctx.shopId)
      .where("campaign_id", "=", campaignId)
      .executeTakeFirst();
    const sum = (pick: (row: (typeof counts.rows)[number]) => number) => counts.rows.reduce((total, row) => total + pick(row), 0);
    const of = (status: string) => sum((row) => (row.status === status ? row.n : 0));
    const waiting = of("queued");
    const sending = of("sending");
    return {
      planned: sum((row) => row.n),
      waiting,
      sending,
      excluded: counts.rows
        .filter((row) => row.status === "skipped")
        .map((row) => ({ reason: row.reason ?? "", count: row.n }))
        .sort((a, b) => b.count - a.count),
      sent: of("sent"),
      failed: of("failed"),
      unknown: of("unknown"),
      delivered: sum((row) => row.delivered),
      opened: sum((row) => row.opened),
      clicked: sum((row) => row.clicked),
      bounced: sum((row) => row.bounced),
      complained: sum((row) => row.complained),
      redeemed: spent.rows[0]?.redeemed ?? 0,
      tracked: tracked.rows[0]?.n ?? 0,
      paused: control?.paused_at != null,
      done: waiting === 0 && sending === 0,
    };
  });

export type Deliverability = {
  sent: number;
  delivered: number;
  bounced: number;
  softBounced: number;
  complained: number;
  /** Shares of what was sent; null before anything was. */
  bounceRate: number | null;
  complaintRate: number | null;
  alarm: "none" | "warn" | "stop";
  lines: typeof ALARM_LINES;
  daily: { day: string; sent: number; bounced: number; complained: number }[];
  domains: { domain: string; sent: number; bounced: number; complained: number }[];
};

/** Below this many messages a single complaint would already be an alarm. */
const ENOUGH = 200;

/** How mailbox providers receive the shop's e-mail, against the lines at which they begin to refuse it (domain.md 4.3). */
export const deliverability = (ctx: ShopContext, { days }: { days: number }): Promise<Deliverability> =>
  withTenant(ctx, async ({ trx, now }) => {
    const since = new Date(now.getTime() - days * 86_400_000);
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const daily = await sql<{ day: string; sent: number; delivered: number; bounced: number; complained: number }>`
      select to_char(coalesce(m.sent_at, m.decided_at) at time zone ${shop.time_zone}, 'YYYY-MM-DD') as day, count(*)::int as sent, count(m.delivered_at)::int as delivered,
        count(*) filter (where m.bounced_at is not null or m.reason = 'hardBounce')::int as bounced, count(m.complained_at)::int as complained
      from message m where m.shop_id = ${ctx.shopId} and m.channel = 'email' and m.provider <> 'outbox'
        and (m.status = 'sent' or (m.status = 'failed' and m.reason = 'hardBounce')) and coalesce(m.sent_at, m.decided_at) >= ${since}
      group by 1 order by 1`.execute(trx);
    const soft = await sql<{ n: number }>`
      select count(*)::int as n from delivery_event where shop_id = ${ctx.shopId} and channel = 'email' and kind = 'softBounce' and at >= ${since}`.execute(
      trx,
    );
    const domains = await sql<{ domain: string; sent: number; bounced: number; complained: number }>`
      select split_part(c.email_key, '@', -1) as domain, count(*)::int as sent,
        count(*) filter (where m.bounced_at is not null or m.reason = 'hardBounce')::int as bounced, count(m.complained_at)::int as complained
      from message m join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
      where m.shop_id = ${ctx.shopId} and m.channel = 'email' and m.provider <> 'outbox' and c.email_key is not null
        and (m.status = 'sent' or (m.status = 'failed' and m.reason = 'hardBounce')) and coalesce(m.sent_at, m.decided_at) >= ${since}
      group by 1 order by 2 desc, 1 limit 20`.execute(trx);
    const total = (pick: (row: (typeof daily.rows)[number]) => number) => daily.rows.reduce((sum, row) => sum + pick(row), 0);
    const sent = total((row) => row.sent);
    const bounced = total((row) => row.bounced);
    const complained = total((row) => row.complained);
    const bounceRate = sent === 0 ? null : bounced / sent;
    const complaintRate = sent === 0 ? null : complained / sent;
    return {
      sent,
      delivered: total((row) => row.delivered),
      bounced,
      softBounced: soft.rows[0]?.n ?? 0,
      complained,
      bounceRate,
      complaintRate,
      alarm: sent < ENOUGH ? "none" : alarmOf(bounceRate ?? 0, complaintRate ?? 0),
      lines: ALARM_LINES,
      daily: daily.rows.map(({ day, ...row }) => ({ day, sent: row.sent, bounced: row.bounced, complained: row.complained })),
      domains: domains.rows,
    };
  });

export const alarmOf = (bounceRate: number, complaintRate: number): Deliverability["alarm"] => {
  if (complaintRate >= ALARM_LINES.complaintStop || bounceRate >= ALARM_LINES.bounceStop) return "stop";
  return complaintRate >= ALARM_LINES.complaintWarn || bounceRate >= ALARM_LINES.bounceWarn ? "warn" : "none";
};
