import type { Database } from "@db/schema";
import type { MessageStatus } from "@db/schema/campaigns";
import { type ExpressionBuilder, type SelectQueryBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type DeliveryMode, deliveryMode } from "./deliver-messages";
import { type Channel, listMessagesSchema } from "./schema";
import { type Viewer, visibleEmail } from "./visible-email";

export type MessageListItem = {
  id: string;
  kind: string;
  channel: Channel;
  status: MessageStatus;
  reason: string | null;
  error: string | null;
  basis: string | null;
  customer: { id: string; name: string; email: string | null };
  campaign: { id: string; name: string } | null;
  amount: bigint | null;
  unit: string | null;
  createdAt: Date;
  sendAfter: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  openedAt: Date | null;
  clickedAt: Date | null;
  bouncedAt: Date | null;
};

/** How many people a search looks at; enough for a name, too few to read the whole list through it. */
const SEARCH_PEOPLE = 500;

const likePrefix = (text: string): string =>
  `${text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\\%_]/g, "\\$&")}%`;

type Filtered = SelectQueryBuilder<Database & { m: Database["message"] }, "m", object>;

function matching(
  query: Filtered,
  shopId: string,
  filter: { search: string; campaignId?: string | null; customerId?: string | null },
): Filtered {
  let result = query;
  if (filter.campaignId) result = result.where("m.campaign_id", "=", filter.campaignId);
  if (filter.customerId) result = result.where("m.customer_id", "=", filter.customerId);
  if (filter.search !== "") {
    const prefix = likePrefix(filter.search);
    result = result.where("m.customer_id", "in", (eb: ExpressionBuilder<Database & { m: Database["message"] }, "m">) =>
      eb
        .selectFrom("customer")
        .select("customer.id")
        .where("customer.shop_id", "=", shopId)
        .where((or) =>
          or.or([
            or("customer.email_key", "like", prefix),
            or(sql`customer.first_key`, "like", prefix),
            or(sql`customer.last_key`, "like", prefix),
            or("customer.external_id", "=", filter.search),
          ]),
        )
        .limit(SEARCH_PEOPLE),
    );
  }
  return result;
}

/** Messages of the shop, newest first (ids are time-ordered), one page at a time. */
export async function listMessages(
  ctx: ShopContext,
  input: unknown,
  viewer: Viewer,
): Promise<{ items: MessageListItem[]; nextCursor: string | null }> {
  const filter = parseInput(listMessagesSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    let query = matching(trx.selectFrom("message as m").where("m.shop_id", "=", ctx.shopId), ctx.shopId, filter);
    if (filter.status) query = query.where("m.status", "=", filter.status);
    if (filter.channel) query = query.where("m.channel", "=", filter.channel);
    if (filter.kind) query = query.where("m.kind", "=", filter.kind);
    if (filter.reason) query = query.where("m.reason", "=", filter.reason);
    if (filter.cursor) query = query.where("m.id", "<", filter.cursor);
    // The page is cut out before names are joined to it.
    const rows = await trx
      .with("m", () =>
        query
          .selectAll("m")
          .orderBy("m.id", "desc")
          .limit(filter.limit + 1),
      )
      .selectFrom("m")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
      .leftJoin("campaign as k", (join) => join.onRef("k.shop_id", "=", "m.shop_id").onRef("k.id", "=", "m.campaign_id"))
      .select(["m.id", "m.kind", "m.channel", "m.status", "m.reason", "m.customer_id", "m.campaign_id", "m.created_at", "m.sent_at"])
      .select(["m.error", "m.basis", "m.send_after", "m.delivered_at", "m.opened_at", "m.clicked_at", "m.bounced_at"])
      .select(["c.email", "c.first_name", "c.last_name", "c.external_id", "k.name as campaign_name"])
      .select([sql<string | null>`m.params ->> 'amount'`.as("amount"), sql<string | null>`m.params ->> 'unit'`.as("unit")])
      .orderBy("m.id", "desc")
      .execute();
    const page = rows.slice(0, filter.limit);
    return {
      items: page.map((row) => ({
        id: row.id,
        kind: row.kind,
        channel: row.channel,
        status: row.status,
        reason: row.reason,
        error: row.error,
        basis: row.basis,
        customer: {
          id: row.customer_id,
          name: [row.first_name, row.last_name].filter(Boolean).join(" ") || row.external_id,
          email: visibleEmail(row.email, viewer),
        },
        campaign: row.campaign_id && row.campaign_name !== null ? { id: row.campaign_id, name: row.campaign_name } : null,
        amount: row.amount === null ? null : BigInt(row.amount),
        unit: row.unit,
        createdAt: row.created_at,
        sendAfter: row.send_after,
        sentAt: row.sent_at,
        deliveredAt: row.delivered_at,
        openedAt: row.opened_at,
        clickedAt: row.clicked_at,
        bouncedAt: row.bounced_at,
      })),
      nextCursor: rows.length > filter.limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

export type MessageCounts = Record<MessageStatus, number> & { delivery: DeliveryMode };

/** How many messages stand in which state, and whether any can go out at all. */
export async function countMessages(ctx: ShopContext, input: { campaignId?: string | null }): Promise<MessageCounts> {
  const delivery = await deliveryMode(ctx);
  return withTenant(ctx, async ({ trx }) => {
    let query = trx
      .selectFrom("message")
      .select(["status", sql<bigint>`count(*)`.as("count")])
      .where("shop_id", "=", ctx.shopId)
      .groupBy("status");
    if (input.campaignId) query = query.where("campaign_id", "=", input.campaignId);
    const counts: MessageCounts = { queued: 0, sending: 0, sent: 0, skipped: 0, failed: 0, unknown: 0, delivery };
    for (const row of await query.execute()) counts[row.status] = Number(row.count);
    return counts;
  });
}
