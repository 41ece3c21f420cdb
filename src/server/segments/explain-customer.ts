import { sql } from "kysely";
import type { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { evaluate, explain } from "./evaluate";
import { explainInput, findPeopleInput } from "./inputs";
import { loadPeople } from "./people";
import { findSegment } from "./queries";
import { readQuery } from "./read-query";
import type { Explanation } from "./schema";

export type CustomerExplanation = { member: boolean; erased: boolean; explanation: Explanation };

/** Why one person is in or out of a query, clause by clause with the actual values. */
export function explainCustomer(ctx: ShopContext, rawInput: z.input<typeof explainInput>): Promise<CustomerExplanation> {
  const input = parseInput(explainInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { ast, scope } = await readQuery(handle, ctx.shopId, input.query);
    const [person] = await loadPeople(handle.trx, ctx.shopId, [input.customerId]);
    if (!person) throw new AppError("NOT_FOUND");
    return { member: evaluate(ast, person, scope), erased: person.erased, explanation: explain(ast, person, scope) };
  });
}

/** The same for a saved segment and the shop's own customer number, as the API asks it. */
export function explainMember(ctx: ShopContext, segmentId: string, externalId: string): Promise<CustomerExplanation> {
  return withTenant(ctx, async (handle) => {
    const segment = await findSegment(handle, ctx, segmentId);
    const customer = await handle.trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("external_id", "=", externalId)
      .executeTakeFirst();
    if (!customer) throw new AppError("NOT_FOUND");
    return explainCustomer({ ...ctx, trx: handle }, { query: segment.query, customerId: customer.id });
  });
}

const FOUND = 10;

/** People by the beginning of a name, an address or a customer number, to choose whom to explain. */
export async function findPeople(
  ctx: ShopContext,
  rawInput: z.input<typeof findPeopleInput>,
): Promise<{ id: string; name: string; externalId: string }[]> {
  const { search } = parseInput(findPeopleInput, rawInput);
  const prefix = search.normalize("NFC").toLowerCase();
  // Borders of a prefix in the C collation of the indexed columns: every text that begins with it lies between.
  const end = `${prefix}\u{10ffff}`;
  const result = await withTenant(ctx, ({ trx }) =>
    sql<{ id: string; name: string; external_id: string }>`
      select id, external_id, coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), external_id) as name
      from customer
      where shop_id = ${ctx.shopId} and erased_at is null
        and ((last_key >= ${prefix} and last_key < ${end}) or (first_key >= ${prefix} and first_key < ${end})
          or (email_key >= ${prefix} and email_key < ${end})
          or (external_id >= ${search} and external_id < ${`${search}\u{10ffff}`}))
      order by last_key nulls last, id limit ${FOUND}`.execute(trx),
  );
  return result.rows.map(({ id, name, external_id }) => ({ id, name, externalId: external_id }));
}
