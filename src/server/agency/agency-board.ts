import { sql } from "kysely";
import { withTenant, withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import { liability } from "@/server/ledger/liability";
import { measuredProfit } from "@/server/roi/results";
import type { Estimate } from "@/server/roi/schema";
import { type Access, factorMissing, toAccess, userActor } from "@/server/tenancy/access";
import type { ShopContext } from "@/server/tenancy/context";

/** Shops read at the same time: enough to be quick, few enough to leave connections to everyone else. */
const PARALLEL = 4;
const MAX_SHOPS = 500;

type Numbers = {
  /** Per unit; null when the grant does not include the books. */
  outstanding: { unit: string; amount: bigint }[] | null;
  /** Booked in the last thirty days, and what lapses in the next thirty, per unit; null as above. */
  granted30: Amount[] | null;
  redeemed30: Amount[] | null;
  lapsing30: Amount[] | null;
  /** Null when the grant does not include campaigns. */
  campaigns: { running: number; waiting: number; drafts: number } | null;
  /** Campaigns that wait for somebody to approve them; null as above. */
  approvals: number | null;
  /** What measured campaigns earned, in the shop's currency; null when the grant does not include reports. */
  profit: { unit: string; estimate: Estimate | null; campaigns: number } | null;
};

type Amount = { unit: string; amount: bigint };

/** One unit over all shops. Amounts of different units are never added. */
export type BoardTotal = {
  unit: string;
  outstanding: bigint;
  granted30: bigint;
  redeemed30: bigint;
  lapsing30: bigint;
  /** Campaigns of different shops have different people: their variances add. */
  profit: Estimate | null;
};

export type BoardRow = {
  shopId: string;
  shop: string;
  orgId: string;
  client: string;
  currency: string;
  role: Access["role"];
  /** Null when this shop's numbers could not be read. */
  numbers: Numbers | null;
};

export type AgencyBoard = {
  agency: { id: string; name: string };
  rows: BoardRow[];
  /** Sums per unit: amounts of different currencies are never added. */
  outstanding: { unit: string; amount: bigint }[];
  totals: BoardTotal[];
};

type Person = { id: string; name: string };
type Found = { agency: { id: string; name: string }; shops: (Omit<BoardRow, "numbers"> & { access: Access })[] };
type ShopRow = {
  org_id: string;
  id: string;
  name: string;
  client: string;
  currency: string;
  max_role: Exclude<Access["role"], "owner">;
  shop_ids: string[] | null;
  factor_missing: boolean;
};

/** The shops that this agency may work in now. NOT_FOUND for someone who does not belong to it. */
function findShops(person: Person, agencyId: string): Promise<Found> {
  return withUser(person.id, async ({ trx }) => {
    const agency = await trx
      .selectFrom("agency as a")
      .innerJoin("agency_member as m", "m.agency_id", "a.id")
      .select(["a.id", "a.name"])
      .where("a.id", "=", agencyId)
      .where("m.user_id", "=", person.id)
      .executeTakeFirst();
    if (!agency) throw new AppError("NOT_FOUND");
    const found = await sql<ShopRow>`
      select s.org_id, s.id, s.name, o.name as client, s.currency, g.max_role, g.shop_ids, ${factorMissing(person.id)} as factor_missing
      from agency_grant g join organisation o on o.id = g.org_id join shop s on s.org_id = g.org_id
      where g.agency_id = ${agencyId} and g.revoked_at is null and coalesce(g.expires_at, 'infinity') > app_now()
        and s.archived_at is null and (g.shop_ids is null or s.id = any(g.shop_ids))
      order by o.name, s.name, s.id limit ${MAX_SHOPS}`.execute(trx);
    const shops = found.rows.map((row) => ({
      shopId: row.id,
      shop: row.name,
      orgId: row.org_id,
      client: row.client,
      currency: row.currency,
      role: row.max_role,
      access: toAccess({ ...row, role: row.max_role, agency_id: agencyId }),
    }));
    return { agency, shops };
  });
}

const countCampaigns = (ctx: ShopContext): Promise<NonNullable<Numbers["campaigns"]>> =>
  withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("campaign")
      .select([
        sql<number>`(count(*) filter (where status in ('running', 'paused')))::int`.as("running"),
        sql<number>`(count(*) filter (where status = 'scheduled'))::int`.as("waiting"),
        sql<number>`(count(*) filter (where status = 'draft'))::int`.as("drafts"),
      ])
      .where("shop_id", "=", ctx.shopId)
      .executeTakeFirstOrThrow(),
  );

