import { INBOUND_SOURCES, MAX_INBOUND_BYTES, receiveInbound } from "@/server/notifications/consent/inbound";

/** Where providers and mail servers report bounces, complaints and deliveries. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string; source: string }> }): Promise<Response> {
  const { token, source: name } = await params;
  const source = INBOUND_SOURCES.find((known) => known === name);
  if (!source) return new Response(null, { status: 404 });
  if (Number(request.headers.get("content-length") ?? 0) > MAX_INBOUND_BYTES) return new Response(null, { status: 413 });
  const body = Buffer.from(await request.arrayBuffer());
  if (body.length > MAX_INBOUND_BYTES) return new Response(null, { status: 413 });
  const { pathname, search } = new URL(request.url);
  const answer = await receiveInbound(token, source, {
    body,
    signature: request.headers.get("x-signature"),
    twilioSignature: request.headers.get("x-twilio-signature"),
    path: `${pathname}${search}`,
  });
  return Response.json({ recorded: answer.recorded }, { status: answer.status });
}
