import { type RawBuilder, sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import { memberIds } from "./compile";
import { maskEmail } from "./mask-email";
import type { Ast, Preview, SamplePerson, Sight } from "./schema";
import type { Scope } from "./semantics";

type Counted = Pick<Preview, "count" | "sample">;

/** Candidates for the sample that one count is expected to bring along. */
const CANDIDATES = 400;
const HASHES = 2 ** 31;
/** Below this many customers the ids of all members are cheaper than a question to the planner. */
export const SMALL_SHOP = 50_000;

/** `shopSize`: about how many customers there are. */
export type Circumstances = { size: number; see: Sight; shopSize: number };

/**
 * How many people a query means, and some of them, in one pass that PostgreSQL can share among its workers. The sample is those with the
 * smallest hashes: the same for the same people, whoever asks. Sorting everyone by hash would cost more than counting, so the pass keeps
 * only people below a border, set by the planner's estimate; where the estimate was far too high, a second pass without a border follows.
 */
export async function countMembers({ trx }: Trx, ast: Ast, scope: Scope, { size, see, shopSize }: Circumstances): Promise<Counted> {
  const estimate = size === 0 || shopSize < SMALL_SHOP ? 1 : await estimateMembers({ trx }, ast, scope);
  const border = size === 0 ? 0 : Math.min(HASHES, Math.ceil((HASHES / Math.max(estimate, 1)) * CANDIDATES));
  const first = await pass({ trx }, ast, scope, { border, size, see });
  const enough = size === 0 || border === HASHES || first.candidates >= Math.min(size, first.count);
  const { count, sample } = enough ? first : await pass({ trx }, ast, scope, { border: HASHES, size, see });
  return { count, sample };
}

type Trx = Pick<TenantTrx, "trx">;
type Pass = { count: number; candidates: number; sample: SamplePerson[] };
type PassRow = { count: bigint; candidates: number | null } & { [K in keyof SampleRow]: SampleRow[K] | null };

async function pass(
  { trx }: Trx,
  ast: Ast,
  scope: Scope,
  { border, size, see }: { border: number; size: number; see: Sight },
): Promise<Pass> {
  const ids = border === 0 ? sql`null::uuid[]` : sql`array_agg(m.customer_id) filter (where ${hash} < ${border}::bigint)`;
  const result = await sql<PassRow>`
    with counted as materialized (
      select count(*) as count, ${ids} as ids ${memberIds(ast, scope)})
    select n.count, cardinality(n.ids) as candidates, p.*
    from counted n left join lateral (${sampleOf(sql`n.ids`, scope, size)}) p on true`.execute(trx);
  const [row] = result.rows;
  const people = result.rows.flatMap(({ id, external_id, name, orders_count, net_spent, last_order_at, email_address }) =>
    id === null || external_id === null || name === null || orders_count === null || net_spent === null || last_order_at === null
      ? []
      : [toPerson({ id, external_id, name, orders_count, net_spent, last_order_at, email_address }, see)],
  );
  return {
    count: Number(row?.count ?? 0n),
    candidates: row?.candidates ?? 0,
    sample: people,
  };
}

/** Spreads people evenly over 0 … 2^31-1, the same on every machine. */
const hash = sql`(uuid_hash(m.customer_id)::bigint & 2147483647)`;

/** How many rows the planner expects; wrong guesses cost time only. */
async function estimateMembers({ trx }: Trx, ast: Ast, scope: Scope): Promise<number> {
  const result = await sql<{ "QUERY PLAN": { Plan: { "Plan Rows": number } }[] }>`
    explain (format json) select m.customer_id ${memberIds(ast, scope)}`.execute(trx);
  return result.rows[0]?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0;
}

type SampleRow = {
  id: string;
  external_id: string;
  name: string;
  email_address: string | null;
  orders_count: number;
  net_spent: bigint;
  last_order_at: Date | number;
};

const sampleOf = (ids: RawBuilder<unknown>, scope: Scope, size: number): RawBuilder<unknown> => sql`
  select c.id, c.external_id, c.email as email_address, m.orders_count, m.net_spent, m.last_order_at,
         coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.external_id) as name
  from (select i.id from unnest(${ids}) i(id) order by uuid_hash(i.id)::bigint & 2147483647, i.id limit ${size}::integer) few
    join customer c on c.shop_id = ${scope.shopId} and c.id = few.id
    join customer_metrics m on m.shop_id = ${scope.shopId} and m.customer_id = few.id
  order by uuid_hash(c.id)::bigint & 2147483647, c.id`;

/** The people with the smallest hashes among `ids`. */
export async function loadSample({ trx }: Trx, scope: Scope, ids: readonly string[], size: number, see: Sight): Promise<SamplePerson[]> {
  if (size === 0 || ids.length === 0) return [];
  const result = await sql<SampleRow>`${sampleOf(sql`${[...ids]}::uuid[]`, scope, size)}`.execute(trx);
  return result.rows.map((row) => toPerson(row, see));
}

const toPerson = (row: SampleRow, see: Sight): SamplePerson => ({
  id: row.id,
  externalId: row.external_id,
  name: row.name,
  email: row.email_address && see !== "full" ? maskEmail(row.email_address) : row.email_address,
  orders: row.orders_count,
  spent: row.net_spent,
  lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
});
