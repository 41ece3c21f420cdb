import { NextResponse } from "next/server";
import { z } from "zod";
import { LOCALE_COOKIE, LOCALES } from "@/messages/index";

const Preferences = z.object({ locale: z.enum(LOCALES) });
const BODY_MAX_BYTES = 1_000;
const ONE_YEAR_SECONDS = 60 * 60 * 24 * 365;

/** A browser says where a request comes from; what it does not say is refused, because only our own pages call this. */
function isSameOrigin(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("origin");
  return origin !== null && URL.canParse(origin) && new URL(origin).host === request.headers.get("host");
}

/** Stores the language in a cookie. It needs no session: the sign-in page has the switch too. */
export async function POST(request: Request): Promise<Response> {
  if (!isSameOrigin(request)) return problem(403, "cross_origin");
  const text = await request.text();
  if (text.length > BODY_MAX_BYTES) return problem(413, "too_large");
  const parsed = Preferences.safeParse(parseJson(text));
  if (!parsed.success) return problem(422, "invalid_input");
  const response = new NextResponse(null, { status: 204 });
  response.cookies.set(LOCALE_COOKIE, parsed.data.locale, { path: "/", maxAge: ONE_YEAR_SECONDS, sameSite: "lax" });
  return response;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a preference: the schema refuses undefined.
    return undefined;
  }
}

function problem(status: number, code: string): Response {
  return NextResponse.json({ type: "about:blank", status, code }, { status, headers: { "content-type": "application/problem+json" } });
}
