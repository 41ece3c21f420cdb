import type { Database } from "@db/schema";
import type { MessageStatus } from "@db/schema/campaigns";
import { type SelectQueryBuilder, sql } from "kysely";
import type { z } from "zod";
import { maskExternal } from "@/server/customers/list-customers";
import { searchFilter } from "@/server/customers/search-filter";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
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
  customer: { id: string; externalId: string; name: string; email: string | null };
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

/** Up to so many people who are searched for are named; of more, a page of the newest messages is soon full. */
const FEW = 500;

type Filtered = SelectQueryBuilder<Database & { m: Database["message"] }, "m", object>;
export type MessageFilter = z.infer<typeof listMessagesSchema>;
export type MessagePage = { items: MessageListItem[]; nextCursor: string | null };

/**
 * The messages of whoever is searched for. A few people are looked up first and their messages taken from the index; when there are many, the
 * newest messages are looked through for them. Either way all of them are found.
 */
async function ofPeople({ trx }: TenantTrx, query: Filtered, shopId: string, search: string): Promise<Filtered> {
  if (search === "") return query;
  const people = await trx
    .selectFrom("customer as c")
    .select("c.id")
    .where("c.shop_id", "=", shopId)
    .where((eb) => searchFilter(eb, search))
    .limit(FEW + 1)
    .execute();
  if (people.length <= FEW) return query.where(sql<boolean>`m.customer_id = any(${people.map(({ id }) => id)}::uuid[])`);
  return query.where((eb) =>
    eb.exists(
      eb
        .selectFrom("customer as c")
        .select("c.id")
        .whereRef("c.shop_id", "=", "m.shop_id")
        .whereRef("c.id", "=", "m.customer_id")
        .where((inner) => searchFilter(inner, search)),
    ),
  );
}

/** What a list shows of messages, before it is cut into pages. */
async function matching(handle: TenantTrx, shopId: string, filter: MessageFilter): Promise<Filtered> {
  let query: Filtered = handle.trx.selectFrom("message as m").where("m.shop_id", "=", shopId);
  if (filter.campaignId) query = query.where("m.campaign_id", "=", filter.campaignId);
  if (filter.customerId) query = query.where("m.customer_id", "=", filter.customerId);
  if (filter.status) query = query.where("m.status", "=", filter.status);
  if (filter.channel) query = query.where("m.channel", "=", filter.channel);
  if (filter.kind) query = query.where("m.kind", "=", filter.kind);
  if (filter.reason) query = query.where("m.reason", "=", filter.reason);
  if (filter.cursor) query = query.where("m.id", "<", filter.cursor);
  return ofPeople(handle, query, shopId, filter.search);
}

/** Messages of the shop, newest first (ids are time-ordered), one page at a time. */
export const listMessages = (ctx: ShopContext, input: unknown, viewer: Viewer): Promise<MessagePage> =>
  pageOfMessages(ctx, parseInput(listMessagesSchema, input), viewer);

export function pageOfMessages(ctx: ShopContext, filter: MessageFilter, viewer: Viewer): Promise<MessagePage> {
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const query = await matching(handle, ctx.shopId, filter);
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
          externalId: viewer.pii ? row.external_id : maskExternal(row.external_id),
          name: [row.first_name, row.last_name].filter(Boolean).join(" ") || (viewer.pii ? row.external_id : maskExternal(row.external_id)),
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
