import { clientIp } from "@/server/auth/request";
import { AppError } from "@/server/errors";
import { unsubscribe } from "@/server/notifications/consent/preferences";
import { preferencesUrl } from "@/server/notifications/links";

type Context = { params: Promise<{ token: string }> };

/** Shows the page with the choices. It changes nothing: link scanners follow every link of a mail. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { token } = await params;
  return new Response(null, { status: 303, headers: { location: preferencesUrl(encodeURIComponent(token)), "cache-control": "no-store" } });
}

/** One click in the mail program (RFC 8058): no sign-in, no cookie, no redirect. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { token } = await params;
  try {
    await unsubscribe(token, {
      ip: clientIp(request.headers),
      userAgent: request.headers.get("user-agent"),
      sourceUrl: "List-Unsubscribe-Post",
    });
  } catch (error) {
    if (error instanceof AppError && error.code === "LINK_INVALID") return new Response("unknown link\n", { status: 404 });
    throw error;
  }
  return new Response("unsubscribed\n", { status: 200, headers: { "content-type": "text/plain", "cache-control": "no-store" } });
}
