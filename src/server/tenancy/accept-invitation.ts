import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { createUser } from "@/server/auth/create-user";
import { hashToken } from "@/server/auth/session";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { SignedIn } from "@/server/trpc/context";
import type { TenantContext, TenantTrx } from "./context";
import { acceptInvitationSchema, invitationTokenSchema } from "./schema";

/** What the invited person sees before accepting. `account` says whether the address must sign in or may choose a password. */
export type InvitationView = {
  email: string;
  role: string;
  from: string;
  kind: "organisation" | "agency";
  account: boolean;
  expiresAt: Date;
};

type Found = { kind: "organisation"; orgId: string; id: string } | { kind: "agency"; id: string };

/** Finds an open invitation by its secret. Unknown, used, revoked and expired ones are the same INVITATION_INVALID. */
async function find({ trx, now }: TenantTrx, token: string): Promise<Found> {
  if (!invitationTokenSchema.safeParse(token).success) throw new AppError("INVITATION_INVALID");
  const hash = hashToken(token);
  const org = await sql<{ org_id: string; id: string }>`select org_id, id from system_invitation(${hash})`.execute(trx);
  const [row] = org.rows;
  if (row) return { kind: "organisation", orgId: row.org_id, id: row.id };
  const agency = await trx
    .selectFrom("agency_invitation")
    .select("id")
    .where("token_hash", "=", hash)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  if (!agency) throw new AppError("INVITATION_INVALID");
  return { kind: "agency", id: agency.id };
}

const contextOf = (found: Found, userId: string | null, label: string): TenantContext => ({
  orgId: found.kind === "organisation" ? found.orgId : randomUUID(),
  shopId: null,
  actor: userId ? { type: "user", userId, label } : { type: "system", label },
  requestId: randomUUID(),
});

const hasAccount = ({ trx }: TenantTrx, key: string) =>
  trx.selectFrom("app_user").select(["id", "name", "disabled_at"]).where("email_key", "=", key).executeTakeFirst();

export async function viewInvitation(token: string): Promise<InvitationView> {
  const found = await withoutTenant((handle) => find(handle, token));
  return withTenant(contextOf(found, null, "invitation"), async (handle) => {
    const { trx } = handle;
    const row =
      found.kind === "organisation"
        ? await trx
            .selectFrom("invitation as i")
            .innerJoin("organisation as o", "o.id", "i.org_id")
            .select(["i.email", "i.email_key", "i.role", "i.expires_at", "o.name"])
            .where("i.id", "=", found.id)
            .executeTakeFirstOrThrow()
        : await trx
            .selectFrom("agency_invitation as i")
            .innerJoin("agency as a", "a.id", "i.agency_id")
            .select(["i.email", "i.email_key", "i.role", "i.expires_at", "a.name"])
            .where("i.id", "=", found.id)
            .executeTakeFirstOrThrow();
    const account = (await hasAccount(handle, row.email_key)) !== undefined;
    return { email: row.email, role: row.role, from: row.name, kind: found.kind, account, expiresAt: row.expires_at };
  });
}

/** The account that accepts: the signed-in person with the invited address, or a new account made here. */
async function accepter(handle: TenantTrx, key: string, email: string, signedIn: SignedIn | null, account: NewAccount): Promise<Person> {
  const existing = await hasAccount(handle, key);
  if (existing) {
    // Who holds the link but not the account must not get in as somebody else.
    if (existing.disabled_at || !signedIn || signedIn.user.id !== existing.id) throw new AppError("UNAUTHENTICATED");
    return existing;
  }
  if (!account) throw new AppError("VALIDATION", { field: "account" });
  const { id } = await createUser({ ...account, email }, handle);
  return { id, name: account.name };
}

type NewAccount = z.output<typeof acceptInvitationSchema>["account"];
type Person = { id: string; name: string };
type Accepted = { email: string; kind: "organisation" | "agency" };

/** Accepts once: the invitation row is locked, so that a double click or a shared link makes one member. */
export async function acceptInvitation(signedIn: SignedIn | null, input: z.input<typeof acceptInvitationSchema>): Promise<Accepted> {
  const { token, account } = parseInput(acceptInvitationSchema, input);
  const found = await withoutTenant((handle) => find(handle, token));
  const ctx = contextOf(found, null, "invitation");
  return withTenant(
    ctx,
    (handle): Promise<Accepted> =>
      found.kind === "organisation"
        ? acceptMembership(handle, ctx, found.id, signedIn, account)
        : acceptAgency(handle, found.id, signedIn, account),
  );
}

async function acceptMembership(
  handle: TenantTrx,
  ctx: TenantContext,
  id: string,
  signedIn: SignedIn | null,
  account: NewAccount,
): Promise<Accepted> {
  const { trx, now } = handle;
  const row = await trx
    .updateTable("invitation")
    .set({ accepted_at: now })
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .returning(["email", "email_key", "role", "shop_ids"])
    .executeTakeFirst();
  if (!row) throw new AppError("INVITATION_INVALID");
  const person = await accepter(handle, row.email_key, row.email, signedIn, account);
  const member = await trx
    .insertInto("membership")
    .values({ org_id: ctx.orgId, user_id: person.id, role: row.role, shop_ids: row.shop_ids })
    .onConflict((conflict) => conflict.columns(["org_id", "user_id"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  if (!member) throw new AppError("ALREADY_MEMBER");
  await recordAudit(
    trx,
    { ...ctx, actor: { type: "user", userId: person.id, label: person.name } },
    { action: "invitation.accepted", entity: "membership", entityId: member.id, after: { userId: person.id, role: row.role } },
  );
  return { email: row.email, kind: "organisation" };
}

async function acceptAgency(handle: TenantTrx, id: string, signedIn: SignedIn | null, account: NewAccount): Promise<Accepted> {
  const { trx, now } = handle;
  const row = await trx
    .updateTable("agency_invitation")
    .set({ accepted_at: now })
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .returning(["agency_id", "email", "email_key", "role"])
    .executeTakeFirst();
  if (!row) throw new AppError("INVITATION_INVALID");
  const person = await accepter(handle, row.email_key, row.email, signedIn, account);
  const member = await trx
    .insertInto("agency_member")
    .values({ agency_id: row.agency_id, user_id: person.id, role: row.role })
    .onConflict((conflict) => conflict.columns(["agency_id", "user_id"]).doNothing())
    .returning("user_id")
    .executeTakeFirst();
  if (!member) throw new AppError("ALREADY_MEMBER");
  return { email: row.email, kind: "agency" };
}
