import { type NextRequest, NextResponse } from "next/server";
import { PAGE_HEADER } from "@/server/trpc/page-header";

/** Tells server components which page was asked for, so that signing in leads back to it. Layouts are not told by Next. */
export function proxy(request: NextRequest): NextResponse {
  const headers = new Headers(request.headers);
  const { pathname, searchParams } = request.nextUrl;
  const query = new URLSearchParams(searchParams);
  query.delete("_rsc");
  headers.set(PAGE_HEADER, query.size > 0 ? `${pathname}?${query}` : pathname);
  return NextResponse.next({ request: { headers } });
}

/** Pages only: no API, no files. */
export const config = { matcher: ["/((?!api/|_next/|.*\\.[a-z0-9]+$).*)"] };
