import { randomBytes } from "node:crypto";
import pg from "pg";
import { ensurePostgres } from "../scripts/postgres.mjs";
import { dropDatabase } from "./drop-database";
import { migrate } from "./migrate";

/** The test server keeps its own cluster, so that tests never touch a person's data. Not durable on purpose (fsync off). */
export const TEST_DATA_DIR = process.env.GUTHABEN_TEST_DIR ?? ".guthaben-test";
const TEMPLATE = "guthaben_template";

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const admin = new URL(url);
  admin.pathname = "/postgres";
  const client = new pg.Client({ connectionString: admin.toString() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Starts the test server and rebuilds the migrated template database. Called once per test run (vitest global set-up). */
export async function prepareTemplate(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL
    ? { url: process.env.TEST_DATABASE_URL, stop: async () => {} }
    : await ensurePostgres({ dataDir: TEST_DATA_DIR, settings: { fsync: "off", full_page_writes: "off", synchronous_commit: "off" } });
  const name = `${TEMPLATE}_${process.pid}`;
  await onServer(server.url, async (client) => {
    await dropDatabase(client, name);
    await client.query(`create database "${name}"`);
  });
  const template = withDatabase(server.url, name);
  await migrate(template, { testClock: true });
  return {
    url: template,
    stop: async () => {
      await onServer(server.url, (client) => dropDatabase(client, name));
    },
  };
}

function withDatabase(url: string, database: string): string {
  const next = new URL(url);
  next.pathname = `/${database}`;
  return next.toString();
}

/** A fresh database cloned from the migrated template, and how to drop it. `url` is the owner's login, as the app gets it. */
export async function createTestDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = process.env.GUTHABEN_TEST_TEMPLATE;
  if (!template)
    throw new Error("GUTHABEN_TEST_TEMPLATE is unset: run database tests through vitest, whose global set-up prepares the template");
  const templateName = new URL(template).pathname.slice(1);
  const name = `test_${randomBytes(8).toString("hex")}`;
  await onServer(template, (client) => client.query(`create database "${name}" template "${templateName}"`));
  return {
    url: withDatabase(template, name),
    drop: () => onServer(template, (client) => dropDatabase(client, name)),
  };
}
