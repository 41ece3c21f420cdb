import { type Kysely, sql } from "kysely";

/** Marketing e-mail stands still also when too many addresses do not exist: the stop says what it counted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    `alter table sending_stop add column cause text not null default 'complaints' check (cause in ('complaints', 'bounces'))`,
    `alter table sending_stop alter column cause drop default`,
    `alter table sending_stop rename column complained to counted`,
    // What was refused for good since an instant is found at once, however much came back.
    `create index delivery_event_hard on delivery_event (shop_id, at) where kind = 'hardBounce' and channel = 'email'`,
  ])
    await sql.raw(part).execute(db);
}
