import { createHash, randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { z } from "zod";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import { maskEmail } from "./mask-email";
import { parseOrThrow, scopeOf } from "./queries";
import { type Ast, type Preview, previewInput, type SamplePerson, type Sight } from "./schema";
import type { Scope } from "./semantics";

/** A count that takes longer than this helps nobody who is typing. */
const TIMEOUT_MS = 20_000;

/**
 * How many people a query means now, which share of the shop they are, how many of them can be reached, and some of them. Asking again
 * from the same `editor`, or `signal`, cancels the running query in the database.
 */
export async function previewSegment(
  ctx: ShopContext,
  rawInput: z.input<typeof previewInput>,
  options: { see: Sight; signal?: AbortSignal },
): Promise<Preview> {
  const input = parseInput(previewInput, rawInput);
  const ast = parseOrThrow(input.query);
  const token = tokenOf(ctx, input.editor);
  if (input.editor) await cancelPreview(token);
  if (options.signal?.aborted) throw new AppError("SEGMENT_SUPERSEDED");
  const cancel = () => {
    cancelPreview(token).catch((error: unknown) => console.error("segments: a preview could not be cancelled:", error));
  };
  options.signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await withTenant(ctx, async (handle) => {
      await sql`select set_config('application_name', ${`preview ${token}`}, true),
                       set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(handle.trx);
      const scope = await scopeOf(handle, ctx.shopId);
      return count(handle, ast, scope, options.see === "nobody" ? 0 : input.sample, options.see);
    });
  } catch (error) {
    throw cancelled(error) ?? error;
  } finally {
    options.signal?.removeEventListener("abort", cancel);
  }
}

/** Nobody can cancel the query of another person or shop: both are part of the token. */
function tokenOf(ctx: ShopContext, editor: string | undefined): string {
  if (!editor) return randomUUID();
  const who = ctx.actor.type === "user" ? ctx.actor.userId : ctx.actor.type === "apiKey" ? ctx.actor.keyId : "system";
  return createHash("sha256").update(`${ctx.orgId} ${ctx.shopId} ${who} ${editor}`).digest("hex").slice(0, 40);
}

/** Cancels the running preview with this token; the number of statements that were cancelled. */
async function cancelPreview(token: string): Promise<number> {
  const result = await withoutTenant(({ trx }) => sql<{ n: number }>`select cancel_segment_preview(${token}) as n`.execute(trx));
  return result.rows[0]?.n ?? 0;
}

const QUERY_CANCELED = "57014";

function cancelled(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== QUERY_CANCELED) return undefined;
  return new AppError(error.message.includes("timeout") ? "SEGMENT_TOO_SLOW" : "SEGMENT_SUPERSEDED", {}, { cause: error });
}

type Row = { count: bigint; email: bigint; sms: bigint; id: string | null } & SampleRow;
type SampleRow = {
  external_id: string;
  name: string;
  email_address: string | null;
  orders_count: number;
  net_spent: bigint;
  last_order_at: Date | number;
};

async function count({ trx }: TenantTrx, ast: Ast, scope: Scope, size: number, see: Sight): Promise<Preview> {
  // One evaluation of the query answers all three questions. The sample is the same for the same people, whoever asks.
  const result = await sql<Row>`
    with hit as materialized (select m.customer_id, m.orders_count, m.net_spent, m.last_order_at ${membersFrom(ast, scope)}),
    stats as (
      select count(*) as count,
             count(*) filter (where c.email_consent = 'SUBSCRIBED' and c.email is not null) as email,
             count(*) filter (where c.sms_consent = 'SUBSCRIBED' and c.phone is not null) as sms
      from hit join customer c on c.shop_id = ${scope.shopId} and c.id = hit.customer_id
    ),
    some_people as (select * from hit order by hashtextextended(customer_id::text, 0), customer_id limit ${size}::integer)
    select stats.*, c.id, c.external_id, c.email as email_address, p.orders_count, p.net_spent, p.last_order_at,
           coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.external_id) as name
    from stats left join (some_people p join customer c on c.shop_id = ${scope.shopId} and c.id = p.customer_id) on true`.execute(trx);
  const all = await trx
    .selectFrom("customer")
    .select(({ fn }) => fn.countAll<bigint>().as("n"))
    .where("shop_id", "=", scope.shopId)
    .where("erased_at", "is", null)
    .executeTakeFirstOrThrow();
  const [first] = result.rows;
  const [members, total] = [Number(first?.count ?? 0n), Number(all.n)];
  return {
    count: members,
    total,
    share: total === 0 ? 0 : members / total,
    reach: { email: Number(first?.email ?? 0n), sms: Number(first?.sms ?? 0n) },
    sample: result.rows.flatMap((row) => (row.id === null ? [] : [toPerson(row.id, row, see)])),
  };
}

const toPerson = (id: string, row: SampleRow, see: Sight): SamplePerson => ({
  id,
  externalId: row.external_id,
  name: row.name,
  email: row.email_address && see === "masked" ? maskEmail(row.email_address) : row.email_address,
  orders: row.orders_count,
  spent: row.net_spent,
  lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
});
