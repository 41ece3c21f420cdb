import { sql } from "kysely";
import type { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import { membersInput } from "./inputs";
import { maskEmail } from "./mask-email";
import { findSegment } from "./queries";
import { readQuery } from "./read-query";
import type { SamplePerson, Sight } from "./schema";

type Row = {
  id: string;
  external_id: string;
  name: string;
  email: string | null;
  orders_count: number;
  net_spent: bigint;
  last_order_at: Date | number;
};

/** The members of a saved segment now, by customer id; the cursor is the last id of the page before. */
export async function segmentMembers(
  ctx: ShopContext,
  rawInput: z.input<typeof membersInput>,
  see: Exclude<Sight, "nobody">,
): Promise<{ items: SamplePerson[]; nextCursor: string | null }> {
  const input = parseInput(membersInput, rawInput);
  const rows = await withTenant(ctx, async (handle) => {
    const segment = await findSegment(handle, ctx, input.id);
    const { ast, scope } = await readQuery(handle, ctx.shopId, segment.query);
    const from = membersFrom(ast, scope, { customer: true });
    const result = await sql<Row>`
      select c.id, c.external_id, c.email, m.orders_count, m.net_spent, m.last_order_at,
             coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.external_id) as name
      ${from} and (${input.cursor ?? null}::uuid is null or m.customer_id > ${input.cursor ?? null}::uuid)
      order by m.customer_id limit ${input.limit + 1}`.execute(handle.trx);
    return result.rows;
  });
  const page = rows.slice(0, input.limit);
  return {
    items: page.map((row) => ({
      id: row.id,
      externalId: row.external_id,
      name: row.name,
      email: row.email && see === "masked" ? maskEmail(row.email) : row.email,
      orders: row.orders_count,
      spent: row.net_spent,
      lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
    })),
    nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
  };
}
