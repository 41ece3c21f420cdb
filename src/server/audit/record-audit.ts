import { createHash } from "node:crypto";
import type { Database } from "@db/schema";
import type { Transaction } from "kysely";
import type { TenantContext } from "@/server/tenancy/context";
import { canonicalJson, type Json } from "./canonical-json";

export type AuditEntry = {
  /** `entity.pastTense`, such as `campaign.launched`; a translation key in the audit page. */
  action: string;
  entity: string;
  entityId: string | null;
  /** The state before the change. Only its hash is stored: it proves a claimed former state without keeping it. */
  before?: Record<string, Json>;
  /** The state after the change, without personal data: customers are named by UUID only, so that erasure never touches the chain. */
  after?: Record<string, Json>;
};

/** Writes one audit entry in the transaction of the change it tells about: both happen, or neither. */
export async function recordAudit(trx: Transaction<Database>, ctx: TenantContext, entry: AuditEntry): Promise<void> {
  const { actor } = ctx;
  await trx
    .insertInto("audit")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      actor_type: actor.type,
      actor_id: actor.type === "user" ? actor.userId : actor.type === "apiKey" ? actor.keyId : null,
      actor_label: actor.label,
      agency_id: actor.type === "user" ? (actor.agencyId ?? null) : null,
      action: entry.action,
      entity: entry.entity,
      entity_id: entry.entityId,
      before_hash: entry.before ? createHash("sha256").update(canonicalJson(entry.before)).digest("hex") : null,
      after: canonicalJson(entry.after ?? {}),
      request_id: ctx.requestId,
    })
    .execute();
}
