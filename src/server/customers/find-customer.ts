import type { Database } from "@db/schema";
import type { Transaction } from "kysely";

/** The id of the customer the shop calls `externalId`; null when there is none. */
export async function findCustomerByExternalId(trx: Transaction<Database>, shopId: string, externalId: string): Promise<string | null> {
  const row = await trx
    .selectFrom("customer")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("external_id", "=", externalId)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The ids of many customers at once, by external id. Unknown ones are missing from the map. */
export async function findCustomersByExternalId(
  trx: Transaction<Database>,
  shopId: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom("customer")
    .select(["id", "external_id"])
    .where("shop_id", "=", shopId)
    .where("external_id", "in", [...new Set(externalIds)])
    .execute();
  return new Map(rows.map((row) => [row.external_id, row.id]));
}
