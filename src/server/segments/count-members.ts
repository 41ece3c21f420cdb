import { sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import { maskEmail } from "./mask-email";
import type { Ast, Preview, SamplePerson, Sight } from "./schema";
import type { Scope } from "./semantics";

type Counted = Pick<Preview, "count" | "reach" | "sample">;

/** Candidates for the sample that one count is expected to bring along. */
const CANDIDATES = 400;
const HASHES = 2 ** 31;

/**
 * How many people a query means, how many of them can be reached, and some of them, in one pass that PostgreSQL can share among its
 * workers. The sample is those with the smallest hashes: the same for the same people, whoever asks. Sorting everyone by hash would cost
 * more than counting, so the pass keeps only people below a border, set by the planner's estimate; where the estimate was far too high,
 * a second pass without a border follows.
 */
export async function countMembers({ trx }: TenantTrx, ast: Ast, scope: Scope, size: number, see: Sight): Promise<Counted> {
  const estimate = size === 0 ? 0 : await estimateMembers({ trx }, ast, scope);
  let border = size === 0 ? 0 : Math.min(HASHES, Math.ceil((HASHES / Math.max(estimate, 1)) * CANDIDATES));
  for (;;) {
    const { count, email, sms, ids } = await pass({ trx }, ast, scope, border);
    const enough = ids.length >= Math.min(size, count) || border === HASHES;
    if (enough || size === 0) {
      const push = count === 0 ? 0 : await countPush({ trx }, ast, scope);
      return { count, reach: { email, sms, push }, sample: await loadSample({ trx }, scope, ids, size, see) };
    }
    border = HASHES;
  }
}

type Trx = Pick<TenantTrx, "trx">;
type Pass = { count: number; email: number; sms: number; ids: string[] };

async function pass({ trx }: Trx, ast: Ast, scope: Scope, border: number): Promise<Pass> {
  const ids = border === 0 ? sql`null::uuid[]` : sql`array_agg(m.customer_id) filter (where ${hash} < ${border}::bigint)`;
  const result = await sql<{ count: bigint; email: bigint; sms: bigint; ids: string[] | null }>`
    select count(*) as count, count(*) filter (where m.email_reach) as email, count(*) filter (where m.sms_reach) as sms, ${ids} as ids
    ${membersFrom(ast, scope)}`.execute(trx);
  const [row] = result.rows;
  return { count: Number(row?.count ?? 0n), email: Number(row?.email ?? 0n), sms: Number(row?.sms ?? 0n), ids: row?.ids ?? [] };
}

/** Asked from the subscriptions, which few people have. */
async function countPush({ trx }: Trx, ast: Ast, scope: Scope): Promise<number> {
  const result = await sql<{ n: bigint }>`
    select count(*) as n ${membersFrom(ast, scope)}
      and m.customer_id = any(array(select distinct p.customer_id from push_subscription p where p.shop_id = ${scope.shopId} and p.gone_at is null))`.execute(
    trx,
  );
  return Number(result.rows[0]?.n ?? 0n);
}

/** Spreads people evenly over 0 … 2^31-1, the same on every machine. */
const hash = sql`(uuid_hash(m.customer_id)::bigint & 2147483647)`;

/** How many rows the planner expects; wrong guesses cost time only. */
async function estimateMembers({ trx }: Trx, ast: Ast, scope: Scope): Promise<number> {
  const result = await sql<{ "QUERY PLAN": { Plan: { "Plan Rows": number } }[] }>`
    explain (format json) select m.customer_id ${membersFrom(ast, scope)}`.execute(trx);
  return result.rows[0]?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0;
}

type SampleRow = {
  id: string;
  external_id: string;
  name: string;
  email: string | null;
  orders_count: number;
  net_spent: bigint;
  last_order_at: Date | number;
};

/** The people with the smallest hashes among `ids`. */
export async function loadSample({ trx }: Trx, scope: Scope, ids: readonly string[], size: number, see: Sight): Promise<SamplePerson[]> {
  if (size === 0 || ids.length === 0) return [];
  const result = await sql<SampleRow>`
    select c.id, c.external_id, c.email, m.orders_count, m.net_spent, m.last_order_at,
           coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.external_id) as name
    from (select i.id from unnest(${[...ids]}::uuid[]) i(id) order by uuid_hash(i.id)::bigint & 2147483647, i.id limit ${size}::integer) few
      join customer c on c.shop_id = ${scope.shopId} and c.id = few.id
      join customer_metrics m on m.shop_id = c.shop_id and m.customer_id = c.id
    order by uuid_hash(c.id)::bigint & 2147483647, c.id`.execute(trx);
  return result.rows.map((row) => toPerson(row, see));
}

const toPerson = (row: SampleRow, see: Sight): SamplePerson => ({
  id: row.id,
  externalId: row.external_id,
  name: row.name,
  email: row.email && see !== "full" ? maskEmail(row.email) : row.email,
  orders: row.orders_count,
  spent: row.net_spent,
  lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
});
