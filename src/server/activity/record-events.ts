import type { z } from "zod";
import { findCustomersByExternalId } from "@/server/customers/find-customer";
import { refreshMetrics } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { isAhead } from "@/server/time";
import { type EventsInput, eventsInput, type RecordedEvents, type RejectedEvent } from "./schema";

const MAX_DATA_BYTES = 8_000;

/** Stores up to 1,000 events. Those about unknown customers are refused one by one; the others are stored. */
export const recordEvents = async (ctx: ShopContext, raw: EventsInput): Promise<RecordedEvents> =>
  recordParsedEvents(ctx, parseInput(eventsInput, raw));

/** The same for input that was parsed at the boundary already. */
export function recordParsedEvents(ctx: ShopContext, events: z.output<typeof eventsInput>): Promise<RecordedEvents> {
  return withTenant(ctx, async ({ trx, now }) => {
    const customers = await findCustomersByExternalId(
      trx,
      ctx.shopId,
      events.map((event) => event.customerId),
    );
    const rejected: RejectedEvent[] = [];
    const fresh = new Map<string, { id: string; customer: string; json: string; event: (typeof events)[number] }>();
    for (const event of events) {
      const customer = customers.get(event.customerId);
      const json = JSON.stringify(event.data);
      if (!customer) rejected.push({ id: event.id, reason: "UNKNOWN_CUSTOMER" });
      else if (isAhead(event.occurredAt, now)) rejected.push({ id: event.id, reason: "IN_FUTURE" });
      else if (Buffer.byteLength(json) > MAX_DATA_BYTES) rejected.push({ id: event.id, reason: "DATA_TOO_LARGE" });
      else if (!fresh.has(event.id)) fresh.set(event.id, { id: event.id, customer, json, event });
    }
    if (fresh.size === 0) return { stored: 0, duplicates: events.length - rejected.length, rejected };
    const stored = await trx
      .insertInto("activity_event")
      .values(
        // Sorted, so that two batches with the same events cannot wait for each other.
        [...fresh.values()]
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .map(({ id, customer, json, event }) => ({
            org_id: ctx.orgId,
            shop_id: ctx.shopId,
            id,
            customer_id: customer,
            kind: event.kind,
            occurred_at: event.occurredAt,
            ref_id: event.refId ?? null,
            data: json,
          })),
      )
      .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing())
      .returning("customer_id")
      .execute();
    await refreshMetrics(
      trx,
      ctx.shopId,
      stored.map((row) => row.customer_id),
    );
    return { stored: stored.length, duplicates: events.length - rejected.length - stored.length, rejected };
  });
}
