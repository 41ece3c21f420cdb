import { clientIp, formOf, isSameOrigin } from "@/server/auth/request";
import { AppError } from "@/server/errors";
import { confirmOptIn } from "@/server/notifications/consent/opt-in";
import { localeSchema } from "@/server/notifications/schema";

/** Confirms the address and leads to a page that says so. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  if (!isSameOrigin(request.headers)) return new Response(null, { status: 403 });
  const { token } = await params;
  const form = await formOf(request);
  if (!form) return new Response(null, { status: 400 });
  const language = localeSchema.safeParse(form.get("language")).data;
  const page = `/confirm/${encodeURIComponent(token)}`;
  try {
    await confirmOptIn(token, { ip: clientIp(request.headers), userAgent: request.headers.get("user-agent"), language });
    return new Response(null, { status: 303, headers: { location: `${page}?done=${language ?? 1}` } });
  } catch (error) {
    if (error instanceof AppError && error.code === "LINK_INVALID") return new Response(null, { status: 303, headers: { location: page } });
    throw error;
  }
}
