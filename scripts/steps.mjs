// Runs named steps of `npm run check` and `npm test`, shows one line for each, and counts what passed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./settings.mjs";

export const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
/** Colours of the tools only where ours are shown. */
const plain = colour ? { FORCE_COLOR: "1" } : { NO_COLOR: "1", FORCE_COLOR: undefined };
const MAX_OUTPUT = 40_000;

/** Where the runners leave their counts; removed when the process ends. */
export function reportDirectory() {
  const dir = mkdtempSync(join(tmpdir(), "guthaben-reports-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export const nodeBin = (path) => [process.execPath, join(ROOT, "node_modules", path)];

/** Runs a command and keeps its output. `live` shows it as it comes, for steps that take minutes. */
export function execute([command, ...args], { env = {}, live = false } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...plain, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output = (output + chunk).slice(-MAX_OUTPUT);
        if (live) process.stdout.write(chunk);
      });
    child.once("error", (error) => done({ code: 1, output: `${output}\n${error.message}` }));
    child.once("close", (code) => done({ code: code ?? 1, output }));
  });
}

/** Counts of a vitest JSON report. A run that ended without a report counts as one failure. */
export function vitestCounts(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.every((t) => t.status !== "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}

/** Counts of a Playwright JSON report. A test that passed on a second try passed, and Playwright's own output names it as flaky. */
export function playwrightCounts(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { stats, errors } = JSON.parse(readFileSync(file, "utf8"));
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + (stats.unexpected === 0 ? errors.length : 0) };
}

/**
 * @typedef {{ name: string, run: () => Promise<{ code: number, output: string }>, counts?: () => { passed: number, failed: number } }} Step
 * @typedef {{ passed: number, failed: number }} Totals
 */

/** Runs one step and prints its line; its output only when it failed. A step without counts counts as one. @returns {Promise<Totals>} */
export async function runStep(step) {
  const began = Date.now();
  const { code, output } = await step.run();
  const totals = step.counts?.() ?? { passed: 0, failed: 0 };
  if (!step.counts) totals[code === 0 ? "passed" : "failed"] = 1;
  else if (code !== 0 && totals.failed === 0) totals.failed = 1;
  const ok = totals.failed === 0;
  const seconds = `${((Date.now() - began) / 1000).toFixed(1)} s`.padStart(8);
  const detail = step.counts ? `  ${totals.passed} passed${totals.failed > 0 ? `, ${totals.failed} failed` : ""}` : "";
  console.log(`${ok ? paint(32, "✓") : paint(31, "✗")} ${step.name.padEnd(22)}${seconds}${detail}`);
  if (!ok && !step.live) console.log(output.trimEnd().replaceAll(/^/gm, "    "));
  return totals;
}

/** Runs steps, `width` at a time in the given order. @param {Step[]} steps @returns {Promise<Totals>} */
export async function runSteps(steps, width) {
  const total = { passed: 0, failed: 0 };
  const queue = [...steps];
  const worker = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) {
      const { passed, failed } = await runStep(step);
      total.passed += passed;
      total.failed += failed;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return total;
}
