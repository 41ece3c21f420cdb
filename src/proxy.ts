import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, NONCE_HEADER } from "@/server/content-security";
import { env } from "@/server/env";
import { PAGE_HEADER } from "@/server/trpc/page-header";

const POLICY = "content-security-policy";

/**
 * Tells server components which page was asked for, so that signing in leads back to it: layouts are not told by Next. And gives every page
 * a policy with a nonce of its own, which Next reads from the request and puts on its scripts.
 */
export function proxy(request: NextRequest): NextResponse {
  const headers = new Headers(request.headers);
  const { pathname, searchParams } = request.nextUrl;
  const query = new URLSearchParams(searchParams);
  query.delete("_rsc");
  headers.set(PAGE_HEADER, query.size > 0 ? `${pathname}?${query}` : pathname);
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  headers.set(NONCE_HEADER, nonce);
  headers.set(POLICY, policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set(POLICY, policy);
  if (env().APP_URL.startsWith("https://")) response.headers.set("strict-transport-security", "max-age=31536000");
  return response;
}

/** Pages only: no API, no files. */
export const config = { matcher: ["/((?!api/|_next/|.*\\.[a-z0-9]+$).*)"] };
