// `npm run bench [-- name …]`: runs the measurements of bench/ one after the other and prints a table. Measures are reported, not asserted.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";
import { ROOT } from "./settings.mjs";

await ensureInstalled((text) => console.log(text));
const child = spawn(process.execPath, [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "bench/run.ts"), ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: "inherit",
});
process.exitCode = await new Promise((done) => child.once("close", (code) => done(code ?? 1)));
