import { randomUUID } from "node:crypto";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant, withUser } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext } from "./context";
import { createOrganisationSchema } from "./schema";

type Founder = { userId: string; label: string; requestId: string };

/** Creates an organisation with its first owner. */
export async function createOrganisation(founder: Founder, input: { name: string }): Promise<{ orgId: string }> {
  const { name } = parseInput(createOrganisationSchema, input);
  const ctx: TenantContext = {
    orgId: randomUUID(),
    shopId: null,
    actor: { type: "user", userId: founder.userId, label: founder.label },
    requestId: founder.requestId,
  };
  return withTenant(ctx, async ({ trx }) => {
    await trx.insertInto("organisation").values({ id: ctx.orgId, name }).execute();
    await trx.insertInto("membership").values({ org_id: ctx.orgId, user_id: founder.userId, role: "owner", shop_ids: null }).execute();
    await recordAudit(trx, ctx, { action: "organisation.created", entity: "organisation", entityId: ctx.orgId, after: { name } });
    return { orgId: ctx.orgId };
  });
}

/** Organisations are founded by people who already run something here; an invited support agent does not open new tenants. */
export async function requireMayFound(userId: string): Promise<void> {
  const runs = await withUser(userId, ({ trx }) =>
    trx
      .selectFrom("membership")
      .select("id")
      .where("user_id", "=", userId)
      .where("role", "=", "owner")
      .unionAll(trx.selectFrom("agency_member").select("agency_id as id").where("user_id", "=", userId).where("role", "=", "admin"))
      .executeTakeFirst(),
  );
  if (!runs) throw new AppError("FORBIDDEN");
}
