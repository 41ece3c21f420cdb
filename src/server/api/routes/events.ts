/** Activity of customers: opens, clicks, views, carts, checkouts (DESIGN section 8). */
import { z } from "zod";
import { recordParsedEvents } from "@/server/activity/record-events";
import { eventInput, MAX_EVENTS } from "@/server/activity/schema";
import { defineRoute } from "../route";

const list = z.array(eventInput).min(1).max(MAX_EVENTS);

const record = defineRoute({
  method: "POST",
  path: "/events",
  scope: "events:write",
  summary: "Record up to 1,000 events; an id that is known already is ignored",
  tag: "Events",
  body: z.union([list, z.strictObject({ events: list })]),
  maxBodyBytes: 8 * 1024 * 1024,
  response: z.object({
    stored: z.int(),
    duplicates: z.int(),
    rejected: z.array(z.object({ id: z.string(), reason: z.enum(["UNKNOWN_CUSTOMER", "IN_FUTURE", "DATA_TOO_LARGE"]) })),
  }),
  handler: (ctx, input) => recordParsedEvents(ctx, Array.isArray(input.body) ? input.body : input.body.events),
});

export const eventRoutes = [record];
