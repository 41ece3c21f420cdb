import { env } from "@/server/env";

type HeaderReader = { get(name: string): string | null };

/**
 * The address of the caller for throttling and the list of sessions. The last entry of X-Forwarded-For is the one our own proxy
 * (or Next itself) wrote; earlier entries are whatever the client claimed.
 */
export function clientIp(headers: HeaderReader): string | null {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return last ? last.slice(0, 64) : null;
}

/** A browser says where a request comes from. A request that changes something and does not say it comes from us is refused. */
export function isSameOrigin(headers: HeaderReader): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  if (origin === null || !URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === headers.get("host") || host === new URL(env().APP_URL).host;
}

/** The form of a page, or null for what is none; the runtime throws for it and for nothing else. */
export async function formOf(request: Request): Promise<FormData | null> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" && type !== "multipart/form-data") return null;
  try {
    return await request.formData();
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
