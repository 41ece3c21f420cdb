import { z } from "zod";
import { RFM_GROUPS } from "@/server/scoring/schema";

/** What a web hook may be told about. */
export const WEBHOOK_TYPES = [
  "credit.granted",
  "credit.available",
  "credit.redeemed",
  "credit.refunded",
  "credit.will_expire",
  "credit.expired",
  "credit.recalled",
  "campaign.scheduled",
  "campaign.launched",
  "campaign.paused",
  "campaign.resumed",
  "campaign.finished",
  "campaign.cancelled",
  "campaign.recalled",
  "customer.group_changed",
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

const instant = z.iso.datetime({ offset: true });
const minor = z
  .string()
  .regex(/^-?\d+$/)
  .describe("Minor units");
const event = { id: z.uuid().describe("The same in every repeat: receivers count it once"), at: instant };

const creditEvent = z.object({
  ...event,
  type: z.enum([
    ...["credit.granted", "credit.available", "credit.redeemed", "credit.refunded", "credit.expired", "credit.recalled"],
  ] as const),
  data: z.object({
    customerId: z.string().describe("The shop's own id of the customer"),
    unit: z.string(),
    amount: minor,
    availableFrom: instant.nullable(),
    expiresAt: instant.nullable(),
    orderRef: z.string().nullable(),
    source: z.object({ type: z.string().nullable(), id: z.string().nullable() }),
    transferId: z.uuid(),
    lapsed: minor.optional().describe("Of a refund, what had expired meanwhile and lapsed at once; credit.expired tells of it, too"),
    recalled: minor
      .optional()
      .describe("Of a refund, what came from a recalled campaign and left again at once; credit.recalled tells of it, too"),
  }),
});
const expiringEvent = z.object({
  ...event,
  type: z.literal("credit.will_expire"),
  data: z.object({
    customerId: z.string(),
    unit: z.string(),
    amount: minor,
    expiresAt: instant,
    hours: z.int().describe("Before the expiry"),
  }),
});
const campaignEvent = z.object({
  ...event,
  type: z.enum([
    ...["campaign.scheduled", "campaign.launched", "campaign.paused", "campaign.resumed", "campaign.finished", "campaign.cancelled"],
    "campaign.recalled",
  ] as const),
  data: z.object({ campaignId: z.uuid(), name: z.string(), status: z.string() }),
});
const groupEvent = z.object({
  ...event,
  type: z.literal("customer.group_changed"),
  data: z.object({
    customerId: z.string().describe("The shop's own id of the customer"),
    from: z.enum(RFM_GROUPS).nullable().describe("null: had no group before"),
    to: z.enum(RFM_GROUPS),
    runId: z.uuid().describe("The run of the scores, as in /scoring/rfm"),
  }),
});

/** What a web hook is sent: up to a hundred events, oldest first; none in a test. */
export const webhookBodySchema = z.object({
  id: z.uuid().describe("Of this delivery, also in x-delivery-id"),
  shopId: z.uuid(),
  events: z.array(z.discriminatedUnion("type", [creditEvent, expiringEvent, campaignEvent, groupEvent])).max(100),
});

const url = z.url({ protocol: /^https?$/ }).max(2_000);
const types = z.array(z.enum(WEBHOOK_TYPES)).min(1).max(WEBHOOK_TYPES.length);
export const createWebhookSchema = z.object({ url, types });
export const updateWebhookSchema = z.object({
  id: z.uuid(),
  url: url.optional(),
  types: types.optional(),
  enabled: z.boolean().optional(),
});
export const listDeliveriesSchema = z.object({
  endpointId: z.uuid(),
  status: z.enum(["waiting", "delivered", "failed"]).nullish(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(100).default(50),
});
