import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { isSameOrigin } from "@/server/auth/request";
import { appRouter } from "@/server/trpc/root";
import { requestContext } from "@/server/trpc/server";

/** Forms and segment texts are small; files go through their own routes. */
const BODY_MAX_BYTES = 1_000_000;
const BATCH_MAX = 20;

function refuse(status: number, code: "FORBIDDEN" | "PAYLOAD_TOO_LARGE"): Response {
  return Response.json({ type: "about:blank", status, code }, { status, headers: { "content-type": "application/problem+json" } });
}

/** The body, read up to the limit; null when it is longer. A declared length is not trusted. */
async function readBounded(request: Request): Promise<ArrayBuffer | null> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_MAX_BYTES) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); reader && part && !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > BODY_MAX_BYTES) {
      await reader.cancel();
      return null;
    }
    chunks.push(part.value);
  }
  return new Blob(chunks.map((chunk) => new Uint8Array(chunk))).arrayBuffer();
}

function handle(request: Request): Promise<Response> {
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    // Our client sends queries by POST too: a customer's e-mail address in a search must not end up in an access log.
    allowMethodOverride: true,
    maxBatchSize: BATCH_MAX,
    createContext: requestContext,
  });
}

export const GET = handle;

export async function POST(request: Request): Promise<Response> {
  if (!isSameOrigin(request.headers)) return refuse(403, "FORBIDDEN");
  const body = await readBounded(request);
  if (body === null) return refuse(413, "PAYLOAD_TOO_LARGE");
  return handle(new Request(request.url, { method: "POST", headers: request.headers, body, signal: request.signal }));
}
