import { timingSafeEqual } from "node:crypto";
import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { API_SCOPES, type ApiScope } from "./permissions";
import { hashToken } from "./session";

/** `gh_live_<12 hex>_<43 base64url>`: a fixed shape that secret scanners can recognise. */
export const API_KEY_PATTERN = /^gh_live_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

type KeyRow = {
  org_id: string;
  shop_id: string;
  id: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
};

const USED_EVERY_MS = 60_000;

const NOBODY = hashToken("no such key");

const isScope = (scope: string): scope is ApiScope => API_SCOPES.some((known) => known === scope);

export type ApiCaller = { ctx: ShopContext; scopes: ReadonlySet<ApiScope>; keyId: string };

/**
 * The shop and the scopes of an `Authorization: Bearer gh_live_…` header. Every failure is the same UNAUTHENTICATED: a stranger does
 * not learn whether a key exists, is revoked or has expired. The whole key is compared by hash, in constant time.
 */
export async function authenticateApiKey(authorization: string | null, requestId: string = crypto.randomUUID()): Promise<ApiCaller> {
  const secret = /^Bearer +(\S{1,200})$/i.exec(authorization ?? "")?.[1] ?? "";
  const publicId = API_KEY_PATTERN.exec(secret)?.[1];
  if (!publicId) throw new AppError("UNAUTHENTICATED");
  const { row, now } = await withoutTenant(async ({ trx, now }) => {
    const found = await sql<KeyRow>`select * from system_api_key(${publicId})`.execute(trx);
    return { row: found.rows[0], now };
  });
  const matches = timingSafeEqual(hashToken(secret), row?.secret_hash ?? NOBODY);
  if (!row || !matches || row.revoked_at || (row.expires_at && row.expires_at <= now)) throw new AppError("UNAUTHENTICATED");
  const ctx: ShopContext = {
    orgId: row.org_id,
    shopId: row.shop_id,
    actor: { type: "apiKey", keyId: row.id, label: row.name },
    requestId,
  };
  // At most one write a minute and key, whatever the traffic.
  if (!row.last_used_at || Math.abs(now.getTime() - row.last_used_at.getTime()) >= USED_EVERY_MS) {
    await withTenant(ctx, ({ trx }) => trx.updateTable("api_key").set({ last_used_at: now }).where("id", "=", row.id).execute());
  }
  return { ctx, scopes: new Set(row.scopes.filter(isScope)), keyId: row.id };
}
