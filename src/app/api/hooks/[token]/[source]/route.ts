import { negotiateLocale } from "@/messages/negotiate-locale";
import { problemOf } from "@/server/api/problem";
import { AppError } from "@/server/errors";
import { INBOUND_SOURCES, type InboundAnswer, MAX_INBOUND_BYTES, receiveInbound } from "@/server/notifications/consent/inbound";
import { receiveFeedback } from "@/server/notifications/feedback/receive-feedback";
import { FEEDBACK_PROVIDERS } from "@/server/notifications/feedback/schema";

type Handler = (token: string, request: Request, body: Buffer) => Promise<InboundAnswer>;

/** Our own form and Twilio's, or the form of a provider of e-mail. */
function handlerOf(name: string): Handler | null {
  const source = INBOUND_SOURCES.find((known) => known === name);
  if (source)
    return (token, request, body) => {
      const { pathname, search } = new URL(request.url);
      const signature = request.headers.get("x-signature");
      const twilioSignature = request.headers.get("x-twilio-signature");
      return receiveInbound(token, source, { body, signature, twilioSignature, path: `${pathname}${search}` });
    };
  const provider = FEEDBACK_PROVIDERS.find((known) => known === name);
  return provider ? (token, { headers }, body) => receiveFeedback(token, provider, { body, headers }) : null;
}

/** Where providers and mail servers report bounces, complaints, deliveries and who has left. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string; source: string }> }): Promise<Response> {
  const { token, source: name } = await params;
  try {
    const handler = handlerOf(name);
    if (!handler) throw new AppError("NOT_FOUND");
    if (Number(request.headers.get("content-length") ?? 0) > MAX_INBOUND_BYTES)
      throw new AppError("PAYLOAD_TOO_LARGE", { max: MAX_INBOUND_BYTES });
    const body = Buffer.from(await request.arrayBuffer());
    if (body.length > MAX_INBOUND_BYTES) throw new AppError("PAYLOAD_TOO_LARGE", { max: MAX_INBOUND_BYTES });
    const answer = await handler(token, request, body);
    if (answer.problem) throw answer.problem;
    // Twilio itself confirms a STOP; there is nothing to add.
    if (answer.twiml) return new Response("<Response/>", { headers: { "content-type": "text/xml" } });
    return Response.json({ recorded: answer.recorded, ...(answer.refused ? { refused: answer.refused } : {}) }, { status: answer.status });
  } catch (error) {
    return refusal(request, error, name);
  }
}

/** Without the address's token, which is nobody's business in a log. */
function refusal(request: Request, error: unknown, source: string): Response {
  const locale = negotiateLocale(undefined, request.headers.get("accept-language"));
  const problem = problemOf(error, { locale, requestId: crypto.randomUUID(), instance: `/api/hooks/${source}` });
  return Response.json(problem, {
    status: problem.status,
    headers: { "content-type": "application/problem+json; charset=utf-8", "content-language": locale },
  });
}
