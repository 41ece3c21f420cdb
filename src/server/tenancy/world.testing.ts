import { randomUUID } from "node:crypto";
import { ROLES, type Role } from "@/server/auth/permissions";
import { openSession, resolveSession } from "@/server/auth/session";
import { withoutTenant } from "@/server/db";
import type { RequestContext, SignedIn } from "@/server/trpc/context";
import { createAgency } from "./agencies";
import { grantAgencyAccess } from "./agency-grants";
import type { ShopContext, TenantContext } from "./context";
import { createOrganisation } from "./create-organisation";
import { createShop } from "./create-shop";
import { createMembership } from "./memberships";

/** A real tenant for tests, made by the product's own verbs. */
export type TestTenant = { orgId: string; shopId: string; ownerId: string; org: TenantContext; shop: ShopContext };

/** An account without a password: hashing costs a tenth of a second, and most tests do not sign in by password. */
export async function testPerson(name: string): Promise<string> {
  const email = `${name.toLowerCase().replaceAll(/[^a-z]/g, "")}-${randomUUID().slice(0, 8)}@example.com`;
  const person = await withoutTenant(({ trx }) =>
    trx.insertInto("app_user").values({ name, email, email_key: email }).returning("id").executeTakeFirstOrThrow(),
  );
  return person.id;
}

export async function testTenant(name: string, currency = "EUR"): Promise<TestTenant> {
  const ownerId = await testPerson(`Owner ${name}`);
  const { orgId } = await createOrganisation({ userId: ownerId, label: "Owner", requestId: "test" }, { name });
  const org: TenantContext = { orgId, shopId: null, actor: { type: "user", userId: ownerId, label: "Owner" }, requestId: "test" };
  const { id } = await createShop(org, { name: `${name} shop`, currency, timeZone: "Europe/Berlin", country: "DE", locale: "de" });
  return { orgId, shopId: id, ownerId, org, shop: { ...org, shopId: id } };
}

/** One member per role, by role. The owner is the founder. */
export async function testMembers(tenant: TestTenant): Promise<Record<Role, string>> {
  const people: Record<Role, string> = { owner: tenant.ownerId, admin: "", marketer: "", analyst: "", support: "", finance: "" };
  for (const role of ROLES.filter((role) => role !== "owner")) {
    people[role] = await testPerson(role);
    await createMembership(tenant.org, { userId: people[role], role, shopIds: null });
  }
  return people;
}

/** Someone of an agency that the tenant lets in with the given role. */
export async function testAgencyPerson(tenant: TestTenant, maxRole: Exclude<Role, "owner">): Promise<{ userId: string; agencyId: string }> {
  const userId = await testPerson(`Agency ${maxRole}`);
  const { id } = await createAgency(userId, { name: `Agency ${maxRole}` });
  await grantAgencyAccess(tenant.org, { agencyId: id, maxRole, shopIds: null, expiresAt: null });
  return { userId, agencyId: id };
}

/** A signed-in person with a real session row. */
export async function testSignIn(userId: string): Promise<SignedIn> {
  const signedIn = await resolveSession(await openSession(userId, { ip: null, userAgent: "test" }));
  if (!signedIn) throw new Error("the session that was just opened does not resolve");
  return signedIn;
}

export const testRequest = (signedIn: SignedIn | null): RequestContext => ({ signedIn, requestId: "test", ip: "127.0.0.1" });
