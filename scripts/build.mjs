// Builds the app when its sources changed since the last build.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./settings.mjs";

const SOURCES = ["src", "db", "inngest", "public"];
const FILES = ["next.config.mjs", "tailwind.config.ts", "postcss.config.mjs", "tsconfig.json", "package.json", "package-lock.json"];
const HASH_FILE = "guthaben-sources";

function* filesBelow(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "demo") yield* filesBelow(path);
    } else if (!/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}

/** One hash over everything that goes into the build. */
export function sourcesHash() {
  const hash = createHash("sha256");
  for (const dir of SOURCES) if (existsSync(join(ROOT, dir))) for (const path of filesBelow(join(ROOT, dir))) add(path);
  for (const name of FILES) if (existsSync(join(ROOT, name))) add(join(ROOT, name));
  return hash.update(process.version).digest("hex");

  function add(path) {
    hash.update(`${relative(ROOT, path)}\0${statSync(path).size}\0`).update(readFileSync(path));
  }
}

export const distDirectory = () => join(ROOT, process.env.NEXT_DIST_DIR || ".next");

/** Runs `next build` unless the finished build is of these very sources. Throws with the build's last words when it fails. */
export async function ensureBuilt(say, logFile, env, signal) {
  const stamp = join(distDirectory(), HASH_FILE);
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("Building the app (only after changes) …");
  rmSync(stamp, { force: true });
  const log = createWriteStream(logFile);
  let tail = "";
  const child = spawn(process.execPath, [join(ROOT, "node_modules/next/dist/bin/next"), "build"], {
    cwd: ROOT,
    env: { ...process.env, ...env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log.write(chunk);
      tail = (tail + chunk).slice(-6_000);
    });
  }
  const code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  log.end();
  if (code !== 0) throw new Error(`the build failed (exit ${code}; whole log: ${logFile}).\n${tail.trim()}`);
  mkdirSync(distDirectory(), { recursive: true });
  writeFileSync(stamp, hash);
}
