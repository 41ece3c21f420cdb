import type { Permission } from "@/server/auth/permissions";
import { maskExternal } from "@/server/customers/list-customers";

/** How much a reader of the books may learn about a customer; the books need a handle, not a person (domain.md 5.1). */
export type Sight = { names: boolean; ids: boolean; full: boolean };

export const sightOf = (permissions: ReadonlySet<Permission>): Sight => ({
  names: permissions.has("customer.read"),
  ids: permissions.has("customer.read") || permissions.has("credit.manual"),
  full: permissions.has("customer.pii"),
});

type CustomerRow = { customerId: string; externalId: string | null; firstName: string | null; lastName: string | null };
export type CustomerHandle = { customerId: string; externalId: string | null; name: string | null };

/** What a row of the books shows of its customer. */
export function handleOf({ customerId, externalId, firstName, lastName }: CustomerRow, sight: Sight): CustomerHandle {
  const id = externalId !== null && !sight.full ? maskExternal(externalId) : externalId;
  const name = [firstName, lastName].filter(Boolean).join(" ");
  return { customerId, externalId: sight.ids ? id : null, name: sight.names && name !== "" ? name : null };
}
