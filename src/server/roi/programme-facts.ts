import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type HoldoutYear, measureYears } from "./global-holdout";
import type { Overlap } from "./headline";
import { keepFigures, readKept } from "./kept-figures";

/** What of the programme needs all customers or all members of all drops. */
export type ProgrammeFacts = { years: HoldoutYear[]; overlap: Overlap; drops: number };

async function countDrops({ trx }: TenantTrx, shopId: string): Promise<number> {
  const row = await trx
    .selectFrom("campaign_drop")
    .select(({ fn }) => fn.countAll<bigint>().as("n"))
    .where("shop_id", "=", shopId)
    .where("released_at", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** How many were treated at all, and how many by more than one campaign. */
async function countOverlap({ trx }: TenantTrx, shopId: string): Promise<Overlap> {
  const { rows } = await sql<Overlap>`
    select count(*)::int as people, (count(*) filter (where first <> last))::int as several
    from (select m.customer_id, min(d.campaign_id::text) as first, max(d.campaign_id::text) as last
      from drop_member m join campaign_drop d on d.shop_id = m.shop_id and d.id = m.drop_id
      where m.shop_id = ${shopId} and m.arm = 'treated' and d.released_at is not null group by 1) x`.execute(trx);
  return rows[0] ?? { people: 0, several: 0 };
}

/** Brings the facts up to date and keeps them. Only what may have changed is read: a drop more, a year that goes on. */
export const refreshFacts = (ctx: ShopContext): Promise<ProgrammeFacts> =>
  withTenant(ctx, async (handle) => {
    const known = await readKept<ProgrammeFacts>(handle, ctx.shopId, "programme");
    const kept = await keepFigures(handle, ctx, "programme", async () => {
      const drops = await countDrops(handle, ctx.shopId);
      const years = await measureYears(handle, ctx.shopId, known?.value.years ?? []);
      return { drops, years, overlap: known?.value.drops === drops ? known.value.overlap : await countOverlap(handle, ctx.shopId) };
    });
    return kept.value;
  });

/** As the hourly function left them; calculated when they never were. */
export async function readFacts(handle: TenantTrx, ctx: ShopContext): Promise<ProgrammeFacts> {
  const kept = await readKept<ProgrammeFacts>(handle, ctx.shopId, "programme");
  return kept?.value ?? refreshFacts({ ...ctx, trx: handle });
}

/** The whole programme against those who sat out of all of it, year by year. A year that was just set is there at once. */
export const globalHoldout = (ctx: ShopContext): Promise<{ years: HoldoutYear[] }> => refreshFacts(ctx).then(({ years }) => ({ years }));
