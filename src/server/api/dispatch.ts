import { negotiateLocale } from "@/messages/negotiate-locale";
import { authenticateApiKey } from "@/server/auth/authenticate-api-key";
import { AppError } from "@/server/errors";
import { readJson, requireMediaType } from "./body";
import { openApiDocument } from "./openapi";
import { InvalidInput, problemOf } from "./problem";
import { RateLimiter } from "./rate-limit";
import { matchRoute, type RawInput, type Route } from "./route";

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Money and counts keep every digit: bigint becomes a decimal string, Date becomes ISO 8601 UTC. */
const encode = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));

function queryOf(url: URL): RawInput["query"] {
  const query: RawInput["query"] = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return query;
}

function decodeSegments(path: string): string[] {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    throw new AppError("NOT_FOUND");
  }
}

function idempotencyKeyOf(request: Request, route: Route): string {
  if (!route.spec.idempotent) return "";
  const key = request.headers.get("idempotency-key");
  if (!key) throw new AppError("IDEMPOTENCY_KEY_MISSING");
  if (!IDEMPOTENCY_KEY.test(key)) throw new AppError("VALIDATION", { field: "Idempotency-Key" });
  // A key space of its own: a client cannot meet the keys of drops, sweeps and dialogs.
  return `api:${key}`;
}

/** Refuses methods the path does not know with 405 and the Allow header; unknown paths with 404. */
class MethodNotAllowed extends AppError {
  constructor(readonly allowed: readonly string[]) {
    super("METHOD_NOT_ALLOWED", { allowed: allowed.join(", ") });
  }
}

export type Api = (request: Request) => Promise<Response>;

/**
 * Serves the routes below `basePath`: match, authenticate, rate-limit, scope, parse, call, encode. A path is only told apart from a
 * missing one after authentication, so that a stranger learns nothing but the published description.
 */
export function createApi(routes: readonly Route[], basePath = "/api/v1", limiter = new RateLimiter()): Api {
  async function answer(request: Request, url: URL, requestId: string): Promise<Response> {
    const path = url.pathname.slice(basePath.length + 1);
    if (path === "openapi.json") {
      if (request.method !== "GET" && request.method !== "HEAD") throw new MethodNotAllowed(["GET"]);
      return Response.json(openApiDocument(routes, url.origin + basePath), { headers: { "cache-control": "no-cache" } });
    }
    const caller = await authenticateApiKey(request.headers.get("authorization"), requestId);
    const wait = limiter.take(caller.keyId, performance.now());
    if (wait > 0) throw new AppError("TOO_MANY_REQUESTS", { retryAfter: wait });
    const found = matchRoute(routes, request.method, decodeSegments(path));
    if ("allowed" in found) throw found.allowed.length > 0 ? new MethodNotAllowed(found.allowed) : new AppError("NOT_FOUND");
    const { route, params } = found;
    if (!caller.scopes.has(route.spec.scope)) throw new AppError("FORBIDDEN", { scope: route.spec.scope });
    if (route.spec.accepts) requireMediaType(request, route.spec.accepts);
    const idempotencyKey = idempotencyKeyOf(request, route);
    // A body that may be left out is left out by sending none; anything that is sent must be JSON.
    const wanted = route.spec.body && !(sendsNothing(request) && route.spec.body.safeParse(undefined).success);
    const body = wanted ? await readJson(request, route.spec.maxBodyBytes) : undefined;
    const raw: RawInput = { params, query: queryOf(url), body, idempotencyKey, request };
    const result = await route.run(caller.ctx, raw, (problem) => new InvalidInput(problem.in, problem.error));
    return new Response(encode(result), {
      status: route.spec.status ?? 200,
      headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    });
  }

  return async (request) => {
    const url = new URL(request.url);
    const asked = request.headers.get("x-request-id") ?? "";
    const requestId = /^[\w-]{8,64}$/.test(asked) ? asked : crypto.randomUUID();
    const response = await answer(request, url, requestId).catch((error: unknown) => {
      const locale = negotiateLocale(undefined, request.headers.get("accept-language"));
      const problem = problemOf(error, { locale, requestId, instance: url.pathname });
      const headers: Record<string, string> = {
        "content-type": "application/problem+json; charset=utf-8",
        "content-language": locale,
        "cache-control": "no-store",
      };
      if (problem.status === 401) headers["www-authenticate"] = 'Bearer realm="guthaben"';
      if (problem.status === 429) headers["retry-after"] = String(problem.params.retryAfter ?? 1);
      if (error instanceof MethodNotAllowed) headers.allow = error.allowed.join(", ");
      return new Response(encode(problem), { status: problem.status, headers });
    });
    response.headers.set("x-request-id", requestId);
    return response;
  };
}

/** Servers hand on an absent body as an empty stream; its headers tell the two apart. */
const sendsNothing = ({ body, headers }: Request): boolean =>
  body === null || (!headers.has("content-type") && !headers.has("transfer-encoding") && Number(headers.get("content-length") ?? 0) === 0);
