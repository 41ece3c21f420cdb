// `npm test`: everything, from a fresh clone. The last line is `N passed, N failed`.
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { ensureBrowser } from "./browser.mjs";
import { checkSteps } from "./check.mjs";
import { ensureInstalled } from "./install.mjs";
import { ensurePostgres, freePort } from "./postgres.mjs";
import { ROOT } from "./settings.mjs";
import { execute, nodeBin, playwrightCounts, reportDirectory, runStep, runSteps, vitestCounts } from "./steps.mjs";

const say = (text) => console.log(text);

/** The database tests: a template database is migrated once and cloned for every file. */
function databaseStep(reports) {
  const report = join(reports, "database.json");
  return {
    name: "database tests",
    run: () =>
      execute([
        ...nodeBin("vitest/vitest.mjs"),
        "run",
        "--project=database",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ]),
    counts: () => vitestCounts(report),
  };
}

function buildStep() {
  return {
    name: "production build",
    run: () => execute([process.execPath, "--input-type=module", "--eval", BUILD], { env: { NEXT_DIST_DIR: ".next-e2e" } }),
  };
}
const BUILD = `
const { ensureBuilt } = await import("./scripts/build.mjs");
const { tmpdir } = await import("node:os");
await ensureBuilt(() => {}, tmpdir() + "/guthaben-build-" + process.pid + ".log", {});
`;

function browserStep(reports, browser, port) {
  const report = join(reports, "e2e.json");
  return {
    name: "end-to-end, access",
    live: true,
    run: () =>
      execute([...nodeBin("@playwright/test/cli.js"), "test"], {
        live: true,
        env: { CI: "1", CHROMIUM_PATH: browser, E2E_PORT: String(port), PLAYWRIGHT_JSON_OUTPUT_FILE: report },
      }),
    counts: () => playwrightCounts(report),
  };
}

/** The tests leave their server running for the next run by hand; a whole run leaves nothing behind. */
async function stopTestServer() {
  if (process.env.TEST_DATABASE_URL) return;
  const server = await ensurePostgres({ dataDir: resolve(ROOT, process.env.GUTHABEN_TEST_DIR ?? ".guthaben-test") });
  await server.stop();
}

async function browserOrReason() {
  try {
    return { path: await ensureBrowser(say) };
  } catch (error) {
    return { reason: error.message };
  }
}

const began = Date.now();
await ensureInstalled(say);
const reports = reportDirectory();
const totals = [await runSteps(checkSteps(), Math.min(2, availableParallelism()))];
totals.push(await runStep(databaseStep(reports)));
await stopTestServer().catch((error) => say(`The test database could not be stopped: ${error.message}`));
const build = await runStep(buildStep());
totals.push(build);
const browser = await browserOrReason();
if (browser.reason) totals.push(await runStep({ name: "browser", run: async () => ({ code: 1, output: browser.reason }) }));
else if (build.failed === 0) totals.push(await runStep(browserStep(reports, browser.path, await freePort())));
else say("The end-to-end tests need a build; they were not run.");

const passed = totals.reduce((sum, total) => sum + total.passed, 0);
const failed = totals.reduce((sum, total) => sum + total.failed, 0);
say(`\nTook ${Math.round((Date.now() - began) / 1000)} s.`);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
