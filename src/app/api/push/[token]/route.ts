import { clientIp, isSameOrigin } from "@/server/auth/request";
import { AppError } from "@/server/errors";
import { pushKey, subscribePush } from "@/server/notifications/consent/push-subscription";

type Context = { params: Promise<{ token: string }> };
const MAX_BYTES = 10_000;

/** The key a browser subscribes under. */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const key = await pushKey((await params).token);
  return key ? Response.json({ key }) : new Response(null, { status: 404 });
}

/** A browser of the person this signed link belongs to. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  if (!isSameOrigin(request.headers)) return new Response(null, { status: 403 });
  const text = await request.text();
  if (text.length > MAX_BYTES) return new Response(null, { status: 413 });
  try {
    await subscribePush((await params).token, jsonOf(text), {
      ip: clientIp(request.headers),
      userAgent: request.headers.get("user-agent"),
    });
    return new Response(null, { status: 204 });
  } catch (error) {
    if (error instanceof AppError) return Response.json({ code: error.code }, { status: error.status });
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no subscription: the schema refuses undefined.
    return undefined;
  }
}
