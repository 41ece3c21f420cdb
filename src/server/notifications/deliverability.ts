import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ALARM_LINES, STOP_GUARD } from "./schema";
import { lastResumed, overTheLine } from "./sending-stop";

type Alarm = "none" | "warn" | "stop";

export type Deliverability = {
  sent: number;
  delivered: number;
  bounced: number;
  softBounced: number;
  complained: number;
  /** Of the above, marketing that was accepted and the complaints about it: what the stop counts. */
  marketing: { sent: number; complained: number };
  /** Bounces among all that was sent, complaints among the marketing; null before anything was. */
  bounceRate: number | null;
  complaintRate: number | null;
  alarms: { complaints: Alarm; bounces: Alarm };
  lines: typeof ALARM_LINES;
  /** Since when complaints count towards a stop, where that is later than the period began: marketing was resumed then. */
  countedFrom: Date | null;
  daily: { day: string; sent: number; bounced: number; complained: number }[];
  domains: { domain: string; sent: number; bounced: number; complained: number }[];
  /** Where marketing was complained about, most complaints first; null is what no campaign sent. */
  sources: { campaign: { id: string; name: string } | null; sent: number; complained: number }[];
};

/** How mailbox providers receive the shop's e-mail, against the lines at which they begin to refuse it (domain.md 4.3). */
export const deliverability = (ctx: ShopContext, { days }: { days: number }): Promise<Deliverability> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const since = new Date(now.getTime() - days * 86_400_000);
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const daily = await sql<Day>`
      select to_char(coalesce(m.sent_at, m.decided_at) at time zone ${shop.time_zone}, 'YYYY-MM-DD') as day, count(*)::int as sent, count(m.delivered_at)::int as delivered,
        count(*) filter (where m.bounced_at is not null or m.reason = 'hardBounce')::int as bounced, count(m.complained_at)::int as complained,
        count(*) filter (where m.category = 'marketing' and m.status = 'sent')::int as marketing,
        count(m.complained_at) filter (where m.category = 'marketing' and m.status = 'sent')::int as spam
      from message m where m.shop_id = ${ctx.shopId} and m.channel = 'email' and m.provider <> 'outbox'
        and (m.status = 'sent' or (m.status = 'failed' and m.reason = 'hardBounce')) and coalesce(m.sent_at, m.decided_at) >= ${since}
      group by 1 order by 1`.execute(trx);
    const soft = await sql<{ n: number }>`
      select count(*)::int as n from delivery_event where shop_id = ${ctx.shopId} and channel = 'email' and kind = 'softBounce' and at >= ${since}`.execute(
      trx,
    );
    const domains = await sql<Deliverability["domains"][number]>`
      select split_part(c.email_key, '@', -1) as domain, count(*)::int as sent,
        count(*) filter (where m.bounced_at is not null or m.reason = 'hardBounce')::int as bounced, count(m.complained_at)::int as complained
      from message m join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
      where m.shop_id = ${ctx.shopId} and m.channel = 'email' and m.provider <> 'outbox' and c.email_key is not null
        and (m.status = 'sent' or (m.status = 'failed' and m.reason = 'hardBounce')) and coalesce(m.sent_at, m.decided_at) >= ${since}
      group by 1 order by 2 desc, 1 limit 20`.execute(trx);
    const sources = await sql<{ id: string | null; name: string | null; sent: number; complained: number }>`
      select m.campaign_id as id, k.name, count(*)::int as sent, count(m.complained_at)::int as complained
      from message m left join campaign k on k.shop_id = m.shop_id and k.id = m.campaign_id
      where m.shop_id = ${ctx.shopId} and m.channel = 'email' and m.category = 'marketing' and m.status = 'sent' and m.provider <> 'outbox'
        and m.sent_at >= ${since}
      group by 1, 2 having count(m.complained_at) > 0 order by 4 desc, 3, 1 limit 10`.execute(trx);
    const total = (pick: (row: Day) => number) => daily.rows.reduce((sum, row) => sum + pick(row), 0);
    const sent = total((row) => row.sent);
    const bounced = total((row) => row.bounced);
    const marketing = { sent: total((row) => row.marketing), complained: total((row) => row.spam) };
    const bounceRate = sent === 0 ? null : bounced / sent;
    const complaintRate = marketing.sent === 0 ? null : marketing.complained / marketing.sent;
    const resumed = await lastResumed(handle, ctx, "complaints");
    return {
      sent,
      delivered: total((row) => row.delivered),
      bounced,
      softBounced: soft.rows[0]?.n ?? 0,
      complained: total((row) => row.complained),
      marketing,
      bounceRate,
      complaintRate,
      alarms: { complaints: complaintAlarm(marketing), bounces: bounceAlarm(sent, bounceRate ?? 0) },
      lines: ALARM_LINES,
      countedFrom: resumed && resumed > since ? resumed : null,
      daily: daily.rows.map((row) => ({ day: row.day, sent: row.sent, bounced: row.bounced, complained: row.complained })),
      domains: domains.rows,
      sources: sources.rows.map(({ id, name, ...rest }) => ({ ...rest, campaign: id ? { id, name: name ?? "" } : null })),
    };
  });

type Day = { day: string; sent: number; delivered: number; bounced: number; complained: number; marketing: number; spam: number };

function complaintAlarm(marketing: Deliverability["marketing"]): Alarm {
  if (overTheLine({ cause: "complaints", sent: marketing.sent, counted: marketing.complained })) return "stop";
  return marketing.sent >= STOP_GUARD.messages && marketing.complained / marketing.sent >= ALARM_LINES.complaintWarn ? "warn" : "none";
}

/** Below this many messages a few dead addresses would already be an alarm. */
const ENOUGH = STOP_GUARD.messages;

function bounceAlarm(sent: number, rate: number): Alarm {
  if (sent < ENOUGH || rate < ALARM_LINES.bounceWarn) return "none";
  return rate >= ALARM_LINES.bounceStop ? "stop" : "warn";
}
