import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

const PAGE = 5_000;
const FIRST = { at: "-infinity", id: "00000000-0000-0000-0000-000000000000" };

/**
 * Forgets what proves consents whose term is over: three years from the end of the year, in the shop's time, in which the consent ended or the
 * person was erased. What proves a consent that stands is kept. The events stay, and so does what is known of addresses by hash. Page by page,
 * one transaction each.
 */
export async function clearEvidence(ctx: ShopContext, { page = PAGE } = {}): Promise<{ cleared: number }> {
  let cleared = 0;
  for (let after = FIRST; ; ) {
    const read = await clearPage(ctx, after, page);
    cleared += read.cleared;
    if (!read.last) return { cleared };
    after = read.last;
  }
}

const clearPage = (ctx: ShopContext, after: typeof FIRST, page: number) =>
  withTenant(ctx, async ({ trx }) => {
    // The request that was confirmed says the same as the event: it goes with it.
    const { rows } = await sql<{ at: string; id: string; cleared: boolean }>`
      with looked as materialized (select * from consent_clear_evidence(${after.at}::timestamptz, ${after.id}::uuid, ${page}::int)),
        confirmed as (delete from opt_in_request r using looked e
          where e.cleared and r.shop_id = ${ctx.shopId} and r.customer_id = e.customer_id and r.confirmed_at <= e.at)
      select at::text, id, cleared from looked order by looked.at, id`.execute(trx);
    const cleared = rows.filter((row) => row.cleared).length;
    if (cleared > 0)
      await recordAudit(trx, ctx, {
        ...{ action: "consent.evidenceCleared", entity: "shop", entityId: ctx.shopId, after: { events: cleared } },
      });
    return { cleared, last: rows.length < page ? undefined : rows.at(-1) };
  });
