import { recordClick } from "@/server/notifications/track-message";

/** A link of a message to somebody who agreed to tracking. Only addresses that were signed for this message are followed. */
export async function GET(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const target = await recordClick((await params).token, searchParams.get("u") ?? "", searchParams.get("s") ?? "");
  if (target === null) return new Response("unknown link\n", { status: 404 });
  return new Response(null, { status: 302, headers: { location: target, "cache-control": "no-store", "referrer-policy": "no-referrer" } });
}
