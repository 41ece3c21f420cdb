import { afterAll, beforeAll } from "vitest";
import { closeDb } from "@/server/db";
import { createTestDatabase } from "./testing";

// Every database test file gets its own clone; the app code under test finds it where it always looks.
process.env.AUTH_SECRET ??= "test-secret-test-secret-test-secret-1234";
process.env.NEXTAUTH_SECRET ??= process.env.AUTH_SECRET;
process.env.GUTHABEN_TEST_CLOCK = "1";
process.env.GUTHABEN_MODE = "local";

let drop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  const database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  drop = database.drop;
});

afterAll(async () => {
  await closeDb();
  await drop?.();
});
