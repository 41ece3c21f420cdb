// The app for the end-to-end tests: the same start as `npm start`, with its own data, build folder and port, and a clock that can be set.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./launch.mjs";
import { ensurePostgres } from "./postgres.mjs";
import { alive, isOurs, pause, stopGroup } from "./processes.mjs";
import { ROOT } from "./settings.mjs";

// Nothing from the caller's deployment may reach the tests: they create and spend credit.
for (const name of [
  "DATABASE_URL",
  "SMTP_URL",
  "DNS_SERVERS",
  "APP_URL",
  "AUTH_SECRET",
  "INNGEST_EVENT_KEY",
  "INNGEST_SIGNING_KEY",
  "INNGEST_BASE_URL",
  "INNGEST_DEV",
])
  delete process.env[name];
process.env.GUTHABEN_DATA_DIR ||= ".guthaben-e2e";
process.env.NEXT_DIST_DIR ||= ".next-e2e";
process.env.PORT ||= "3210";
process.env.GUTHABEN_TEST_CLOCK = "1";
// Fewer people than the real demo, so that the tests spend their time on testing.
process.env.GUTHABEN_DEMO_CUSTOMERS ||= "6000";
// e2e/pages/single-sign-on.spec.ts starts a provider at this address.
process.env.OIDC_ISSUER = "http://localhost:3219";
process.env.OIDC_CLIENT_ID = "guthaben";
process.env.OIDC_CLIENT_SECRET = "only-for-the-tests-of-this-machine";
process.env.OIDC_NAME = "Testanmeldung";
delete process.env.NODE_ENV;
delete process.env.npm_lifecycle_event;

const dataDir = join(ROOT, process.env.GUTHABEN_DATA_DIR);

/** Every run starts from the same demo; GUTHABEN_E2E_KEEP=1 keeps the data of the last run, for working on one test. */
async function startOver() {
  const pidFile = join(dataDir, "run.json");
  const last = existsSync(pidFile) ? JSON.parse(readFileSync(pidFile, "utf8")) : null;
  if (last && isOurs(last.pid, /scripts\/e2e-server\.mjs/)) await stopGently(last.pid);
  if (last?.appPid && isOurs(last.appPid, /next/)) await stopGroup(last.appPid);
  if (process.env.GUTHABEN_E2E_KEEP === "1" || !existsSync(join(dataDir, "postgres.secret"))) return;
  const server = await ensurePostgres({ dataDir, settings: NOT_DURABLE });
  await server.stop();
  server.remove();
  rmSync(dataDir, { recursive: true, force: true });
}

/** Lets a server of an earlier run stop its app and its database itself. */
async function stopGently(pid) {
  process.kill(pid, "SIGTERM");
  for (let tries = 0; tries < 300 && alive(pid); tries++) await pause(100);
}

/** The data is made anew every time, so nothing needs to survive a power cut. */
const NOT_DURABLE = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };

await startOver();
await launch([], { postgres: NOT_DURABLE });
