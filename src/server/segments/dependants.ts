import { sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";

/** A shop has some hundreds of segments at most; a longer chain of names is cut here and refused by readQuery anyway. */
const MAX_DEPENDANTS = 1000;

export type Dependant = { id: string; name: string; query: string; archived: boolean; direct: boolean };

/** Segments that name one of these with in_segment, directly or through another one. */
export async function dependantsOf({ trx }: TenantTrx, shopId: string, ids: readonly string[]): Promise<Dependant[]> {
  const found = new Map<string, Dependant>();
  for (let wanted = [...ids], direct = true; wanted.length > 0 && found.size < MAX_DEPENDANTS; direct = false) {
    const rows = await trx
      .selectFrom("segment")
      .select(["id", "name", "query", "archived_at"])
      .where("shop_id", "=", shopId)
      // Ids stand in the query as they are written in it; no other text of a query has their form by chance.
      .where(sql<boolean>`exists (select from unnest(${wanted}::text[]) w(id) where position(w.id in lower(segment.query)) > 0)`)
      .orderBy("name")
      .limit(MAX_DEPENDANTS)
      .execute();
    const fresh = rows.filter(({ id }) => !found.has(id) && !ids.includes(id));
    for (const { id, name, query, archived_at } of fresh) found.set(id, { id, name, query, archived: archived_at !== null, direct });
    wanted = fresh.map(({ id }) => id);
  }
  return [...found.values()];
}
