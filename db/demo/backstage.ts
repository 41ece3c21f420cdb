import pg from "pg";
import { env } from "@/server/env";

const FILLED = ["customer", "customer_metrics", "product", "shop_order", "order_items", "order_refund", "activity_event"];

/**
 * What only the owner of the database can do, and only before the app starts: lets the demo's past happen in order by setting the clock
 * that the verbs read, and prepares the planner for tables that grew from nothing.
 */
export class Backstage {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(): Promise<Backstage> {
    const client = new pg.Client({ connectionString: env().DATABASE_URL });
    await client.connect();
    const backstage = new Backstage(client);
    await client.query("insert into app_clock (only_row) values (true) on conflict do nothing");
    // A fill that is cut off is done again from the start (db/cli.ts), so its thousand small commits need not wait for the disk.
    await backstage.setDatabase("set synchronous_commit = off");
    return backstage;
  }

  async setClock(at: number): Promise<void> {
    await this.client.query("select set_test_clock($1)", [new Date(at)]);
  }

  /** Without statistics the planner takes a table that was just filled for an empty one. */
  async analyze(): Promise<void> {
    await this.client.query(`analyze ${FILLED.join(", ")}`);
  }

  /** Back to the real time; the test clock stays possible only where it was asked for. */
  async close(): Promise<void> {
    await this.setDatabase("reset synchronous_commit");
    await this.client.query(
      env().GUTHABEN_TEST_CLOCK === "1" ? "update app_clock set base = null, set_at = null" : "delete from app_clock",
    );
    await this.client.end();
  }

  private async setDatabase(change: string): Promise<void> {
    const { database } = this.client;
    if (!database) throw new Error("DATABASE_URL names no database");
    await this.client.query(`alter database ${this.client.escapeIdentifier(database)} ${change}`);
  }
}
