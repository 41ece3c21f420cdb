import { z } from "zod";
import type { ApiScope } from "@/server/auth/permissions";
import { unstorable } from "@/server/storable";
import type { ShopContext } from "@/server/tenancy/context";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type Shape = z.ZodType;

export type RouteInput<P extends Shape, Q extends Shape, B extends Shape> = {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  /** The caller's Idempotency-Key in the API's own key space; empty unless the route is `idempotent`. */
  idempotencyKey: string;
  /** The request itself, for routes that read their body themselves (`accepts`). */
  request: Request;
};

export type RouteSpec<P extends Shape = Shape, Q extends Shape = Shape, B extends Shape = Shape, R extends Shape = Shape> = {
  method: Method;
  /** Below `/api/v1`, such as `/customers/{externalId}/credit`. A literal segment wins over a parameter. */
  path: string;
  scope: ApiScope;
  summary: string;
  tag: string;
  /** Path parameters; each `{name}` of the path needs one. They arrive percent-decoded. */
  params?: P;
  /** Query parameters, as strings: coerce in the schema, which is strict. A misspelt filter that is left out in silence answers with everything. */
  query?: Q;
  /** A JSON body. */
  body?: B;
  /** What is answered; also checked, so that the description stays true and nothing else leaks. */
  response: R;
  status?: 200 | 201 | 202;
  /** True for every POST that moves money: the Idempotency-Key header is required. */
  idempotent?: boolean;
  /** Largest JSON body in bytes; 1 MiB by default. */
  maxBodyBytes?: number;
  /** Media types of a body the handler reads itself from `request` (uploads). Excludes `body`; the handler bounds what it reads. */
  accepts?: readonly string[];
  /** Business errors worth telling in the description. */
  problems?: readonly string[];
  handler(ctx: ShopContext, input: RouteInput<P, Q, B>): Promise<z.output<R>>;
};

/** What went wrong where, before a verb was called. */
export type InputProblem = { in: "path" | "query" | "body"; error: z.ZodError };

export type Route = {
  readonly spec: Omit<RouteSpec, "handler">;
  readonly segments: readonly string[];
  /** Parses the parts, calls the handler, checks the answer. `invalid` makes the error for parts that do not parse. */
  run(ctx: ShopContext, raw: RawInput, invalid: (problem: InputProblem) => Error): Promise<unknown>;
};

export type RawInput = {
  params: Record<string, string>;
  query: Record<string, string | string[]>;
  body: unknown;
  idempotencyKey: string;
  request: Request;
};

const NO_QUERY = z.strictObject({});

/** Describes one endpoint: what it takes, needs and answers, and the verb it calls. Register it in src/server/api/routes.ts. */
export function defineRoute<P extends Shape, Q extends Shape, B extends Shape, R extends Shape>(spec: RouteSpec<P, Q, B, R>): Route {
  const { handler, ...description } = spec;
  return {
    spec: description,
    segments: spec.path.split("/").slice(1),
    async run(ctx, raw, invalid) {
      const parse = <S extends Shape>(schema: S | undefined, part: InputProblem["in"], value: unknown): z.output<S> => {
        const bad = unstorable(value);
        if (bad) throw invalid({ in: part, error: bad });
        const parsed = schema?.safeParse(value, { reportInput: true });
        if (parsed && !parsed.success) throw invalid({ in: part, error: parsed.error });
        return parsed?.data as z.output<S>;
      };
      const input = {
        params: parse(spec.params, "path", raw.params),
        query: parse(spec.query ?? NO_QUERY, "query", raw.query) as z.output<Q>,
        body: parse(spec.body, "body", raw.body),
        idempotencyKey: raw.idempotencyKey,
        request: raw.request,
      };
      return spec.response.parse(await handler(ctx, input));
    },
  };
}

/** The route for a path and method; without one, the methods that the path does know (none: there is no such path). */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  segments: readonly string[],
): { route: Route; params: Record<string, string> } | { allowed: Method[] } {
  const fitting = routes.filter((route) => fits(route, segments)).sort((a, b) => literals(b) - literals(a));
  const route = fitting.find((candidate) => candidate.spec.method === method);
  if (!route) return { allowed: [...new Set(fitting.map((candidate) => candidate.spec.method))].sort() };
  const params: Record<string, string> = {};
  for (const [index, segment] of route.segments.entries()) {
    const name = parameterName(segment);
    if (name) params[name] = segments[index] ?? "";
  }
  return { route, params };
}

const parameterName = (segment: string): string | undefined => /^\{(\w+)\}$/.exec(segment)?.[1];
const literals = (route: Route): number => route.segments.filter((segment) => !parameterName(segment)).length;
const fits = (route: Route, segments: readonly string[]): boolean =>
  route.segments.length === segments.length &&
  route.segments.every((segment, index) => (parameterName(segment) ? segments[index] !== "" : segment === segments[index]));
