import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export type RecommendedProduct = { title: string; price: bigint | null; unit: string; image: string | null; url: string | null };

const PER_CUSTOMER = 6;
const PER_PRODUCT = 12;
/** One order together is chance. */
const MIN_TOGETHER = 2;
const DAYS = 730;
/** Baskets beyond this are wholesale, and their pairs grow with the square. */
const MAX_BASKET = 30;

/**
 * What goes with what a person has bought: products most often found in one order with theirs, without what they own and what is out of
 * stock. Set-based over a batch of people.
 */
export async function recommendationsFor(
  { trx }: TenantTrx,
  ctx: ShopContext,
  customerIds: readonly string[],
): Promise<Map<string, RecommendedProduct[]>> {
  const result = await sql<RecommendedProduct & { customer_id: string }>`
    with owned as (
      select distinct customer_id, product_id from order_line
      where shop_id = ${ctx.shopId} and customer_id = any(${[...new Set(customerIds)]}::uuid[]) and counts and product_id is not null
    ), scored as (
      select o.customer_id, p.other_id, sum(p.together) as score
      from owned o join product_pair p on p.shop_id = ${ctx.shopId} and p.product_id = o.product_id
      where not exists (select 1 from owned h where h.customer_id = o.customer_id and h.product_id = p.other_id)
      group by 1, 2
    ), ranked as (
      select s.customer_id, d.title, d.price, d.image_url as image, d.url, row_number() over (partition by s.customer_id order by s.score desc, d.id) as rank
      from scored s join product d on d.shop_id = ${ctx.shopId} and d.id = s.other_id and d.in_stock
    )
    select r.customer_id, r.title, r.price, s.currency as unit, r.image, r.url from ranked r cross join shop s
    where s.id = ${ctx.shopId} and r.rank <= ${PER_CUSTOMER} order by r.customer_id, r.rank`.execute(trx);
  const found = new Map<string, RecommendedProduct[]>();
  for (const { customer_id, ...product } of result.rows) {
    const list = found.get(customer_id) ?? [];
    list.push(product);
    found.set(customer_id, list);
  }
  return found;
}

/** Counts again which products are bought together. Nightly; one statement over the baskets of two years. */
export const refreshProductPairs = (ctx: ShopContext): Promise<{ pairs: number }> =>
  withTenant(ctx, async ({ trx, now }) => {
    await sql`delete from product_pair where shop_id = ${ctx.shopId}`.execute(trx);
    const since = Math.floor(now.getTime() / 86_400_000) - DAYS;
    const result = await sql`
      insert into product_pair (org_id, shop_id, product_id, other_id, together)
      select ${ctx.orgId}, ${ctx.shopId}, product_id, other_id, together from (
        select a.product_id, b.product_id as other_id, count(*)::int as together,
          row_number() over (partition by a.product_id order by count(*) desc, b.product_id) as rank
        from order_items i, unnest(i.product_ids) a (product_id), unnest(i.product_ids) b (product_id)
        where i.shop_id = ${ctx.shopId} and i.counts and i.placed_day >= ${since} and cardinality(i.product_ids) between 2 and ${MAX_BASKET}
          and a.product_id is not null and b.product_id is not null and a.product_id <> b.product_id
        group by 1, 2 having count(*) >= ${MIN_TOGETHER}
      ) p where rank <= ${PER_PRODUCT}`.execute(trx);
    return { pairs: Number(result.numAffectedRows ?? 0n) };
  });
