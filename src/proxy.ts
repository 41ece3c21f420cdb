import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, NONCE_HEADER } from "@/server/content-security-policy";
import { env } from "@/server/env";
import { PAGE_HEADER } from "@/server/trpc/page-header";

/**
 * Tells server components which page was asked for, so that signing in leads back to it (layouts are not told by Next), and lets the page run
 * only its own scripts.
 */
export function proxy(request: NextRequest): NextResponse {
  const headers = new Headers(request.headers);
  const { pathname, searchParams } = request.nextUrl;
  const query = new URLSearchParams(searchParams);
  query.delete("_rsc");
  headers.set(PAGE_HEADER, query.size > 0 ? `${pathname}?${query}` : pathname);
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, { development: process.env.NODE_ENV === "development" });
  headers.set(NONCE_HEADER, nonce);
  // Next reads the nonce for its own scripts from the policy.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  if (env().APP_URL.startsWith("https://")) response.headers.set("strict-transport-security", `max-age=${A_YEAR.toString()}`);
  return response;
}

const A_YEAR = 31_536_000;

/** Pages only: no API, no files. */
export const config = { matcher: ["/((?!api/|_next/|.*\\.[a-z0-9]+$).*)"] };
