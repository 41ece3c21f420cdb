import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { type LinkClaim, type LinkPurpose, readLink, verifyLink } from "./links";
import { type Brand, brandSchema, type Policy, policySchema, saveSettingsSchema } from "./schema";
import { readShortCode } from "./short-links";

export type Settings = { policy: Policy; brand: Brand; pepper: Buffer; version: number };

/** The shop's settings for sending; the row with its key is made on first use. */
export async function readSettings({ trx }: TenantTrx, ctx: ShopContext): Promise<Settings> {
  const find = () =>
    trx
      .selectFrom("message_settings")
      .select(["policy", "brand", "pepper", "version"])
      .where("shop_id", "=", ctx.shopId)
      .executeTakeFirst();
  let row = await find();
  if (!row) {
    await sql`insert into message_settings (org_id, shop_id) values (${ctx.orgId}, ${ctx.shopId}) on conflict do nothing`.execute(trx);
    row = await find();
  }
  if (!row) throw new AppError("NOT_FOUND");
  return { policy: policySchema.parse(row.policy), brand: brandSchema.parse(row.brand), pepper: row.pepper, version: row.version };
}

export type SettingsView = { policy: Policy; brand: Brand; version: number };

export const getSettings = (ctx: ShopContext): Promise<SettingsView> =>
  withTenant(ctx, async (handle) => {
    const { policy, brand, version } = await readSettings(handle, ctx);
    return { policy, brand, version };
  });

/** Saves rules and brand together. A save from an outdated page is refused instead of overwriting somebody's change. */
export async function saveSettings(ctx: ShopContext, input: unknown): Promise<SettingsView> {
  const wanted = parseInput(saveSettingsSchema, input);
  return withTenant(ctx, async (handle) => {
    const before = await readSettings(handle, ctx);
    if (before.version !== wanted.version) throw new AppError("CONFLICT");
    await handle.trx
      .updateTable("message_settings")
      .set({
        policy: JSON.stringify(wanted.policy),
        brand: JSON.stringify(wanted.brand),
        version: before.version + 1,
        updated_at: handle.now,
      })
      .where("shop_id", "=", ctx.shopId)
      .execute();
    if (JSON.stringify(before.policy.quiet) !== JSON.stringify(wanted.policy.quiet)) await decideAnew(handle, ctx);
    await recordAudit(handle.trx, ctx, {
      action: "messageSettings.changed",
      entity: "messageSettings",
      entityId: ctx.shopId,
      before: { policy: before.policy },
      after: { policy: wanted.policy },
    });
    return { policy: wanted.policy, brand: wanted.brand, version: before.version + 1 };
  });
}

/** What waits for the end of quiet hours is asked again when these change: shorter ones let it go, longer ones hold it back again. */
async function decideAnew({ trx, now }: TenantTrx, ctx: ShopContext): Promise<void> {
  const freed = await trx
    .updateTable("message")
    .set({ send_after: now })
    .where("shop_id", "=", ctx.shopId)
    .where("status", "=", "queued")
    .where("reason", "=", "quietHours")
    .executeTakeFirst();
  if (freed.numUpdatedRows > 0n) await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
}

/**
 * Opens a signed link, or the short one of an SMS: the tenant it belongs to and its subject, or null for anything that is not whole and
 * ours. The tenant a token claims is only used to fetch the key it must be signed with.
 */
export async function openLink(token: string, purpose: LinkPurpose): Promise<(LinkClaim & { ctx: ShopContext; pepper: Buffer }) | null> {
  const short = purpose === "preferences" ? await readShortCode(token) : null;
  const claim = short ? { ...short, purpose } : readLink(token);
  if (claim?.purpose !== purpose) return null;
  const ctx = systemContext(claim.orgId, claim.shopId, `link:${purpose}`);
  const row = await withTenant(ctx, ({ trx }) =>
    trx.selectFrom("message_settings").select("pepper").where("shop_id", "=", claim.shopId).executeTakeFirst(),
  );
  return row && (short || verifyLink(row.pepper, token, purpose)) ? { ...claim, ctx, pepper: row.pepper } : null;
}

/** Shops with work of a kind: messages whose sender died, events to hand on, web hooks to deliver. */
export const shopsWithWork = (work: "stale" | "feed" | "hooks"): Promise<{ orgId: string; shopId: string }[]> =>
  withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string; work: string }>`select * from system_message_work(3000)`.execute(trx);
    return result.rows.filter((row) => row.work === work).map(({ org_id, shop_id }) => ({ orgId: org_id, shopId: shop_id }));
  });
