import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "@/server/audit/list-audit";
import { createUser } from "@/server/auth/create-user";
import { openSession, resolveSession } from "@/server/auth/session";
import { withoutTenant } from "@/server/db";
import { acceptInvitation, viewInvitation } from "./accept-invitation";
import { accessToOrganisation, accessToShop } from "./access";
import { createAgency, getAgency, inviteToAgency, removeAgencyMember } from "./agencies";
import { grantAgencyAccess, listAgencyGrants, revokeAgencyAccess } from "./agency-grants";
import { createShop } from "./create-shop";
import { invite, revokeInvitation } from "./invitations";
import { listMembers } from "./list-members";
import { changeRole, createMembership, removeMember } from "./memberships";
import { reachOf } from "./reach";
import { updateShop } from "./update-shop";
import { type TestTenant, testMembers, testPerson, testSignIn, testTenant } from "./world.testing";

let tenant: TestTenant;
let other: TestTenant;
const ACCOUNT = { name: "Nele", password: "vier Worte im Nebel", locale: "de" as const };
const SHOP = { name: "Zwei", currency: "CHF", timeZone: "Europe/Zurich", country: "CH", locale: "de" as const };

beforeEach(async () => {
  [tenant, other] = [await testTenant("People"), await testTenant("Others")];
});

