import { z } from "zod";

export const MAX_EVENTS = 1_000;

/** Kinds the product understands; any other name with a dot or letters is kept as a custom event. */
export const EVENT_KINDS = [
  "email.opened",
  "email.clicked",
  "email.delivered",
  "email.bounced",
  "email.marked_as_spam",
  "email.unsubscribed",
  "product.viewed",
  "collection.viewed",
  "cart.updated",
  "checkout.started",
] as const;

export const eventInput = z.strictObject({
  /** The sender's id of the event: sent twice, stored once. */
  id: z.string().min(1).max(200),
  customerId: z.string().trim().min(1).max(200),
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/)
    .max(64),
  occurredAt: z.iso.datetime({ offset: true }).transform((value) => new Date(value)),
  /** What it is about: the shop's id of a product, collection, message or checkout. */
  refId: z.string().max(200).nullish(),
  data: z.record(z.string().min(1).max(100), z.json()).default({}),
});
export const eventsInput = z.array(eventInput).min(1).max(MAX_EVENTS);
export type EventsInput = z.input<typeof eventsInput>;

export type RejectedEvent = { id: string; reason: "UNKNOWN_CUSTOMER" | "IN_FUTURE" | "DATA_TOO_LARGE" };
export type RecordedEvents = { stored: number; duplicates: number; rejected: RejectedEvent[] };
