import { type Expression, type SqlBool, sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import type { AuditFilter } from "./schema";

type Cursor = { at: Date; id: string };

/** Entries of one organisation that pass the filter, newest first. */
export function selectEntries({ trx }: Pick<TenantTrx, "trx">, orgId: string, filter: AuditFilter, cursor: Cursor | null, limit: number) {
  return trx
    .selectFrom("audit as a")
    .leftJoin("audit_chain as c", (join) => join.onRef("c.org_id", "=", "a.org_id").onRef("c.audit_id", "=", "a.id"))
    .leftJoin("shop as s", (join) => join.onRef("s.org_id", "=", "a.org_id").onRef("s.id", "=", "a.shop_id"))
    .select([
      "a.id",
      "a.at",
      "a.actor_type as actorType",
      "a.actor_id as actorId",
      "a.actor_label as actorLabel",
      "a.agency_id as agencyId",
      "a.action",
      "a.entity",
      "a.entity_id as entityId",
      "a.before_hash as beforeHash",
      "a.after",
      "a.request_id as requestId",
      "s.name as shop",
      "c.seq",
      "c.hash",
    ])
    .where("a.org_id", "=", orgId)
    .where((eb) => {
      const all: Expression<SqlBool>[] = [];
      if (filter.actorId) all.push(eb("a.actor_id", "=", filter.actorId));
      if (filter.action) all.push(eb("a.action", "=", filter.action));
      if (filter.entity) all.push(eb("a.entity", "=", filter.entity));
      if (filter.entityId) all.push(eb("a.entity_id", "=", filter.entityId));
      if (filter.from) all.push(eb("a.at", ">=", filter.from));
      if (filter.to) all.push(eb("a.at", "<", filter.to));
      if (filter.onlyShopId) all.push(eb.or([eb("a.shop_id", "is", null), eb("a.shop_id", "=", filter.onlyShopId)]));
      if (cursor) all.push(sql<boolean>`(a.at, a.id) < (${cursor.at}::timestamptz, ${cursor.id}::uuid)`);
      return eb.and(all);
    })
    .orderBy("a.at", "desc")
    .orderBy("a.id", "desc")
    .limit(limit);
}
