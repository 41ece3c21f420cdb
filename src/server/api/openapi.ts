import { z } from "zod";
import { WEBHOOK_TYPES, webhookBodySchema } from "@/server/notifications/webhooks/schema";
import { problemSchema } from "./problem";
import type { Route } from "./route";

type Json = Record<string, unknown>;

/** JSON has neither bigint nor dates: they are described as they travel. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const { type } = zodSchema._zod.def;
      if (type === "bigint")
        Object.assign(jsonSchema, { type: "string", pattern: "^-?\\d+$", description: jsonSchema.description ?? "Minor units" });
      if (type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
      // The format says it already; zod's pattern for it is a paragraph.
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  });
  return json;
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (!schema) return [];
  const { properties, required } = z
    .object({ properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}), required: z.array(z.string()).default([]) })
    .parse(schemaOf(schema, "input"));
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

const IDEMPOTENCY_HEADER: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: true,
  description: "The same key with the same body is answered with the first answer and moves nothing; with another body it is a 409.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

const bodyOf = (schema: z.ZodType): Json => ({
  required: !schema.safeParse(undefined).success,
  content: { "application/json": { schema: schemaOf(schema, "input") } },
});

function operationOf(route: Route): Json {
  const { spec } = route;
  const problems = ["VALIDATION", ...(spec.problems ?? [])];
  return {
    operationId: `${spec.method.toLowerCase()}${spec.path.replace(/[{}]/g, "").replace(/(?:^|[/-])(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
    summary: spec.summary,
    tags: [spec.tag],
    security: [{ apiKey: [spec.scope] }],
    parameters: [
      ...parametersOf(spec.params, "path"),
      ...parametersOf(spec.query, "query"),
      ...(spec.idempotent ? [IDEMPOTENCY_HEADER] : []),
    ],
    ...(spec.body ? { requestBody: bodyOf(spec.body) } : {}),
    ...(spec.accepts ? { requestBody: { required: true, content: Object.fromEntries(spec.accepts.map((type) => [type, {}])) } } : {}),
    responses: {
      [String(spec.status ?? 200)]: { description: "Done", content: { "application/json": { schema: schemaOf(spec.response, "output") } } },
      default: {
        description: `Problem details (RFC 9457). Codes here: ${problems.join(", ")}.`,
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

/** What is sent to web hooks, as OpenAPI 3.1 describes calls in the other direction. */
const webhooks = (): Json => ({
  events: {
    post: {
      operationId: "webhookEvents",
      summary: "What happened in the shop, up to 100 events in one call",
      description:
        `Sent to every endpoint made under Settings → Sending for the types it asked for: ${WEBHOOK_TYPES.join(", ")}. ` +
        "Any answer but 2xx is tried again for about three days; redirects are not followed. Repeats carry the same ids.",
      tags: ["Web hooks"],
      parameters: [
        {
          ...{ name: "X-Signature", in: "header", required: true, schema: { type: "string" } },
          description:
            '`t=<unix seconds>,v1=<hex HMAC-SHA-256 of "t.body" with the endpoint\'s secret>`. Refuse what is older than five minutes.',
        },
        { name: "X-Delivery-Id", in: "header", required: true, schema: { type: "string", format: "uuid" } },
      ],
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(webhookBodySchema, "output") } } },
      responses: { "2XX": { description: "Taken" } },
    },
  },
});

/** OpenAPI 3.1, generated from the schemas that parse and check the traffic. */
export function openApiDocument(routes: readonly Route[], serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const item = paths[route.spec.path] ?? {};
    item[route.spec.method.toLowerCase()] = operationOf(route);
    paths[route.spec.path] = item;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Guthaben",
      version: "1",
      description:
        'Store credit of one shop. Amounts are decimal strings of minor units (`"500"` is 5.00 EUR), times are ISO 8601 UTC, lists have a cursor. ' +
        "10 requests a second per key, 50 at once; 429 names the wait in Retry-After.",
    },
    servers: [{ url: serverUrl }],
    paths,
    webhooks: webhooks(),
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "An API key of the shop: `gh_live_…`" } },
      schemas: { Problem: schemaOf(problemSchema, "output") },
    },
  };
}
