import { sql } from "kysely";
import { withTenant, withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import { type Headline, sumOfEstimates } from "@/server/roi/headline";
import type { Estimate, VerdictKind } from "@/server/roi/schema";
import { shopFigures } from "@/server/roi/shop-figures";
import { type Access, factorMissing, toAccess, userActor } from "@/server/tenancy/access";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/** Shops read at the same time: enough to be quick, few enough to leave connections to everyone else. */
const PARALLEL = 4;
const MAX_SHOPS = 500;

/** What the books say of one unit. */
export type BoardCredit = { unit: string; outstanding: bigint; granted30: bigint; redeemed30: bigint; lapsing30: bigint };

type Numbers = {
  /** Of when the figures are. */
  asOf: Date;
  /** Per unit, the shop's currency first; null when the grant does not include the books. */
  credit: BoardCredit[] | null;
  /** Null when the grant does not include campaigns. */
  campaigns: { running: number; waiting: number; drafts: number; approvals: number } | null;
  /** What the programme earned, in the shop's currency; null when the grant does not include reports. */
  profit: BoardProfit | null;
};

export type BoardProfit = {
  unit: string;
  estimate: Estimate | null;
  verdict: VerdictKind;
  /** The year whose holdout gave it; null where campaigns were added up. */
  holdoutYear: number | null;
  campaigns: number;
};

/** One unit over all shops. Amounts of different units are never added. */
export type BoardTotal = BoardCredit & {
  shops: number;
  /** Shops have different people: their variances add. */
  profit: Estimate | null;
  /** Shops with a number in it. */
  measured: number;
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

async function countCampaigns({ trx }: TenantTrx, shopId: string): Promise<NonNullable<Numbers["campaigns"]>> {
  return trx
    .selectFrom("campaign")
    .select([
      sql<number>`(count(*) filter (where status in ('running', 'paused')))::int`.as("running"),
      sql<number>`(count(*) filter (where status = 'scheduled'))::int`.as("waiting"),
      sql<number>`(count(*) filter (where status = 'draft'))::int`.as("drafts"),
      sql<number>`(count(*) filter (where status = 'submitted'))::int`.as("approvals"),
    ])
    .where("shop_id", "=", shopId)
    .executeTakeFirstOrThrow();
}

function profitOf({ unit, holdout, added }: Headline): BoardProfit {
  const estimate = holdout?.profit ?? added.profit;
  return { unit, estimate, verdict: (holdout ?? added).verdict, holdoutYear: holdout?.year ?? null, campaigns: added.campaigns };
}

/**
 * Reads one shop within its own tenant: one organisation per transaction, and only what the grant allows. Its figures are those of the
 * shop's own first page, kept where they are dear, so that a board of many large shops stays quick.
 */
const readShop = (ctx: ShopContext, access: Access): Promise<Numbers> =>
  withTenant(ctx, async (handle) => {
    const may = access.permissions;
    const { figures, at } = await shopFigures(handle, ctx);
    return {
      asOf: at,
      credit: may.has("ledger.read")
        ? figures.units.map(({ unit, outstanding, granted30, redeemed30, lapsing30 }) => ({
            ...{ unit, outstanding, granted30, redeemed30, lapsing30 },
          }))
        : null,
      campaigns: may.has("campaign.read") ? await countCampaigns(handle, ctx.shopId) : null,
      profit: may.has("report.read") ? profitOf(figures.headline) : null,
    };
  });

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
  return { agency, rows, totals: totalsOf(rows) };
}

/** Adds up per unit. A shop that has no credit yet still counts under its currency. */
function totalsOf(rows: readonly BoardRow[]): BoardTotal[] {
  const read = rows.flatMap(({ currency, numbers }) => (numbers ? [{ currency, ...numbers }] : []));
  const units = new Set(read.flatMap(({ currency, credit }) => [currency, ...(credit ?? []).map((entry) => entry.unit)]));
  return [...units].sort().map((unit) => {
    const credit = read.flatMap((row) => row.credit?.find((entry) => entry.unit === unit) ?? []);
    const estimates = read.flatMap(({ profit }) => (profit?.unit === unit && profit.estimate ? [profit.estimate] : []));
    const sum = (key: Exclude<keyof BoardCredit, "unit">): bigint => credit.reduce((total, entry) => total + entry[key], 0n);
    return {
      unit,
      shops: read.filter((row) => row.currency === unit || row.credit?.some((entry) => entry.unit === unit)).length,
      ...{ outstanding: sum("outstanding"), granted30: sum("granted30"), redeemed30: sum("redeemed30"), lapsing30: sum("lapsing30") },
      ...{ profit: sumOfEstimates(estimates), measured: estimates.length },
    };
  });
}
