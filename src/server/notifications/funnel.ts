import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { openStop } from "./sending-stop";

/** How many for which reason, most first. */
type Reasons = { reason: string; count: number }[];

export type Funnel = {
  planned: number;
  waiting: number;
  sending: number;
  excluded: Reasons;
  sent: number;
  failed: number;
  failures: Reasons;
  unknown: number;
  /** As far as it was reported: a mail server of one's own takes a message and says nothing more. */
  delivered: number;
  opened: number;
  clicked: number;
  bounced: number;
  complained: number;
  /** People who were sent a message and afterwards spent credit of the grant it told about. */
  redeemed: number;
  /** Of those sent, how many could tell of it, because the person had agreed: openings and clicks are shares of these, never of all. */
  tracked: number;
  paused: boolean;
  /** Complaints stopped the shop's marketing e-mail, and some of this campaign waits for that. */
  stopped: boolean;
  done: boolean;
};

/** What became of a campaign's messages, step by step; every planned message is in exactly one of its states. */
export const messageFunnel = (ctx: ShopContext, { campaignId }: { campaignId: string }): Promise<Funnel> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const counts = await sql<{
      status: string;
      reason: string | null;
      n: number;
      held: number;
      delivered: number;
      opened: number;
      clicked: number;
      bounced: number;
      complained: number;
    }>`
      select status, case when status in ('skipped', 'failed') then reason end as reason, count(*)::int as n,
        count(*) filter (where status = 'queued' and channel = 'email' and category = 'marketing')::int as held, count(delivered_at)::int as delivered,
        count(opened_at)::int as opened, count(clicked_at)::int as clicked, count(bounced_at)::int as bounced, count(complained_at)::int as complained
      from message where shop_id = ${ctx.shopId} and campaign_id = ${campaignId} group by 1, 2`.execute(trx);
    const spent = await sql<{ redeemed: number }>`
      select count(distinct m.customer_id)::int as redeemed
      from message m join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.credit_key
      where m.shop_id = ${ctx.shopId} and m.campaign_id = ${campaignId} and m.status = 'sent' and l.redeemed > 0 and exists (
        select from ledger.lot_move v join ledger.transfer t on t.shop_id = v.shop_id and t.id = v.transfer_id
        where v.shop_id = l.shop_id and v.lot_id = l.id and v.to_bucket = 'redeemed' and t.at >= m.sent_at)`.execute(trx);
    const tracked = await sql<{ n: number }>`
      select count(*)::int as n from message m left join consent_state t on m.tracked is null and t.shop_id = m.shop_id
        and t.customer_id = m.customer_id and t.channel = 'email' and t.purpose = 'tracking' and t.state = 'granted' and t.at <= m.sent_at
      where m.shop_id = ${ctx.shopId} and m.campaign_id = ${campaignId} and m.channel = 'email' and m.status = 'sent'
        and (m.tracked or (m.tracked is null and t.customer_id is not null))`.execute(trx);
    const control = await trx
      .selectFrom("campaign_message")
      .select("paused_at")
      .where("shop_id", "=", ctx.shopId)
      .where("campaign_id", "=", campaignId)
      .executeTakeFirst();
    const sum = (pick: (row: (typeof counts.rows)[number]) => number) => counts.rows.reduce((total, row) => total + pick(row), 0);
    const of = (status: string) => sum((row) => (row.status === status ? row.n : 0));
    const why = (status: string): Reasons =>
      counts.rows
        .filter((row) => row.status === status)
        .map((row) => ({ reason: row.reason ?? "", count: row.n }))
        .sort((a, b) => b.count - a.count);
    const waiting = of("queued");
    const sending = of("sending");
    return {
      planned: sum((row) => row.n),
      waiting,
      sending,
      excluded: why("skipped"),
      sent: of("sent"),
      failed: of("failed"),
      failures: why("failed"),
      unknown: of("unknown"),
      delivered: sum((row) => row.delivered),
      opened: sum((row) => row.opened),
      clicked: sum((row) => row.clicked),
      bounced: sum((row) => row.bounced),
      complained: sum((row) => row.complained),
      redeemed: spent.rows[0]?.redeemed ?? 0,
      tracked: tracked.rows[0]?.n ?? 0,
      paused: control?.paused_at != null,
      stopped: sum((row) => row.held) > 0 && (await openStop(handle, ctx)) !== null,
      done: waiting === 0 && sending === 0,
    };
  });
