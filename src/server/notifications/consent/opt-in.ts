import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext, type TenantTrx } from "@/server/tenancy/context";
import { addressHash, optInToken } from "../links";
import { readSettings } from "../settings";
import { endOptIns, setEmailConsent } from "./change-consent";
import { barredBy } from "./refused-address";

/** The words that were agreed to; a change of them is a new version. */
export const OPT_IN_TEXT_VERSION = "opt-in-2026-11-30";
const VALID_DAYS = 7;
/** Unconfirmed requests keep nothing about a person beyond this (domain.md 4.2). */
const KEPT_DAYS = 30;

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
const uuidOf = (bytes: Buffer): string => bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export type OptInOrigin = {
  sourceUrl?: string | null;
  ip?: string | null;
  userAgent?: string | null;
  /** In which language the words of the page were read. */
  language?: "de" | "en" | undefined;
};

/** Why nobody was asked. */
export const OPT_IN_REFUSALS = ["subscribed", "suppressed", "objected", "askedAlready"] as const;
export type OptInAnswer = { asked: true } | { asked: false; reason: (typeof OPT_IN_REFUSALS)[number] };

/** A form that anybody can fill in with anybody's address must not fill an inbox. */
const LIMIT = { everyMinutes: 10, perDay: 3 } as const;

/**
 * Asks a person to confirm that they want e-mail: one message without advertising and with a link of 256 random bits that works once, for
 * a week and for this address, and until the next one. Only its hash is stored. Who is subscribed already is not asked again, unless what the
 * reader of the address said keeps e-mail from them all the same; and whoever had left stays so until they confirm.
 */
export const requestOptIn = (ctx: ShopContext, customerId: string, origin: OptInOrigin = {}): Promise<OptInAnswer> =>
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
    const subscribed = person.email_consent === "SUBSCRIBED";
    if (subscribed && !(await barredBy(handle, ctx, customerId))) return { asked: false, reason: "subscribed" };
    const address = await addressOf(handle, ctx, person.email_key);
    const reason = await refusal(handle, ctx, customerId, address);
    if (reason) return { asked: false, reason };
    await endOptIns(handle, ctx, [customerId]);
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
        address_hash: address,
        text_version: OPT_IN_TEXT_VERSION,
        source_url: origin.sourceUrl ?? null,
        ip: origin.ip ?? null,
        user_agent: origin.userAgent?.slice(0, 500) ?? null,
        expires_at: new Date(now.getTime() + VALID_DAYS * 86_400_000),
      })
      .execute();
    if (!subscribed && person.email_consent !== "UNSUBSCRIBED")
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

const addressOf = async (handle: TenantTrx, ctx: ShopContext, emailKey: string): Promise<Buffer> =>
  addressHash((await readSettings(handle, ctx)).pepper, "email", emailKey);

/** Why this person is not asked now; null if they may be. */
async function refusal({ trx, now }: TenantTrx, ctx: ShopContext, customerId: string, address: Buffer) {
  const { rows } = await sql<{ suppressed: boolean; objected: boolean; recent: boolean; today: number }>`
    select exists (select 1 from suppression s where s.shop_id = ${ctx.shopId} and s.channel = 'email' and s.address_hash = ${address}
        and (s.until is null or s.until > ${now})) as suppressed,
      exists (select 1 from consent_state s where s.shop_id = ${ctx.shopId} and s.customer_id = ${customerId} and s.channel = 'all'
        and s.purpose = 'objection' and s.state = 'granted') as objected,
      coalesce(bool_or(r.confirmed_at is null and r.expires_at > ${now}
        and r.created_at > ${now}::timestamptz - make_interval(mins => ${LIMIT.everyMinutes})), false) as recent,
      count(*)::int as today
    from opt_in_request r where r.shop_id = ${ctx.shopId} and r.address_hash = ${address}
      and r.created_at > ${now}::timestamptz - interval '1 day'`.execute(trx);
  const [found] = rows;
  if (found?.suppressed) return "suppressed";
  if (found?.objected) return "objected";
  return found && (found.recent || found.today >= LIMIT.perDay) ? "askedAlready" : null;
}

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

/** The request behind a link that still works: open, and about the address that the customer has now. */
async function openRequest(handle: TenantTrx, ctx: ShopContext, hash: Buffer, lock: boolean) {
  const row = await handle.trx
    .selectFrom("opt_in_request as r")
    .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "r.org_id").onRef("s.id", "=", "r.shop_id"))
    .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "r.shop_id").onRef("c.id", "=", "r.customer_id"))
    .selectAll("r")
    .select(["s.name", "s.locale", "c.locale as own", "c.email_key"])
    .where("r.shop_id", "=", ctx.shopId)
    .where("r.token_hash", "=", hash)
    .where("r.confirmed_at", "is", null)
    .where("r.expires_at", ">", handle.now)
    // The customer first, like everything else that changes consent.
    .$if(lock, (open) => open.forUpdate(["c", "r"]))
    .executeTakeFirst();
  if (!row?.email_key || !row.address_hash?.equals(await addressOf(handle, ctx, row.email_key))) return null;
  return row;
}

/** Whether a confirmation link still works. Looking confirms nothing: link scanners look too. */
export async function viewOptIn(token: string): Promise<OptInView | null> {
  const read = readToken(token);
  if (!read) return null;
  return withTenant(read.ctx, async (handle) => {
    const row = await openRequest(handle, read.ctx, read.hash, false);
    return row && { shop: row.name, locale: (row.own ?? row.locale).toLowerCase().startsWith("de") ? "de" : "en" };
  });
}

/** Confirms by POST: consent with everything that proves it. A second time is LINK_INVALID; the consent stays. */
export async function confirmOptIn(token: string, origin: OptInOrigin): Promise<void> {
  const read = readToken(token);
  if (!read) throw new AppError("LINK_INVALID");
  const { ctx, hash } = read;
  await withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const request = await openRequest(handle, ctx, hash, true);
    if (!request) throw new AppError("LINK_INVALID");
    await trx
      .updateTable("opt_in_request")
      .set({ confirmed_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("token_hash", "=", hash)
      .execute();
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
        ...(origin.language ? { language: origin.language } : {}),
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
