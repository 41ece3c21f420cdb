import { type Kysely, sql } from "kysely";

/** A repeated campaign needs a budget, unless it gives nothing but a message. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table campaign drop constraint repeats_have_budget, add constraint repeats_have_budget check (
      status in ('draft', 'submitted', 'approved', 'cancelled') or repeat ->> 'type' = 'none' or offer ->> 'type' = 'none' or budget is not null)`.execute(
    db,
  );
}
