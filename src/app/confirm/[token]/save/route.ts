import { clientIp, isSameOrigin } from "@/server/auth/request";
import { AppError } from "@/server/errors";
import { confirmOptIn } from "@/server/notifications/consent/opt-in";

/** Confirms the address and leads to a page that says so. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  if (!isSameOrigin(request.headers)) return new Response(null, { status: 403 });
  const { token } = await params;
  const page = `/confirm/${encodeURIComponent(token)}`;
  try {
    await confirmOptIn(token, { ip: clientIp(request.headers), userAgent: request.headers.get("user-agent") });
    return new Response(null, { status: 303, headers: { location: `${page}?done=1` } });
  } catch (error) {
    if (error instanceof AppError && error.code === "LINK_INVALID") return new Response(null, { status: 303, headers: { location: page } });
    throw error;
  }
}
