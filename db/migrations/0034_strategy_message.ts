import { type Kysely, sql } from "kysely";

/**
 * A strategy of one's own keeps how its campaign speaks, not only the words: channel, template, spread. And whether its credit is promised
 * for purchases, because the law asks more of such credit. What was saved before spoke by e-mail in its own words, as far as anybody knows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `alter table campaign_strategy
        add column origin text not null default 'unpaid' check (origin in ('unpaid', 'earned')),
        add column channel text not null default 'email' check (channel in ('email', 'sms', 'push')),
        add column template_id uuid,
        add column spread_minutes integer not null default 0 check (spread_minutes between 0 and 1440)`,
    )
    .execute(db);
}
