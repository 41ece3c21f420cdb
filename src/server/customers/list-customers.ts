import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { emailKey } from "./email-key";
import { type CustomerRow, type CustomerSort, type ListCustomersInput, listCustomersInput, maskEmail } from "./schema";
import { searchFilter } from "./search-filter";

export type CustomerPage = { rows: CustomerRow[]; nextCursor: string | null; total: number | null };

const SORTS: Record<CustomerSort, { column: string; cast: string; direction: "asc" | "desc" }> = {
  newest: { column: "c.added_at", cast: "timestamptz", direction: "desc" },
  name: { column: "coalesce(c.last_key, c.first_key, c.email_key, c.external_id)", cast: "text", direction: "asc" },
  lastOrder: { column: "m.last_order_at", cast: "timestamptz", direction: "desc" },
  spent: { column: "m.net_spent", cast: "bigint", direction: "desc" },
  orders: { column: "m.orders_count", cast: "int", direction: "desc" },
};

/** Above this the total is not counted: it would cost more than the page. */
const COUNT_LIMIT = 100_000;

type Cursor = { value: string; id: string };

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify([cursor.value, cursor.id])).toString("base64url");

function decodeCursor(text: string): Cursor {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(parsed) && typeof parsed[0] === "string" && typeof parsed[1] === "string") return { value: parsed[0], id: parsed[1] };
  } catch (cause) {
    throw new AppError("VALIDATION", { fields: "cursor" }, { cause });
  }
  throw new AppError("VALIDATION", { fields: "cursor" });
}

/** A page of customers. With `masked`, addresses leave the server shortened (domain.md 5.1). */
export async function listCustomers(ctx: ShopContext, raw: ListCustomersInput, options: { masked?: boolean } = {}): Promise<CustomerPage> {
  const input = parseInput(listCustomersInput, raw);
  const sort = SORTS[input.sort];
  const key = sql.raw(sort.column);
  const after = input.cursor ? decodeCursor(input.cursor) : null;
  return withTenant(ctx, async ({ trx }) => {
    const base = trx
      .selectFrom("customer as c")
      .where("c.shop_id", "=", ctx.shopId)
      .where("c.erased_at", "is", null)
      .$if(input.search !== "", (query) => query.where((eb) => searchFilter(eb, input.search)));
    const rows = await base
      .innerJoin("customer_metrics as m", (join) => join.onRef("m.shop_id", "=", "c.shop_id").onRef("m.customer_id", "=", "c.id"))
      .select(["c.id", "c.external_id", "c.email", "c.first_name", "c.last_name", "c.country", "c.email_consent", "c.added_at"])
      .select(["m.orders_count", "m.net_spent", "m.last_order_at", sql<string>`(${key})::text`.as("sort_key")])
      .$if(after !== null, (query) => {
        const [operator, cast] = [sql.raw(sort.direction === "desc" ? "<" : ">"), sql.raw(sort.cast)];
        return query.where(sql<boolean>`(${key}, c.id) ${operator} (${after?.value}::${cast}, ${after?.id}::uuid)`);
      })
      .orderBy(sql`${key}`, sort.direction)
      .orderBy("c.id", sort.direction)
      .limit(input.limit + 1)
      .execute();
    const page = rows.slice(0, input.limit);
    const last = page.at(-1);
    const total = after
      ? null
      : await trx
          .selectFrom(
            base
              .select("c.id")
              .limit(COUNT_LIMIT + 1)
              .as("counted"),
          )
          .select((eb) => eb.fn.countAll().as("count"))
          .executeTakeFirstOrThrow();
    return {
      rows: page.map((row) => ({
        id: row.id,
        externalId: options.masked ? maskExternal(row.external_id) : row.external_id,
        email: row.email && options.masked ? maskEmail(row.email) : row.email,
        firstName: row.first_name,
        lastName: row.last_name,
        country: row.country,
        emailConsent: row.email_consent,
        addedAt: row.added_at,
        ordersCount: row.orders_count,
        netSpent: row.net_spent,
        lastOrderAt: row.last_order_at instanceof Date ? row.last_order_at : null,
      })),
      nextCursor: rows.length > input.limit && last ? encodeCursor({ value: last.sort_key, id: last.id }) : null,
      total: total ? Number(total.count) : null,
    };
  });
}

/** Where a file knows people by address only, the id is the address and is masked like one. */
export const maskExternal = (externalId: string): string =>
  externalId.startsWith("email:") ? `email:${maskEmail(externalId.slice(6))}` : externalId;

/** The one customer with exactly this address or id; null when there is none, or more than one. */
export function findOne(ctx: ShopContext, term: string): Promise<{ id: string } | null> {
  return withTenant(ctx, async ({ trx }) => {
    const key = emailKey(term);
    const rows = await trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("erased_at", "is", null)
      .where((eb) => (key ? eb.or([eb("email_key", "=", key), eb("external_id", "=", term)]) : eb("external_id", "=", term)))
      .limit(2)
      .execute();
    return rows.length === 1 && rows[0] ? { id: rows[0].id } : null;
  });
}
