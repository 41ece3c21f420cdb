import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { optInToken } from "../links";
import { setEmailConsent } from "./change-consent";

/** The words that were agreed to; a change of them is a new version. */
export const OPT_IN_TEXT_VERSION = "opt-in-2026-11";
const VALID_DAYS = 7;
/** Unconfirmed requests keep nothing about a person beyond this (domain.md 4.2). */
const KEPT_DAYS = 30;

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
const uuidOf = (bytes: Buffer): string => bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export type OptInOrigin = { sourceUrl?: string | null; ip?: string | null; userAgent?: string | null };

/**
 * Asks a person to confirm that they want e-mail: one message without advertising and with a link of 256 random bits that works once and for
 * a week. Only its hash is stored. Who is subscribed already is not asked again.
 */
export const requestOptIn = (ctx: ShopContext, customerId: string, origin: OptInOrigin = {}): Promise<{ asked: boolean }> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const person = await trx
      .selectFrom("customer")
      .select(["email_consent", "email_key", "erased_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .forUpdate()
      .executeTakeFirst();
    if (!person || person.erased_at) throw new AppError("NOT_FOUND");
    if (person.email_key === null) throw new AppError("VALIDATION", { fields: "email" });
    if (person.email_consent === "SUBSCRIBED") return { asked: false };
    const nonce = randomBytes(32).toString("base64url");
    const token = optInToken(ctx, nonce);
    await trx
      .insertInto("opt_in_request")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        token_hash: hashOf(token),
        customer_id: customerId,
        channel: "email",
        text_version: OPT_IN_TEXT_VERSION,
        source_url: origin.sourceUrl ?? null,
        ip: origin.ip ?? null,
        user_agent: origin.userAgent?.slice(0, 500) ?? null,
        expires_at: new Date(now.getTime() + VALID_DAYS * 86_400_000),
      })
      .execute();
    await setEmailConsent(handle, ctx, customerId, "PENDING", {
      basis: "optInRequested",
      textVersion: OPT_IN_TEXT_VERSION,
      ...(origin.sourceUrl ? { sourceUrl: origin.sourceUrl } : {}),
      ...(origin.ip ? { ip: origin.ip } : {}),
      ...(origin.userAgent ? { userAgent: origin.userAgent } : {}),
    });
    await queueConfirmation(handle, ctx, customerId, nonce, hashOf(token).toString("hex"));
    await recordAudit(trx, ctx, { action: "consent.requested", entity: "customer", entityId: customerId });
    return { asked: true };
  });

async function queueConfirmation(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  nonce: string,
  hash: string,
): Promise<void> {
  await sql`
    insert into message (org_id, shop_id, customer_id, kind, category, channel, key, locale, params, created_at, send_after)
    select c.org_id, c.shop_id, c.id, 'opt_in', 'transactional', 'email', 'opt-in:' || ${hash},
      case when coalesce(c.locale, s.locale) ilike 'de%' then 'de' else 'en' end,
      jsonb_build_object('optIn', ${nonce}::text, 'unit', s.currency), ${now}, ${now}
    from customer c join shop s on s.org_id = c.org_id and s.id = c.shop_id where c.shop_id = ${ctx.shopId} and c.id = ${customerId}`.execute(
    trx,
  );
  await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
}

/** The tenant a confirmation token belongs to, and its hash; null for anything else. */
function readToken(token: string): { ctx: ShopContext; hash: Buffer } | null {
  if (!/^[\w-]{86}$/.test(token)) return null;
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length !== 64) return null;
  return { ctx: systemContext(uuidOf(bytes.subarray(0, 16)), uuidOf(bytes.subarray(16, 32)), "opt-in"), hash: hashOf(token) };
}

export type OptInView = { shop: string; locale: "de" | "en" };

/** Whether a confirmation link still works. Looking confirms nothing: link scanners look too. */
export async function viewOptIn(token: string): Promise<OptInView | null> {
  const read = readToken(token);
  if (!read) return null;
  return withTenant(read.ctx, async ({ trx, now }) => {
    const row = await trx
      .selectFrom("opt_in_request as r")
      .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "r.org_id").onRef("s.id", "=", "r.shop_id"))
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "r.shop_id").onRef("c.id", "=", "r.customer_id"))
      .select(["s.name", "s.locale", "c.locale as own"])
      .where("r.shop_id", "=", read.ctx.shopId)
      .where("r.token_hash", "=", read.hash)
      .where("r.confirmed_at", "is", null)
      .where("r.expires_at", ">", now)
      .executeTakeFirst();
    return row ? { shop: row.name, locale: (row.own ?? row.locale).toLowerCase().startsWith("de") ? "de" : "en" } : null;
  });
}

/** Confirms by POST: consent with everything that proves it. A second time is LINK_INVALID; the consent stays. */
export async function confirmOptIn(token: string, origin: OptInOrigin): Promise<void> {
  const read = readToken(token);
  if (!read) throw new AppError("LINK_INVALID");
  const { ctx, hash } = read;
  await withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const request = await trx
      .updateTable("opt_in_request")
      .set({ confirmed_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("token_hash", "=", hash)
      .where("confirmed_at", "is", null)
      .where("expires_at", ">", now)
      .returningAll()
      .executeTakeFirst();
    if (!request) throw new AppError("LINK_INVALID");
    await setEmailConsent(handle, ctx, request.customer_id, "SUBSCRIBED", {
      basis: "doubleOptIn",
      textVersion: request.text_version,
      ...(request.source_url ? { sourceUrl: request.source_url } : {}),
      ...(origin.ip ? { ip: origin.ip } : {}),
      ...(origin.userAgent ? { userAgent: origin.userAgent } : {}),
      proof: {
        requestedAt: request.created_at.toISOString(),
        requestedFrom: request.ip,
        requestedWith: request.user_agent,
        confirmedAt: now.toISOString(),
        tokenHash: hash.toString("hex"),
      },
    });
    await recordAudit(trx, ctx, { action: "consent.confirmed", entity: "customer", entityId: request.customer_id });
  });
}

/** Forgets requests nobody confirmed, and with them the state "pending". */
export async function sweepOptIns(): Promise<{ removed: number }> {
  const shops = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from system_shops()`.execute(trx);
    return result.rows;
  });
  let removed = 0;
  for (const { org_id, shop_id } of shops) {
    const ctx = systemContext(org_id, shop_id, "sweep-opt-ins");
    removed += await withTenant(ctx, async (handle) => {
      const old = await handle.trx
        .deleteFrom("opt_in_request")
        .where("shop_id", "=", shop_id)
        .where("confirmed_at", "is", null)
        .where("created_at", "<", new Date(handle.now.getTime() - KEPT_DAYS * 86_400_000))
        .returning("customer_id")
        .execute();
      for (const { customer_id } of old) {
        const person = await handle.trx
          .selectFrom("customer")
          .select("email_consent")
          .where("shop_id", "=", shop_id)
          .where("id", "=", customer_id)
          .executeTakeFirst();
        if (person?.email_consent === "PENDING")
          await setEmailConsent(handle, ctx, customer_id, "NOT_SUBSCRIBED", { basis: "notConfirmed" });
      }
      return old.length;
    });
  }
  return { removed };
}
