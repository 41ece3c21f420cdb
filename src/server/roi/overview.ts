import { sql } from "kysely";
import type { Campaign } from "@/server/campaigns/campaign";
import { pageOfCampaigns } from "@/server/campaigns/read-campaigns";
import { listImports } from "@/server/connectors/csv/get-import";
import { withTenant } from "@/server/db";
import { type Liability, liability } from "@/server/ledger/liability";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { addedUp, readResults } from "./results";
import type { Estimate } from "./schema";

export type Overview = {
  asOf: Date;
  /** What the shop has, so that an empty shop is told what to do next. */
  steps: { customers: boolean; segments: boolean; campaigns: boolean };
  /** Outstanding credit in the shop's currency; null when none was ever granted. */
  credit: { unit: string; outstanding: bigint; customers: number; lapsing30: bigint; lapsing30Customers: number } | null;
  /** The last thirty days and what campaigns earned in all; null for roles without reports. */
  figures: Figures | null;
  daily: { day: string; revenue: bigint; orders: number; redeemed: bigint }[];
  active: Campaign[];
  ended: Campaign[];
  /** Null for roles that do not see imports. */
  imports: { id: string; fileName: string; status: string; rows: number | null; createdAt: Date }[] | null;
};

export type Figures = {
  unit: string;
  customers: number;
  revenue30: bigint;
  revenueBefore30: bigint;
  orders30: number;
  granted30: bigint;
  redeemed30: bigint;
  expired30: bigint;
  /** Profit of all measured campaigns in the shop's currency, with its interval; null without any. */
  incrementalProfit: Estimate | null;
  campaignsMeasured: number;
};

const SHOWN = 5;
const DAYS = 30;

const exists = async ({ trx }: TenantTrx, table: "customer" | "segment" | "campaign", shopId: string): Promise<boolean> =>
  (await trx.selectFrom(table).select("id").where("shop_id", "=", shopId).limit(1).executeTakeFirst()) !== undefined;

function creditOf(rows: Liability[], currency: string): Overview["credit"] {
  const own = rows.find((row) => row.unit === currency);
  if (!own) return null;
  const soon = own.lapsing.find((entry) => entry.days === 30);
  return {
    unit: own.unit,
    outstanding: own.outstanding,
    customers: own.customers,
    lapsing30: soon?.amount ?? 0n,
    lapsing30Customers: soon?.customers ?? 0,
  };
}

async function recentImports(ctx: ShopContext): Promise<NonNullable<Overview["imports"]>> {
  const { rows } = await listImports(ctx, { limit: SHOWN });
  return rows.map((row) => ({ id: row.id, fileName: row.fileName, status: row.status, rows: row.rows, createdAt: row.createdAt }));
}

type Day = { ago: number; day: string; revenue: bigint; orders: number };
type Booked = { day: string; granted: bigint; redeemed: bigint; expired: bigint };

/** Revenue and credit by day of the shop's zone. Two index ranges: orders of sixty days, transfers of thirty. */
async function figuresOf(
  handle: TenantTrx,
  shopId: string,
  shop: { currency: string; time_zone: string },
): Promise<Pick<Overview, "figures" | "daily">> {
  const { trx, now: at } = handle;
  // As a value: a function that may change per row would keep the index from being used.
  const instant = sql`${at}::timestamptz`;
  const local = sql`(o.placed_at at time zone ${shop.time_zone})::date`;
  const today = sql`(${instant} at time zone ${shop.time_zone})::date`;
  const days = await sql<Day>`
    select ${today} - ${local} as ago, to_char(${local}, 'YYYY-MM-DD') as day, sum(${ORDER_NET})::int8 as revenue, count(*)::int as orders from shop_order o
    where o.shop_id = ${shopId} and o.counts and o.currency = ${shop.currency} and o.placed_at >= ${instant} - make_interval(days => ${2 * DAYS + 1}) group by 1, 2`.execute(
    trx,
  );
  const booked = await sql<Booked>`
    select to_char(at at time zone ${shop.time_zone}, 'YYYY-MM-DD') as day, coalesce(sum(amount) filter (where kind = 'grant'), 0)::int8 as granted,
      coalesce(sum(amount) filter (where kind in ('redeem', 'capture')), 0)::int8 as redeemed, coalesce(sum(amount) filter (where kind = 'expire'), 0)::int8 as expired
    from ledger.transfer where shop_id = ${shopId} and unit = ${shop.currency} and at >= ${instant} - make_interval(days => ${DAYS}) group by 1`.execute(
    trx,
  );
  const people = await sql<{ n: bigint }>`select count(*) as n from customer_metrics where shop_id = ${shopId}`.execute(trx);
  const calendar = await sql<{
    day: string;
  }>`select to_char(${today} - i, 'YYYY-MM-DD') as day from generate_series(${DAYS - 1}::int, 0, -1) i`.execute(trx);
  const own = (await readResults(handle, shopId)).filter((row) => row.result.unit === shop.currency);
  const sum = <R>(rows: readonly R[], pick: (row: R) => bigint): bigint => rows.reduce((total, row) => total + pick(row), 0n);
  const [now, before] = [days.rows.filter((row) => row.ago < DAYS), days.rows.filter((row) => row.ago >= DAYS && row.ago < 2 * DAYS)];
  const measured = addedUp(own);
  return {
    figures: {
      unit: shop.currency,
      customers: Number(people.rows[0]?.n ?? 0n),
      revenue30: sum(now, (row) => row.revenue),
      revenueBefore30: sum(before, (row) => row.revenue),
      orders30: now.reduce((total, row) => total + row.orders, 0),
      granted30: sum(booked.rows, (row) => row.granted),
      redeemed30: sum(booked.rows, (row) => row.redeemed),
      expired30: sum(booked.rows, (row) => row.expired),
      incrementalProfit: measured.profit,
      campaignsMeasured: measured.campaigns,
    },
    daily: calendar.rows.map(({ day }) => {
      const order = days.rows.find((row) => row.day === day);
      return {
        ...{ day, revenue: order?.revenue ?? 0n, orders: order?.orders ?? 0 },
        redeemed: booked.rows.find((row) => row.day === day)?.redeemed ?? 0n,
      };
    }),
  };
}

/** The first page of a shop. */
export async function overview(ctx: ShopContext, viewer: { imports: boolean; reports?: boolean }): Promise<Overview> {
  return withTenant(ctx, async (handle) => {
    const joined = { ...ctx, trx: handle };
    const shop = await handle.trx
      .selectFrom("shop")
      .select(["currency", "time_zone"])
      .where("id", "=", ctx.shopId)
      .executeTakeFirstOrThrow();
    const page = { search: "", limit: SHOWN } as const;
    return {
      asOf: handle.now,
      steps: {
        customers: await exists(handle, "customer", ctx.shopId),
        segments: await exists(handle, "segment", ctx.shopId),
        campaigns: await exists(handle, "campaign", ctx.shopId),
      },
      credit: creditOf(await liability(joined), shop.currency),
      ...(viewer.reports ? await figuresOf(handle, ctx.shopId, shop) : { figures: null, daily: [] }),
      active: (await pageOfCampaigns(handle, ctx.shopId, { ...page, group: "active" })).items,
      ended: (await pageOfCampaigns(handle, ctx.shopId, { ...page, group: "ended" })).items,
      imports: viewer.imports ? await recentImports(joined) : null,
    };
  });
}
