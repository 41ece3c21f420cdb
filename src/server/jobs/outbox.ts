import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import { EVENTS, type JobEvent } from "./events";

/** The channel the dispatcher listens on. A notification leaves with the commit, so it never announces a row that was rolled back. */
export const OUTBOX_CHANNEL = "guthaben_outbox";

/**
 * Asks for background work in the caller's transaction: the event exists exactly when the change it tells about exists.
 * Throws ZodError when the data does not fit the catalogue. The same `id` twice is one event.
 */
export async function enqueue(trx: Transaction<Database>, event: JobEvent): Promise<void> {
  const data = EVENTS[event.name].parse(event.data);
  await trx
    .insertInto("job_outbox")
    .values({
      ...(event.id ? { id: event.id } : {}),
      ...(event.runAt ? { run_at: event.runAt } : {}),
      org_id: data.orgId,
      name: event.name,
      data: JSON.stringify(data),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
  await sql`select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(trx);
}
