import { sql } from "kysely";
import type { z } from "zod";
import { parseInput } from "@/server/errors";
import { unitScale } from "@/server/money";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { localDay } from "@/server/time";
import { cancellable } from "./cancellable";
import { membersFrom } from "./compile";
import { SMALL_SHOP } from "./count-members";
import { distributionInput } from "./inputs";
import { countPush } from "./reach";
import { readQuery } from "./read-query";
import type { Bucket, Distribution } from "./results";

/** Borders of the bars, in whole units of the currency, orders, and days. The same for every segment, so that two can be compared. */
const SPENT = [0.01, 25, 50, 100, 200, 400, 800, 1600, 3200];
const ORDERS = [1, 2, 3, 4, 5, 7, 10, 15];
const DAYS_AGO = [7, 30, 60, 90, 180, 365, 730];

/** How many members can be reached, and how they spread over what they spent, how often and how lately they ordered, beside everyone. */
export function distribution(ctx: ShopContext, rawInput: z.input<typeof distributionInput>, signal?: AbortSignal): Promise<Distribution> {
  const { query, editor } = parseInput(distributionInput, rawInput);
  return cancellable(ctx, { editor, channel: "distribution", signal }, async (handle) => {
    const { ast, scope } = await readQuery(handle, ctx.shopId, query);
    const scale = 10 ** unitScale(scope.currency);
    const spent = SPENT.map((amount) => BigInt(Math.round(amount * scale)));
    const today = localDay(scope.now, scope.timeZone);
    const rows = await bars(handle, membersFrom(ast, scope), { spent, today });
    const everyone = await barsOfEveryone(handle, scope.shopId, { spent, today });
    return {
      reach: { email: rows.email, sms: rows.sms, push: await countPush(handle, ast, scope) },
      spent: buckets(spent.map(String), rows.spent, everyone.spent),
      orders: buckets(ORDERS.map(String), rows.orders, everyone.orders),
      // From the newest to the oldest; the last bar are those without an order.
      lastOrder: [
        ...buckets(DAYS_AGO.map(String), rows.days, everyone.days),
        { from: null, to: null, members: rows.days.get(-1) ?? 0, shop: everyone.days.get(-1) ?? 0 },
      ],
    };
  });
}

const known = new Map<string, { bars: Bars; today: number; until: number }>();
const KEPT_MS = 60_000;
const KEPT_SHOPS = 200;

/** Those of a large shop may be a minute old: they are only the mark beside each bar, and every letter typed would count everybody anew. */
async function barsOfEveryone(handle: TenantTrx, shopId: string, borders: Borders): Promise<Bars> {
  const kept = known.get(shopId);
  if (kept && kept.today === borders.today && kept.until > performance.now()) return kept.bars;
  const everyone = await bars(handle, sql`from customer_metrics m where m.shop_id = ${shopId} and not m.erased`, borders);
  const size = [...everyone.orders.values()].reduce((sum, members) => sum + members, 0);
  if (known.size >= KEPT_SHOPS) known.clear();
  if (size >= SMALL_SHOP) known.set(shopId, { bars: everyone, today: borders.today, until: performance.now() + KEPT_MS });
  return everyone;
}

type Borders = { spent: bigint[]; today: number };
type Bars = { spent: Map<number, number>; orders: Map<number, number>; days: Map<number, number>; email: number; sms: number };

async function bars({ trx }: Pick<TenantTrx, "trx">, from: ReturnType<typeof membersFrom>, { spent, today }: Borders): Promise<Bars> {
  const result = await sql<{ s: number; o: number; d: number; n: bigint; email: bigint; sms: bigint }>`
    select width_bucket(m.net_spent, ${spent.map(String)}::bigint[]) as s, width_bucket(m.orders_count, ${ORDERS}::integer[]) as o,
           case when m.last_order_day < 0 then -1 else width_bucket(${today}::integer - m.last_order_day, ${DAYS_AGO}::integer[]) end as d,
           count(*) as n, count(*) filter (where m.email_reach) as email, count(*) filter (where m.sms_reach) as sms
    ${from} group by 1, 2, 3`.execute(trx);
  const all: Bars = { spent: new Map(), orders: new Map(), days: new Map(), email: 0, sms: 0 };
  for (const { s, o, d, n, email, sms } of result.rows) {
    all.email += Number(email);
    all.sms += Number(sms);
    for (const [map, key] of [
      [all.spent, s],
      [all.orders, o],
      [all.days, d],
    ] as const)
      map.set(key, (map.get(key) ?? 0) + Number(n));
  }
  return all;
}

/** Bar i lies from border i-1 (inclusive) to border i. */
const buckets = (borders: string[], members: Map<number, number>, shop: Map<number, number>): Bucket[] =>
  [...borders, null].map((to, index) => ({
    from: borders[index - 1] ?? null,
    to,
    members: members.get(index) ?? 0,
    shop: shop.get(index) ?? 0,
  }));
