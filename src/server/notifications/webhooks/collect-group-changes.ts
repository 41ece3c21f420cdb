import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readSettings } from "../settings";
import type { WebhookType } from "./schema";

/** A month's new borders may move a large part of a million customers: each batch is its own transaction. */
const BATCH = 5_000;
const TYPE = "customer.group_changed" satisfies WebhookType;

async function someoneAsks({ trx }: TenantTrx, shopId: string): Promise<boolean> {
  const row = await trx
    .selectFrom("webhook_endpoint")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("enabled", "=", true)
    .where("deleted_at", "is", null)
    .where(sql<boolean>`types @> array[${TYPE}]::text[]`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Reads on in the changes of customer groups and writes one event per change, oldest first. Runs of a shop follow each other, so that ids
 * are committed in their order and a place in it is enough; it also brings those of a run that broke off later. Where no endpoint asks for
 * them the place moves on and nothing is written: a hook made later is told about later changes only.
 * @param runId the run that has ended; a shop whose changes were never read begins with it
 */
export const collectGroupChanges = (ctx: ShopContext, runId: string): Promise<{ events: number; more: boolean }> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    await readSettings(handle, ctx);
    const { groups_after: place } = await trx
      .selectFrom("message_settings")
      .select("groups_after")
      .where("shop_id", "=", ctx.shopId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const unread = place === null ? sql`r.run_id = ${runId}` : sql`r.id > ${place}`;
    if (!(await someoneAsks(handle, ctx.shopId))) {
      const { rows } = await sql<{ id: string }>`
        select r.id from rfm_change r where r.shop_id = ${ctx.shopId} and ${unread} order by r.id desc limit 1`.execute(trx);
      await moveOn(handle, ctx.shopId, rows[0]?.id);
      return { events: 0, more: false };
    }
    const { rows } = await sql<{ read: number; events: number; last: string | null }>`
      with next as materialized (select r.* from rfm_change r where r.shop_id = ${ctx.shopId} and ${unread} order by r.id limit ${BATCH}),
      told as (
        insert into outbound_event (org_id, shop_id, type, customer_id, key, data, at, klaviyo_at)
        select n.org_id, n.shop_id, ${TYPE}, n.customer_id, 'group:' || n.id,
          jsonb_build_object('customerId', c.external_id, 'from', n.from_group, 'to', n.to_group, 'runId', n.run_id), n.at, n.at
        from next n join customer c on c.shop_id = n.shop_id and c.id = n.customer_id and c.erased_at is null order by n.id
        on conflict (shop_id, key) do nothing returning 1)
      select (select count(*) from next)::int as read, (select count(*) from told)::int as events,
        (select id from next order by id desc limit 1) as last`.execute(trx);
    const found = rows[0];
    await moveOn(handle, ctx.shopId, found?.last);
    return { events: found?.events ?? 0, more: found?.read === BATCH };
  });

async function moveOn({ trx }: TenantTrx, shopId: string, last: string | null | undefined): Promise<void> {
  if (last) await trx.updateTable("message_settings").set({ groups_after: last }).where("shop_id", "=", shopId).execute();
}