const bookedLately = (ctx: ShopContext): Promise<{ granted: Amount[]; redeemed: Amount[] }> =>
  withTenant(ctx, async ({ trx, now }) => {
    const { rows } = await sql<{ unit: string; granted: bigint; redeemed: bigint }>`
      select unit, coalesce(sum(amount) filter (where kind = 'grant'), 0)::int8 as granted,
        coalesce(sum(amount) filter (where kind in ('redeem', 'capture')), 0)::int8 as redeemed
      from ledger.transfer where shop_id = ${ctx.shopId} and at >= ${now}::timestamptz - interval '30 days' group by unit order by unit`.execute(
      trx,
    );
    return {
      granted: rows.map(({ unit, granted }) => ({ unit, amount: granted })),
      redeemed: rows.map(({ unit, redeemed }) => ({ unit, amount: redeemed })),
    };
  });

const countApprovals = (ctx: ShopContext): Promise<number> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("campaign")
      .select(({ fn }) => fn.countAll<bigint>().as("open"))
      .where("shop_id", "=", ctx.shopId)
      .where("status", "=", "submitted")
      .executeTakeFirst();
    return Number(row?.open ?? 0n);
  });

/** Reads one shop within its own tenant: one organisation per transaction, and only what the grant allows. */
async function readShop(ctx: ShopContext, access: Access): Promise<Numbers> {
  const owed = access.permissions.has("ledger.read") ? await liability(ctx) : null;
  const booked = owed && (await bookedLately(ctx));
  const campaigns = access.permissions.has("campaign.read");
  const measured = access.permissions.has("report.read") ? await measuredProfit(ctx) : null;
  return {
    outstanding: owed?.map(({ unit, outstanding }) => ({ unit, amount: outstanding })) ?? null,
    granted30: booked?.granted ?? null,
    redeemed30: booked?.redeemed ?? null,
    lapsing30: owed?.map(({ unit, lapsing }) => ({ unit, amount: lapsing.find((entry) => entry.days === 30)?.amount ?? 0n })) ?? null,
    campaigns: campaigns ? await countCampaigns(ctx) : null,
    approvals: campaigns ? await countApprovals(ctx) : null,
    profit: measured && { unit: measured.unit, estimate: measured.profit, campaigns: measured.campaigns },
  };
}

/** All shops of an agency with what is open in them, one after the other by organisation; no customer data is read. */
export async function agencyBoard(person: Person, agencyId: string, requestId: string): Promise<AgencyBoard> {
  const { agency, shops } = await findShops(person, agencyId);
  const rows: BoardRow[] = [];
  for (let at = 0; at < shops.length; at += PARALLEL) {
    const batch = shops.slice(at, at + PARALLEL).map(async ({ access, ...shop }): Promise<BoardRow> => {
      const ctx: ShopContext = { orgId: shop.orgId, shopId: shop.shopId, actor: userActor(person, access), requestId };
      try {
        return { ...shop, numbers: await readShop(ctx, access) };
      } catch (error) {
        // One broken shop must not hide the others; its row says that it could not be read.
        console.error(`agency board, shop ${shop.shopId}, ${requestId}:`, error);
        return { ...shop, numbers: null };
      }
    });
    rows.push(...(await Promise.all(batch)));
  }
  return { agency, rows, outstanding: sumByUnit(rows), totals: totalsOf(rows) };
}

function sumByUnit(rows: readonly BoardRow[]): AgencyBoard["outstanding"] {
  const sums = new Map<string, bigint>();
  for (const { unit, amount } of rows.flatMap((row) => row.numbers?.outstanding ?? [])) sums.set(unit, (sums.get(unit) ?? 0n) + amount);
  return [...sums].map(([unit, amount]) => ({ unit, amount })).sort((a, b) => (a.unit < b.unit ? -1 : 1));
}

/** Adds up per unit; the interval of a sum is as wide as the root of the squares of its parts. */
function totalsOf(rows: readonly BoardRow[]): BoardTotal[] {
  const read = rows.flatMap((row) => row.numbers ?? []);
  const units = new Set(read.flatMap((n) => [...(n.outstanding ?? []), ...(n.granted30 ?? [])].map((entry) => entry.unit)));
  for (const { profit } of read) if (profit?.estimate) units.add(profit.unit);
  const sum = (pick: (n: Numbers) => Amount[] | null, unit: string): bigint =>
    read.flatMap((n) => pick(n) ?? []).reduce((total, entry) => (entry.unit === unit ? total + entry.amount : total), 0n);
  return [...units].sort().map((unit) => {
    const estimates = read.flatMap(({ profit }) => (profit?.unit === unit && profit.estimate ? [profit.estimate] : []));
    const value = estimates.reduce((total, e) => total + e.value, 0n);
    const half = BigInt(Math.round(Math.sqrt(estimates.reduce((total, e) => total + (Number(e.high - e.low) / 2) ** 2, 0))));
    return {
      unit,
      outstanding: sum((n) => n.outstanding, unit),
      granted30: sum((n) => n.granted30, unit),
      redeemed30: sum((n) => n.redeemed30, unit),
      lapsing30: sum((n) => n.lapsing30, unit),
      profit: estimates.length === 0 ? null : { value, low: value - half, high: value + half },
    };
  });
}
