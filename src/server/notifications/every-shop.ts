import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { inParallel } from "./pace";

type Shop = { orgId: string; shopId: string };

/**
 * Does something for every shop, each in a transaction of its own; one that fails stops no other, and is told of when all are done. `atOnce`
 * is for work that mostly waits for others.
 */
export async function everyShop(
  shops: readonly Shop[],
  label: string,
  work: (ctx: ShopContext) => Promise<number>,
  { atOnce = 1 } = {},
): Promise<{ total: number }> {
  let total = 0;
  const failures: unknown[] = [];
  await inParallel(shops, atOnce, async ({ orgId, shopId }) => {
    try {
      const done = await work(systemContext(orgId, shopId, label));
      total += done;
    } catch (error) {
      failures.push(error);
    }
  });
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${label} failed for ${failures.length.toString()} of ${shops.length.toString()} shops: ${String(failures[0])}`,
    );
  return { total };
}
