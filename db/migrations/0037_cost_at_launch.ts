import { type Kysely, sql } from "kysely";

/**
 * What a campaign would cost at most was counted when it was launched; pages that plan ahead say that number, not one of their own. Those
 * launched before get what it cannot be more than: the budget of a repeated one, else the amount for everybody, control group and all.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table campaign add column cost_at_launch bigint`.execute(db);
  // Forced security hides all rows from the owner outside a tenant, too: without lifting it, nothing would be filled in.
  await sql`alter table campaign no force row level security`.execute(db);
  await sql`
    update campaign set cost_at_launch = case when repeat ->> 'type' <> 'none' then budget else amount * audience_at_launch end
    where status in ('scheduled', 'paused') and (repeat ->> 'type' <> 'none' or offer ->> 'type' = 'fixed')`.execute(db);
  await sql`alter table campaign force row level security`.execute(db);
}
