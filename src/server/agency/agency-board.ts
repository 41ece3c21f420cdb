import { sql } from "kysely";
import { withTenant, withUser } from "@/server/db";
import { AppError } from "@/server/errors";
import { liability } from "@/server/ledger/liability";
import { type Access, factorMissing, toAccess, userActor } from "@/server/tenancy/access";
import type { ShopContext } from "@/server/tenancy/context";

/** Shops read at the same time: enough to be quick, few enough to leave connections to everyone else. */
const PARALLEL = 4;
const MAX_SHOPS = 500;

type Numbers = {
  /** Per unit; null when the grant does not include the books. */
  outstanding: { unit: string; amount: bigint }[] | null;
  /** Null when the grant does not include campaigns. */
  campaigns: { running: number; waiting: number; drafts: number } | null;
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

/** Reads one shop within its own tenant: one organisation per transaction, and only what the grant allows. */
async function readShop(ctx: ShopContext, access: Access): Promise<Numbers> {
  const owed = access.permissions.has("ledger.read") ? await liability(ctx) : null;
  return {
    outstanding: owed?.map(({ unit, outstanding }) => ({ unit, amount: outstanding })) ?? null,
    campaigns: access.permissions.has("campaign.read") ? await countCampaigns(ctx) : null,
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
  return { agency, rows, outstanding: sumByUnit(rows) };
}

function sumByUnit(rows: readonly BoardRow[]): AgencyBoard["outstanding"] {
  const sums = new Map<string, bigint>();
  for (const { unit, amount } of rows.flatMap((row) => row.numbers?.outstanding ?? [])) sums.set(unit, (sums.get(unit) ?? 0n) + amount);
  return [...sums].map(([unit, amount]) => ({ unit, amount })).sort((a, b) => (a.unit < b.unit ? -1 : 1));
}
