import { decode } from "next-auth/jwt";
import { env } from "@/server/env";

/** Absolute life of a session; the idle limit is in session.ts. */
export const SESSION_MAX_AGE_SECONDS = 30 * 24 * 60 * 60;

/** Secure cookies follow the address people use, not NODE_ENV: `next start` on http://localhost must still sign in. */
export const secureCookies = (): boolean => env().APP_URL.startsWith("https://");

/** `__Host-` binds the cookie to this host and path; browsers accept the prefix only with Secure. */
export const sessionCookieName = (): string => `${secureCookies() ? "__Host-" : ""}guthaben.session`;

/** Minimal view of `next/headers` cookies, so that tests need no request. */
export type CookieReader = { get(name: string): { value: string } | undefined };

/**
 * The session token inside the encrypted cookie of next-auth, or null when the cookie is absent, forged or too old.
 * The token is the only thing the cookie carries: everything else is looked up, so that a session can be revoked.
 */
export async function readSessionToken(cookies: CookieReader): Promise<string | null> {
  const cookie = cookies.get(sessionCookieName())?.value;
  if (!cookie) return null;
  try {
    const payload = await decode({ token: cookie, secret: env().AUTH_SECRET });
    return typeof payload?.sid === "string" ? payload.sid : null;
  } catch {
    // A cookie that does not decrypt (changed secret, tampering) is the same as no cookie.
    return null;
  }
}
