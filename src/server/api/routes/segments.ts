/** Segments in the text language (DESIGN section 8). */
import { z } from "zod";
import { createSegment } from "@/server/segments/create-segment";
import { explainMember } from "@/server/segments/explain-customer";
import { querySchema } from "@/server/segments/inputs";
import { printClause } from "@/server/segments/language/print";
import { listSegments } from "@/server/segments/list-segments";
import { previewWithReach } from "@/server/segments/preview-segment";
import type { Actual, Explanation, SamplePerson } from "@/server/segments/schema";
import { segmentMembers } from "@/server/segments/segment-members";
import { defineRoute } from "../route";
import { externalIdIn, pageOf, pageQuery } from "../wire";

const query = querySchema.describe("Segment query language; empty means every customer");
const segment = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  query: z.string(),
  hash: z.string().describe("SHA-256 of the canonical query"),
  version: z.int(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
const person = z.object({
  customer: z.string().describe("The shop's own id"),
  name: z.string(),
  email: z.string().nullable(),
  orders: z.int(),
  spent: z.bigint().describe("Net, minor units of the shop's currency"),
  lastOrderAt: z.date().nullable(),
});

const toPerson = ({ externalId, name, email, orders, spent, lastOrderAt }: SamplePerson): z.output<typeof person> => ({
  ...{ customer: externalId, name, email, orders, spent, lastOrderAt },
});

const preview = defineRoute({
  method: "POST",
  path: "/segments/preview",
  scope: "segments:read",
  tag: "Segments",
  summary: "Count a query and show some of its people",
  body: z.strictObject({ query, sample: z.int().min(0).max(20).default(20) }),
  response: z.object({
    count: z.int(),
    total: z.int().describe("Customers of the shop"),
    share: z.number().describe("count / total"),
    reach: z.object({ email: z.int(), sms: z.int(), push: z.int() }).describe("Members with consent and an address on the channel"),
    sample: z.array(person),
  }),
  problems: ["SEGMENT_SYNTAX", "SEGMENT_TOO_SLOW"],
  async handler(ctx, { body, request }) {
    const { sample, ...numbers } = await previewWithReach(ctx, body, { see: "full", signal: request.signal });
    return { ...numbers, sample: sample.map(toPerson) };
  },
});

const create = defineRoute({
  method: "POST",
  path: "/segments",
  scope: "segments:write",
  tag: "Segments",
  summary: "Save a segment",
  status: 201,
  body: z.strictObject({ name: z.string().trim().min(1).max(200), description: z.string().trim().max(2000).default(""), query }),
  response: segment,
  problems: ["SEGMENT_SYNTAX", "SEGMENT_NAME_TAKEN"],
  handler: (ctx, { body }) => createSegment(ctx, body),
});

const list = defineRoute({
  method: "GET",
  path: "/segments",
  scope: "segments:read",
  tag: "Segments",
  summary: "List segments, last changed first",
  query: z.strictObject({ ...pageQuery, search: z.string().max(200).default("") }),
  response: pageOf(segment.extend({ usedBy: z.int().describe("Campaigns that use it") })),
  handler: (ctx, { query: page }) => listSegments(ctx, page),
});

const members = defineRoute({
  method: "GET",
  path: "/segments/{id}/members",
  scope: "segments:read",
  tag: "Segments",
  summary: "The members of a segment now",
  params: z.object({ id: z.uuid() }),
  query: z.strictObject({ cursor: z.uuid().optional(), limit: z.coerce.number().int().min(1).max(1000).default(200) }),
  response: pageOf(person),
  problems: ["NOT_FOUND"],
  async handler(ctx, { params, query: page }) {
    const { items, nextCursor } = await segmentMembers(ctx, { ...params, ...page }, "full");
    return { items: items.map(toPerson), nextCursor };
  },
});

const explained = z.object({
  condition: z.string().describe("As the query language prints it"),
  holds: z.boolean(),
  actual: z.string().nullable().describe("The customer's own value; null when there is none"),
});

/** The conditions in reading order; how they combine is in the query itself. */
function conditionsOf(explanation: Explanation): z.output<typeof explained>[] {
  if (explanation.kind === "clause") {
    return [{ condition: printClause(explanation.clause), holds: explanation.result, actual: actualText(explanation.actual) }];
  }
  return explanation.kind === "not" ? conditionsOf(explanation.child) : explanation.children.flatMap(conditionsOf);
}

function actualText(actual: Actual): string | null {
  switch (actual.type) {
    case "missing":
      return null;
    case "money":
      return actual.minor.toString();
    case "number":
    case "boolean":
      return String(actual.value);
    case "instant":
      return actual.at.toISOString();
    case "day":
      return actual.day;
    case "text":
      return actual.value;
    case "list":
      return actual.values.join(", ");
    case "occurrences":
      return String(actual.count);
  }
}

const explain = defineRoute({
  method: "GET",
  path: "/segments/{id}/explain/{customer}",
  scope: "segments:read",
  tag: "Segments",
  summary: "Why a customer is in or out of a segment",
  params: z.object({ id: z.uuid(), customer: externalIdIn }),
  response: z.object({ member: z.boolean(), conditions: z.array(explained) }),
  problems: ["NOT_FOUND"],
  async handler(ctx, { params }) {
    const { member, explanation } = await explainMember(ctx, params.id, params.customer);
    return { member, conditions: conditionsOf(explanation) };
  },
});

export const segmentRoutes = [preview, create, list, members, explain];
