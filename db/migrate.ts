import { Kysely, Migrator, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { migrations } from "./migrations/index";

/**
 * Applies all outstanding migrations as the database's owner. Safe to call from several processes at once (Kysely holds a lock).
 * @returns the names applied now. Throws the first migration's error; that migration is rolled back.
 */
export async function migrate(databaseUrl: string, options: { testClock?: boolean } = {}): Promise<string[]> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl, max: 2 }) }) });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    // The owner decides whether this database may have a test clock; the app cannot switch it on.
    if (options.testClock) await sql`insert into app_clock (only_row) values (true) on conflict do nothing`.execute(db);
    else await sql`delete from app_clock`.execute(db);
    return (results ?? []).filter((r) => r.status === "Success").map((r) => r.migrationName);
  } finally {
    await db.destroy();
  }
}
