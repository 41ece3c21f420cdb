// `npm run check`: types, format and lint, boundaries, unit tests. Under a minute.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { ROOT } from "./settings.mjs";
import { colour, execute, nodeBin, reportDirectory, runSteps, vitestCounts } from "./steps.mjs";

/** The steps of the check; the longest one first, so that two cores finish together. */
export function checkSteps() {
  const reports = reportDirectory();
  const unitReport = join(reports, "unit.json");
  return [
    {
      name: "unit tests",
      run: () =>
        execute([
          ...nodeBin("vitest/vitest.mjs"),
          "run",
          "--project=unit",
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${unitReport}`,
        ]),
      counts: () => vitestCounts(unitReport),
    },
    { name: "types", run: types },
    {
      name: "format and lint",
      run: () => execute([...nodeBin("@biomejs/biome/bin/biome"), "ci", `--colors=${colour ? "force" : "off"}`, "."]),
    },
    { name: "boundaries", run: () => execute([process.execPath, join(ROOT, "scripts/boundaries.mjs")]) },
  ];
}

/** Next writes the types of the routes first; without them a link to a page that does not exist would pass. */
async function types() {
  if (existsSync(join(ROOT, "src/app"))) {
    const typegen = await execute([...nodeBin("next/dist/bin/next"), "typegen"], { env: { NEXT_TELEMETRY_DISABLED: "1" } });
    if (typegen.code !== 0) return typegen;
  }
  return execute([...nodeBin("typescript/bin/tsc"), "--noEmit", "-p", "."]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await ensureInstalled((text) => console.log(text));
  const { passed, failed } = await runSteps(checkSteps(), Math.min(2, availableParallelism()));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