describe("invitations", () => {
  it("make a member once, by a link that is stored as a hash", async () => {
    const { token } = await invite(tenant.org, { email: "Nele@Example.com", role: "marketer", shopIds: null });
    expect(await viewInvitation(token)).toMatchObject({ email: "Nele@Example.com", role: "marketer", from: "People", account: false });
    const stored = await withoutTenant(({ trx }) => trx.selectFrom("invitation").selectAll().execute());
    expect(stored).toEqual([]);
    const twice = await Promise.allSettled([
      acceptInvitation(null, { token, account: ACCOUNT }),
      acceptInvitation(null, { token, account: ACCOUNT }),
    ]);
    expect(twice.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(viewInvitation(token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
    const { members, invitations } = await listMembers(tenant.org);
    expect(members.map(({ name, role }) => [name, role])).toContainEqual(["Nele", "marketer"]);
    expect(invitations).toEqual([]);
    expect((await listAudit(tenant.org, {})).items[0]).toMatchObject({ action: "invitation.accepted", actorLabel: "Nele" });
  });

  it("end when withdrawn, replaced or after seven days", async () => {
    const first = await invite(tenant.org, { email: "a@example.com", role: "analyst", shopIds: null });
    const second = await invite(tenant.org, { email: "A@example.com", role: "support", shopIds: null });
    await expect(viewInvitation(first.token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
    await expect(revokeInvitation(other.org, second.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await revokeInvitation(tenant.org, second.id);
    await expect(acceptInvitation(null, { token: second.token, account: ACCOUNT })).rejects.toMatchObject({ code: "INVITATION_INVALID" });
    const third = await invite(tenant.org, { email: "a@example.com", role: "support", shopIds: null });
    const { setTestClock, databaseNow } = await import("@/server/clock");
    await setTestClock(new Date((await databaseNow()).getTime() + 7 * 86_400_000 + 1_000));
    await expect(viewInvitation(third.token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
    await setTestClock(null);
  });

  it("of an existing account are accepted only by that account", async () => {
    const email = `known-${crypto.randomUUID()}@example.com`;
    const { id } = await createUser({ email, name: "Known", password: null });
    const { token } = await invite(tenant.org, { email, role: "finance", shopIds: [tenant.shopId] });
    expect((await viewInvitation(token)).account).toBe(true);
    await expect(acceptInvitation(null, { token, account: ACCOUNT })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const stranger = await testSignIn(await testPerson("Stranger"));
    await expect(acceptInvitation(stranger, { token })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await acceptInvitation(await testSignIn(id), { token });
    expect(await accessToShop(id, tenant.shopId)).toMatchObject({ role: "finance", shopIds: [tenant.shopId] });
    await expect(invite(tenant.org, { email, role: "admin", shopIds: null })).rejects.toMatchObject({ code: "ALREADY_MEMBER" });
  });

  it("with a weak password change nothing", async () => {
    const { token } = await invite(tenant.org, { email: `w-${crypto.randomUUID()}@example.com`, role: "support", shopIds: null });
    await expect(acceptInvitation(null, { token, account: { ...ACCOUNT, password: "1234567890" } })).rejects.toMatchObject({
      code: "WEAK_PASSWORD",
    });
    expect((await viewInvitation(token)).account).toBe(false);
  });

  it.each(["", "x", "a".repeat(43)])("answer %j like any unknown link", async (token) => {
    await expect(viewInvitation(token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
  });
});

describe("roles", () => {
  it("change at once and end the person's sessions", async () => {
    const people = await testMembers(tenant);
    const token = await openSession(people.marketer, { ip: null, userAgent: null });
    const member = (await listMembers(tenant.org)).members.find(({ userId }) => userId === people.marketer);
    await changeRole(tenant.org, { membershipId: member?.id ?? "", role: "analyst", shopIds: null });
    expect(await resolveSession(token)).toBeNull();
    expect((await accessToShop(people.marketer, tenant.shopId)).permissions.has("segment.write")).toBe(false);
    await removeMember(tenant.org, member?.id ?? "");
    await expect(accessToOrganisation(people.marketer, tenant.orgId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("keep the last owner, also when two owners remove each other at once", async () => {
    const [only] = (await listMembers(tenant.org)).members;
    await expect(removeMember(tenant.org, only?.id ?? "")).rejects.toMatchObject({ code: "LAST_OWNER" });
    await expect(changeRole(tenant.org, { membershipId: only?.id ?? "", role: "admin", shopIds: null })).rejects.toMatchObject({
      code: "LAST_OWNER",
    });
    await createMembership(tenant.org, { userId: await testPerson("Second"), role: "owner", shopIds: null });
    const owners = (await listMembers(tenant.org)).members;
    expect(owners).toHaveLength(2);
    const results = await Promise.allSettled(owners.map(({ id }) => removeMember(tenant.org, id)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await listMembers(tenant.org)).members).toHaveLength(1);
  });

  it("of some shops reach neither the others nor what concerns all", async () => {
    const second = await createShop(tenant.org, SHOP);
    const person = await testPerson("Limited");
    await createMembership(tenant.org, { userId: person, role: "admin", shopIds: [second.id] });
    expect((await reachOf(person)).shops.map(({ id }) => id)).toEqual([second.id]);
    await expect(accessToShop(person, tenant.shopId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const access = await accessToShop(person, second.id);
    expect([access.permissions.has("shop.manage"), access.permissions.has("audit.read"), access.permissions.has("org.manage")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("cannot be given for a foreign shop", async () => {
    const userId = await testPerson("Foreign");
    for (const work of [
      () => createMembership(tenant.org, { userId, role: "support", shopIds: [other.shopId] }),
      () => invite(tenant.org, { email: "f@example.com", role: "support", shopIds: [other.shopId] }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

describe("agencies", () => {
  it("see an organisation by its grant only, narrowed, until it is revoked or over", async () => {
    const userId = await testPerson("Agent");
    const { id: agencyId } = await createAgency(userId, { name: "Agency" });
    await expect(accessToShop(userId, tenant.shopId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const first = await grantAgencyAccess(tenant.org, { agencyId, maxRole: "admin", shopIds: null, expiresAt: null });
    const access = await accessToShop(userId, tenant.shopId);
    expect(access).toMatchObject({ agencyId, role: "admin" });
    for (const denied of ["campaign.approve", "member.read", "apikey.manage", "audit.read", "customer.export", "credit.manual"] as const) {
      expect(access.permissions.has(denied), denied).toBe(false);
    }
    // A second grant replaces the first.
    await grantAgencyAccess(tenant.org, { agencyId, maxRole: "analyst", shopIds: null, expiresAt: new Date(Date.now() + 3_600_000) });
    expect((await accessToShop(userId, tenant.shopId)).role).toBe("analyst");
    await expect(revokeAgencyAccess(tenant.org, first.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const { setTestClock, databaseNow } = await import("@/server/clock");
    await setTestClock(new Date((await databaseNow()).getTime() + 3_700_000));
    await expect(accessToShop(userId, tenant.shopId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await reachOf(userId)).shops).toEqual([]);
    await setTestClock(null);
    const [grant] = await listAgencyGrants(tenant.org);
    await expect(revokeAgencyAccess(other.org, grant?.id ?? "")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await revokeAgencyAccess(tenant.org, grant?.id ?? "");
    await expect(accessToShop(userId, tenant.shopId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("take in colleagues by invitation and keep one who leads", async () => {
    const lead = await testPerson("Lead");
    const { id: agencyId } = await createAgency(lead, { name: "Agency" });
    const email = `c-${crypto.randomUUID()}@example.com`;
    const { token } = await inviteToAgency(lead, { agencyId, email, role: "member" });
    expect(await viewInvitation(token)).toMatchObject({ kind: "agency", from: "Agency" });
    await acceptInvitation(null, { token, account: ACCOUNT });
    const colleague = (await getAgency(lead, agencyId)).members.find((member) => member.email === email)?.userId ?? "";
    await expect(inviteToAgency(colleague, { agencyId, email: "x@example.com", role: "admin" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(removeAgencyMember(colleague, { agencyId, userId: lead })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(removeAgencyMember(lead, { agencyId, userId: lead })).rejects.toMatchObject({ code: "LAST_OWNER" });
    await expect(getAgency(await testPerson("Nobody"), agencyId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await removeAgencyMember(colleague, { agencyId, userId: colleague });
    await expect(getAgency(colleague, agencyId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("do not hide the membership of someone who is both", async () => {
    const { id: agencyId } = await createAgency(tenant.ownerId, { name: "Own agency" });
    await grantAgencyAccess(tenant.org, { agencyId, maxRole: "support", shopIds: null, expiresAt: null });
    expect(await accessToShop(tenant.ownerId, tenant.shopId)).toMatchObject({ role: "owner", agencyId: null });
    expect((await reachOf(tenant.ownerId)).shops).toHaveLength(1);
  });
});

describe("a shop", () => {
  it.each([
    ["timeZone", "Europe/Atlantis"],
    ["timeZone", "+02:00"],
    ["country", "XX"],
    ["currency", "EURO"],
    ["currency", "AAA"],
    ["name", "  "],
  ])("refuses %s %j", async (field, value) => {
    await expect(createShop(tenant.org, { ...SHOP, [field]: value })).rejects.toMatchObject({ code: "VALIDATION" });
  });

  it("keeps its currency once there is an order", async () => {
    await updateShop(tenant.shop, { ...SHOP, currency: "CHF" });
    await updateShop(tenant.shop, { ...SHOP, currency: "EUR" });
    const { withTenant } = await import("@/server/db");
    const { sql } = await import("kysely");
    await withTenant(tenant.shop, ({ trx }) =>
      sql`insert into shop_order (org_id, shop_id, external_id, placed_at, currency, total, status, counts, source)
          values (${tenant.orgId}, ${tenant.shopId}, 'o1', app_now(), 'EUR', 100, 'paid', true, 'test')`.execute(trx),
    );
    await expect(updateShop(tenant.shop, { ...SHOP, currency: "CHF" })).rejects.toMatchObject({ code: "CURRENCY_FIXED" });
    await updateShop(tenant.shop, { ...SHOP, name: "Neuer Name", currency: "EUR" });
    expect((await reachOf(tenant.ownerId)).shops[0]?.name).toBe("Neuer Name");
  });
});
