import type { Database } from "@db/schema";
import type { Transaction } from "kysely";

/** Who acts. A job, a person and a machine call the same verbs and are audited the same way. */
export type Actor =
  | { type: "user"; userId: string; label: string; agencyId?: string }
  | { type: "apiKey"; keyId: string; label: string }
  | { type: "system"; label: string };

/**
 * The tenant a verb works for. `shopId` null means organisation-wide work (members, audit).
 * With `trx` set, `withTenant` joins that transaction instead of opening one: verbs compose atomically.
 */
export type TenantContext = {
  orgId: string;
  shopId: string | null;
  actor: Actor;
  requestId: string;
  trx?: TenantTrx;
};

/** A tenant context that is bound to one shop. */
export type ShopContext = TenantContext & { shopId: string };

export type TenantTrx = {
  trx: Transaction<Database>;
  /** The database clock at the start of the transaction (test clock included). */
  now: Date;
};

/** The context of a background function. `label` names the function in the audit log. */
export const systemContext = (orgId: string, shopId: string, label: string): ShopContext => ({
  orgId,
  shopId,
  actor: { type: "system", label },
  requestId: crypto.randomUUID(),
});
