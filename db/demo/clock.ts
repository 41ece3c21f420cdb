import pg from "pg";
import { env } from "@/server/env";

/**
 * Lets the demo's past happen in order: the verbs run while the database's clock shows the day they are meant for. Only the owner of the
 * database can do this, and only before the app starts.
 */
export class DemoClock {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(): Promise<DemoClock> {
    const client = new pg.Client({ connectionString: env().DATABASE_URL });
    await client.connect();
    await client.query("insert into app_clock (only_row) values (true) on conflict do nothing");
    return new DemoClock(client);
  }

  async set(at: number): Promise<void> {
    await this.client.query("select set_test_clock($1)", [new Date(at)]);
  }

  /** Back to the real time; the test clock stays possible only where it was asked for. */
  async close(): Promise<void> {
    await this.client.query(
      env().GUTHABEN_TEST_CLOCK === "1" ? "update app_clock set base = null, set_at = null" : "delete from app_clock",
    );
    await this.client.end();
  }
}
