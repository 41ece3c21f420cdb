import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { createLedgerShop, type LedgerShop } from "@/server/ledger/testing";
import { parseQuery } from "@/server/segments/language/parse";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { createCampaign } from "./create-campaign";
import type { Draft } from "./schema";

/** A shop of subscribed customers with addresses. */
export async function createCampaignShop(customers: number): Promise<LedgerShop> {
  const shop = await createLedgerShop(customers);
  await withTenant(shop.ctx, ({ trx }) =>
    sql`update customer set email = external_id || '@example.com', email_key = external_id || '@example.com', first_name = 'Name ' || external_id,
        email_consent = 'SUBSCRIBED' where shop_id = ${shop.ctx.shopId}`.execute(trx),
  );
  return shop;
}

/** A saved segment, written as its own verb would. An empty query means everyone. */
export async function insertSegment(ctx: ShopContext, query = "", name = `Segment ${crypto.randomUUID()}`): Promise<string> {
  const parsed = parseQuery(query);
  if (!parsed.ast) throw new Error(`bad test query: ${query}`);
  const ast = JSON.stringify(parsed.ast);
  return withTenant(ctx, async ({ trx }) => {
    const { id } = await trx
      .insertInto("segment")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        name,
        query,
        ast,
        hash: "0".repeat(64),
        created_by: null,
        created_by_label: "test",
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  });
}

/** A complete draft of 5.00 EUR for everyone, released on 2026-06-01 at 14:00 in Berlin (12:00 UTC), good for 30 days, 10 % held out. */
export async function createDraft(ctx: ShopContext, patch: Partial<Draft> = {}): Promise<Campaign> {
  return createCampaign(ctx, {
    name: "Sommer",
    segmentId: patch.segmentId ?? (await insertSegment(ctx)),
    amount: 500n,
    expiryDays: 30,
    availableLocal: "2026-06-01T14:00",
    holdoutBps: 1000,
    ...patch,
  });
}

export type OutboxRow = { name: string; run_at: Date | null; data: { dropId?: string } };

/** What verbs have asked the engine for in this shop, oldest first. */
export const outboxOf = (ctx: ShopContext, name: string): Promise<OutboxRow[]> =>
  withTenant(ctx, async ({ trx }) => {
    const result = await sql<OutboxRow>`
      select name, run_at, data from job_outbox where name = ${name} and data ->> 'shopId' = ${ctx.shopId} order by created_at, id`.execute(
      trx,
    );
    return result.rows;
  });
