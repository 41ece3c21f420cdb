import type pg from "pg";

const TRIES = 20;
const PAUSE_MS = 250;
const IN_USE = "55006";

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/**
 * Drops a database of tests or measurements with whoever is still connected. Not `with (force)`: that fails for a login without superuser
 * rights whenever autovacuum is at work there, while a plain drop sends autovacuum away by itself.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()",
      [name],
    );
    try {
      await client.query(`drop database if exists ${client.escapeIdentifier(name)}`);
      return;
    } catch (error) {
      if (codeOf(error) !== IN_USE || tries === TRIES) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
