import { makeResetLink } from "@db/reset-link";
import pg from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "@/server/audit/list-audit";
import { withoutTenant } from "@/server/db";
import { listMembers } from "@/server/tenancy/list-members";
import { createMembership, removeMember } from "@/server/tenancy/memberships";
import { resetMember } from "@/server/tenancy/reset-member";
import { type TestTenant, testAgencyPerson, testMembers, testSignIn, testTenant } from "@/server/tenancy/world.testing";
import type { SignedIn } from "@/server/trpc/context";
import { changePassword } from "./account";
import { resetPassword, viewReset } from "./reset-password";
import { openSession, resolveSession } from "./session";
import { signInWithPassword } from "./sign-in";

const NEW = "drei neue Wörter am See";
const refused = (code: string) => expect.objectContaining({ code });

let tenant: TestTenant;
let support: SignedIn;
let membershipId: string;
beforeEach(async () => {
  await withoutTenant(({ trx }) => trx.deleteFrom("auth_throttle").execute());
  tenant = await testTenant("Reset");
  const members = await testMembers(tenant);
  support = await testSignIn(members.support);
  membershipId = await membershipOf(members.support);
});

const membershipOf = async (userId: string, org = tenant.org): Promise<string> => {
  return (await listMembers(org)).members.find((member) => member.userId === userId)?.id ?? "";
};
const signIn = (password: string) => signInWithPassword({ email: support.user.email, password, ip: null });

describe("a link for a new password", () => {
  it("opens once, ends every session, and stands in the audit log", async () => {
    const session = await openSession(support.user.id, { ip: null, userAgent: null });
    const { token } = await resetMember(tenant.org, membershipId);
    expect(await viewReset(token)).toEqual({ email: support.user.email });
    expect(await resolveSession(session)).not.toBeNull();
    await resetPassword({ token, password: NEW });
    expect(await signIn(NEW)).toMatchObject({ id: support.user.id });
    expect(await resolveSession(session)).toBeNull();
    await expect(resetPassword({ token, password: "noch drei andere Wörter" })).rejects.toEqual(refused("LINK_INVALID"));
    await expect(viewReset(token)).rejects.toEqual(refused("LINK_INVALID"));
    const { items } = await listAudit(tenant.org, {});
    expect(items.slice(0, 2)).toMatchObject([
      { action: "member.passwordReset", entityId: support.user.id },
      { action: "member.resetLinkMade", entityId: membershipId },
    ]);
  });

  it("of two only the newer one works, until it expires, and a weak password uses nothing up", async () => {
    const first = await resetMember(tenant.org, membershipId);
    const second = await resetMember(tenant.org, membershipId);
    await expect(viewReset(first.token)).rejects.toEqual(refused("LINK_INVALID"));
    await expect(resetPassword({ token: second.token, password: "passwort123" })).rejects.toEqual(refused("WEAK_PASSWORD"));
    expect(await viewReset(second.token)).toEqual({ email: support.user.email });
    await withoutTenant(({ trx }) =>
      trx
        .updateTable("auth_reset")
        .set({ expires_at: new Date(Date.now() - 1_000) })
        .execute(),
    );
    await expect(resetPassword({ token: second.token, password: NEW })).rejects.toEqual(refused("LINK_INVALID"));
  });

  it("is nothing an owner makes for who is elsewhere, too, for a stranger, or for themselves", async () => {
    const other = await testTenant("Elsewhere");
    await expect(resetMember(other.org, membershipId)).rejects.toEqual(refused("NOT_FOUND"));
    const owner = await membershipOf(tenant.ownerId);
    const asOwner = { ...tenant.org, actor: { type: "user" as const, userId: tenant.ownerId, label: "Owner" } };
    await expect(resetMember(asOwner, owner)).rejects.toEqual(refused("FORBIDDEN"));
    // Made before the person joined another organisation: it would open that one, too.
    const { token } = await resetMember(tenant.org, membershipId);
    await createMembership(other.org, { userId: support.user.id, role: "admin", shopIds: null });
    await expect(viewReset(token)).rejects.toEqual(refused("LINK_INVALID"));
    await expect(resetPassword({ token, password: NEW })).rejects.toEqual(refused("LINK_INVALID"));
    await expect(resetMember(tenant.org, membershipId)).rejects.toEqual(refused("MEMBER_ELSEWHERE"));
    const agent = await testAgencyPerson(tenant, "marketer");
    const { id } = await createMembership(tenant.org, { userId: agent.userId, role: "analyst", shopIds: null });
    await expect(resetMember(tenant.org, id)).rejects.toEqual(refused("MEMBER_ELSEWHERE"));
  });

  it("is over when the person knows a password again, and when they are no member any more", async () => {
    const first = await resetMember(tenant.org, membershipId);
    await resetPassword({ token: first.token, password: NEW });
    const second = await resetMember(tenant.org, membershipId);
    await changePassword(await testSignIn(support.user.id), { current: NEW, next: "noch drei andere Wörter" });
    await expect(viewReset(second.token)).rejects.toEqual(refused("LINK_INVALID"));
    const third = await resetMember(tenant.org, membershipId);
    await removeMember(tenant.org, membershipId);
    await expect(viewReset(third.token)).rejects.toEqual(refused("LINK_INVALID"));
  });

  it("takes the second factor away when it is used, and not before", async () => {
    const factors = () =>
      withoutTenant(({ trx }) => trx.selectFrom("auth_factor").select("user_id").where("user_id", "=", support.user.id).execute());
    await withoutTenant(({ trx }) =>
      trx
        .insertInto("auth_factor")
        .values({ user_id: support.user.id, secret: Buffer.from("sealed") })
        .execute(),
    );
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    try {
      const { token } = await makeResetLink(client, support.user.email, true);
      expect(await factors()).toHaveLength(1);
      await resetPassword({ token: token ?? "", password: NEW });
      expect(await factors()).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it("is made by whoever runs the installation for anybody, an owner in two organisations too", async () => {
    await createMembership((await testTenant("Second")).org, { userId: support.user.id, role: "owner", shopIds: null });
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    try {
      const { token } = await makeResetLink(client, support.user.email.toUpperCase(), false);
      await resetPassword({ token: token ?? "", password: NEW });
      expect(await makeResetLink(client, "nobody@example.com", false)).toEqual({ token: null });
    } finally {
      await client.end();
    }
    expect(await signIn(NEW)).toMatchObject({ id: support.user.id });
  });
});
