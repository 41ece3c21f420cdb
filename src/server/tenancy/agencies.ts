import { emailKey } from "@/server/auth/email";
import { hashToken } from "@/server/auth/session";
import { withoutTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantTrx } from "./context";
import { lockAddress, newInvitationToken } from "./invitations";
import { createOrganisationSchema } from "./schema";

type AgencyRole = "admin" | "member";

/** An agency with its first administrator. Anyone signed in may found one: it sees nothing until an organisation grants access. */
export async function createAgency(userId: string, input: { name: string }): Promise<{ id: string }> {
  const { name } = parseInput(createOrganisationSchema, input);
  return withoutTenant(async ({ trx }) => {
    const agency = await trx.insertInto("agency").values({ name }).returning("id").executeTakeFirstOrThrow();
    await trx.insertInto("agency_member").values({ agency_id: agency.id, user_id: userId, role: "admin" }).execute();
    return agency;
  });
}

/** NOT_FOUND for strangers, FORBIDDEN for members who may not manage it. */
async function requireMember({ trx }: TenantTrx, agencyId: string, userId: string, role: AgencyRole): Promise<void> {
  const member = await trx
    .selectFrom("agency_member")
    .select("role")
    .where("agency_id", "=", agencyId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (!member) throw new AppError("NOT_FOUND");
  if (role === "admin" && member.role !== "admin") throw new AppError("FORBIDDEN");
}

/** The agency with its people and open invitations. Addresses of invitations are shown to administrators only. */
export function getAgency(userId: string, agencyId: string) {
  return withoutTenant(async (handle) => {
    const { trx, now } = handle;
    await requireMember(handle, agencyId, userId, "member");
    const agency = await trx.selectFrom("agency").select(["id", "name"]).where("id", "=", agencyId).executeTakeFirstOrThrow();
    const members = await trx
      .selectFrom("agency_member as m")
      .innerJoin("app_user as u", "u.id", "m.user_id")
      .select(["m.user_id as userId", "u.name", "u.email", "m.role", "m.created_at as since"])
      .where("m.agency_id", "=", agencyId)
      .orderBy("u.name")
      .limit(500)
      .execute();
    const isAdmin = members.some((member) => member.userId === userId && member.role === "admin");
    const invitations = isAdmin
      ? await trx
          .selectFrom("agency_invitation")
          .select(["id", "email", "role", "expires_at as expiresAt"])
          .where("agency_id", "=", agencyId)
          .where("accepted_at", "is", null)
          .where("revoked_at", "is", null)
          .where("expires_at", ">", now)
          .orderBy("created_at", "desc")
          .limit(200)
          .execute()
      : [];
    return { ...agency, isAdmin, members, invitations };
  });
}

/** Invites an address into the agency; the link is shown once. */
export function inviteToAgency(userId: string, input: { agencyId: string; email: string; role: AgencyRole }) {
  const key = emailKey(input.email);
  if (!key) throw new AppError("VALIDATION", { field: "email" });
  return withoutTenant(async (handle) => {
    const { trx, now } = handle;
    await requireMember(handle, input.agencyId, userId, "admin");
    await lockAddress(handle, input.agencyId, key);
    const member = await trx
      .selectFrom("agency_member as m")
      .innerJoin("app_user as u", "u.id", "m.user_id")
      .select("u.id")
      .where("m.agency_id", "=", input.agencyId)
      .where("u.email_key", "=", key)
      .executeTakeFirst();
    if (member) throw new AppError("ALREADY_MEMBER");
    await trx
      .updateTable("agency_invitation")
      .set({ revoked_at: now })
      .where("agency_id", "=", input.agencyId)
      .where("email_key", "=", key)
      .where("accepted_at", "is", null)
      .where("revoked_at", "is", null)
      .execute();
    const { token, expiresAt } = newInvitationToken(now);
    await trx
      .insertInto("agency_invitation")
      .values({
        agency_id: input.agencyId,
        email: input.email.normalize("NFC").trim(),
        email_key: key,
        role: input.role,
        token_hash: hashToken(token),
        invited_by: userId,
        expires_at: expiresAt,
      })
      .execute();
    return { token, expiresAt };
  });
}

export function revokeAgencyInvitation(userId: string, input: { agencyId: string; invitationId: string }): Promise<void> {
  return withoutTenant(async (handle) => {
    await requireMember(handle, input.agencyId, userId, "admin");
    const revoked = await handle.trx
      .updateTable("agency_invitation")
      .set({ revoked_at: handle.now })
      .where("agency_id", "=", input.agencyId)
      .where("id", "=", input.invitationId)
      .where("accepted_at", "is", null)
      .where("revoked_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (!revoked) throw new AppError("NOT_FOUND");
  });
}

/** Removes a member; the last administrator stays. An administrator removes anyone, a member only itself (leaves). */
export function removeAgencyMember(userId: string, input: { agencyId: string; userId: string }): Promise<void> {
  return withoutTenant(async (handle) => {
    await requireMember(handle, input.agencyId, userId, input.userId === userId ? "member" : "admin");
    const members = await handle.trx
      .selectFrom("agency_member")
      .select(["user_id", "role"])
      .where("agency_id", "=", input.agencyId)
      .orderBy("user_id")
      .forUpdate()
      .execute();
    const target = members.find((member) => member.user_id === input.userId);
    if (!target) throw new AppError("NOT_FOUND");
    if (target.role === "admin" && members.filter((member) => member.role === "admin").length === 1) throw new AppError("LAST_OWNER");
    await handle.trx.deleteFrom("agency_member").where("agency_id", "=", input.agencyId).where("user_id", "=", input.userId).execute();
  });
}
