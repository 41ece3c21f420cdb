// Installs the packages of the lockfile when they are not there yet. Plain Node: runs before node_modules exists.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./settings.mjs";

const STAMP = join(ROOT, "node_modules", ".guthaben-stamp");

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** What an installation depends on: the lockfile, and the platform its native parts were chosen for. */
const wanted = () =>
  createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .update(`${process.platform}-${process.arch}`)
    .digest("hex");

/** True when npm's own record says that everything in the lockfile is installed: then `npm ci` would only repeat it. */
function alreadyInstalled() {
  const record = read(join(ROOT, "node_modules", ".package-lock.json"));
  if (!record) return false;
  const installed = JSON.parse(record).packages ?? {};
  const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages ?? {};
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === "" || !path.startsWith("node_modules/") || entry.optional || entry.link || installed[path]?.version === entry.version,
  );
}

/** npm as the one that runs us; else the one on the PATH. */
function npmCommand() {
  const path = process.env.npm_execpath ?? "";
  if (/npm-cli\.c?js$/.test(path)) return { command: process.execPath, args: [path] };
  return process.platform === "win32" ? { command: "npm.cmd", args: [], shell: true } : { command: "npm", args: [] };
}

/** Makes node_modules match the lockfile; silent when it already does. Throws with npm's own words when it fails. */
export async function ensureInstalled(say, signal) {
  const hash = wanted();
  if (read(STAMP) === hash) return;
  if (alreadyInstalled()) {
    writeFileSync(STAMP, hash);
    return;
  }
  say("Installing packages (only the first time and after updates) …");
  const { command, args, shell } = npmCommand();
  // Development packages too: the build checks types, whatever NODE_ENV says.
  const child = spawn(command, [...args, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ROOT,
    shell: shell ?? false,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output = (output + chunk).slice(-20_000)));
  const code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  if (code !== 0) throw new Error(`npm ci failed (exit ${code}).\n${output.trim()}`);
  writeFileSync(STAMP, hash);
}
