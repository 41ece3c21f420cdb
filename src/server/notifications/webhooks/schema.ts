import { z } from "zod";

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
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

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
