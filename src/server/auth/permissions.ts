/**
 * Roles and permissions (domain.md 5.1). Pure: shared by the guard, the navigation and the table-driven test.
 * What is not listed for a role is denied.
 */
export const PERMISSIONS = [
  "shop.read",
  "report.read",
  "customer.list",
  "customer.read",
  "customer.pii",
  "customer.export",
  "customer.erase",
  "import.read",
  "import.write",
  "segment.read",
  "segment.write",
  "campaign.read",
  "campaign.write",
  "campaign.approve",
  "campaign.recall",
  "message.read",
  "message.write",
  "credit.manual",
  "credit.manage",
  "ledger.read",
  "ledger.export",
  "job.read",
  "job.manage",
  "member.read",
  "member.manage",
  "apikey.read",
  "apikey.manage",
  "agency.manage",
  "audit.read",
  "shop.manage",
  "org.manage",
  "org.delete",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ["owner", "admin", "marketer", "analyst", "support", "finance"] as const;
export type Role = (typeof ROLES)[number];

const grants = (...permissions: Permission[]): ReadonlySet<Permission> => new Set(permissions);

export const ROLE_PERMISSIONS: Record<Role, ReadonlySet<Permission>> = {
  owner: new Set(PERMISSIONS),
  // People, agencies and the books' export are the owner's (domain.md 5.1: of "members, keys, secrets" an admin has the keys).
  admin: new Set(PERMISSIONS.filter((p) => !["org.delete", "ledger.export", "agency.manage", "member.manage"].includes(p))),
  marketer: grants(
    "shop.read",
    "report.read",
    "customer.list",
    "customer.read",
    "import.read",
    "import.write",
    "segment.read",
    "segment.write",
    "campaign.read",
    "campaign.write",
    "message.read",
    "message.write",
    "ledger.read",
  ),
  // Aggregates only: no list and no page of a single customer.
  analyst: grants("shop.read", "report.read", "segment.read", "campaign.read", "ledger.read"),
  // One customer at a time: found by exact search, never browsed or exported.
  support: grants("shop.read", "customer.read", "customer.pii", "message.read", "credit.manual"),
  finance: grants(
    "shop.read",
    "report.read",
    "campaign.read",
    "campaign.approve",
    "campaign.recall",
    "credit.manual",
    "credit.manage",
    "ledger.read",
    "ledger.export",
    "audit.read",
  ),
};

/** What an agency may never do for a client, whatever its grant says: approve, recall, or manage people and keys (domain.md 5.1). */
const NEVER_FOR_AGENCIES: ReadonlySet<Permission> = new Set([
  "campaign.approve",
  "campaign.recall",
  "credit.manual",
  "credit.manage",
  "customer.export",
  "customer.erase",
  "ledger.export",
  "member.read",
  "member.manage",
  "apikey.read",
  "apikey.manage",
  "agency.manage",
  "audit.read",
  "job.manage",
  "org.manage",
  "org.delete",
]);

/** What concerns all shops of an organisation; someone who is limited to some of them does not have it, whatever the role. */
const ORGANISATION_WIDE: ReadonlySet<Permission> = new Set([
  "member.read",
  "member.manage",
  "agency.manage",
  "audit.read",
  "org.manage",
  "org.delete",
]);

/** The permissions of a role, narrowed when the person acts through an agency's grant or in some shops only. */
export function permissionsOf(role: Role, viaAgency: boolean, allShops = true): ReadonlySet<Permission> {
  const denied = (p: Permission) => (viaAgency && NEVER_FOR_AGENCIES.has(p)) || (!allShops && ORGANISATION_WIDE.has(p));
  return new Set([...ROLE_PERMISSIONS[role]].filter((p) => !denied(p)));
}

/** Scopes of API keys. A key is bound to one shop; scopes say which REST resources it may touch. */
export const API_SCOPES = [
  "customers:read",
  "customers:write",
  // Erasing a person cannot be undone, so that writing does not include it.
  "customers:erase",
  "orders:write",
  "products:write",
  "events:write",
  "imports:write",
  "segments:read",
  "segments:write",
  "campaigns:read",
  "campaigns:write",
  // Approve and recall, as the person who made the key; who may not do it in the app may not by key.
  "campaigns:approve",
  "credit:read",
  "credit:write",
  "ledger:read",
  "budgets:write",
  "scores:read",
] as const;

export type ApiScope = (typeof API_SCOPES)[number];
