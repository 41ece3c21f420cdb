import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@db/migrate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { closeDb } from "@/server/db";
import { ensurePostgres } from "../scripts/postgres.mjs";
import { dropsUnderFire } from "./testing-kills";
import { MortalPostgres } from "./testing-postgres";

// A server of its own, because it is killed; and one that writes to the disk, because what is lost by not writing would be no defect of ours.
const onLinux = process.platform === "linux";
let server: Awaited<ReturnType<typeof ensurePostgres>>;
let dataDir: string;
let cloned: string | undefined;

beforeAll(async () => {
  if (!onLinux) return;
  dataDir = mkdtempSync(join(tmpdir(), "guthaben-kills-"));
  server = await ensurePostgres({ dataDir });
  await migrate(server.url, { testClock: false });
  cloned = process.env.DATABASE_URL;
  process.env.DATABASE_URL = server.url;
}, 120_000);

afterAll(async () => {
  if (!onLinux) return;
  await closeDb();
  process.env.DATABASE_URL = cloned;
  await server.stop();
  server.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

it.runIf(onLinux)(
  "grants each member once when engine, backends and database are killed while a drop is at work",
  async () => {
    const result = await dropsUnderFire({
      ...{ members: 5_000, kills: 4, victims: ["server", "engine", "backend"] },
      ...{ postgres: new MortalPostgres(server.pid, server.url), backoffFactor: 0.01, withinMs: 400 },
    });
    expect(result.kills).toEqual({ app: 0, engine: 1, server: 2, backend: 1 });
    expect(result.violations).toBe(0);
  },
  240_000,
);
