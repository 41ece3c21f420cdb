import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/postgres.mjs";
import { type Bench, median } from "./measure";

const ROOT = join(import.meta.dirname, "..");
const PATIENCE_MS = 400_000;

/** Runs `npm start` until it prints its address, then stops it as Ctrl-C does. Returns the seconds until the login page was served. */
async function start(dataDir: string, distDir: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: ROOT,
    env: {
      ...process.env,
      GUTHABEN_DATA_DIR: dataDir,
      NEXT_DIST_DIR: distDir,
      PORT: String(port),
      DATABASE_URL: "",
      NODE_ENV: "development",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  try {
    await answered(child);
    return (performance.now() - began) / 1000;
  } finally {
    child.kill("SIGINT");
    await ended;
  }
}

function answered(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let text = "";
    const late = setTimeout(() => fail(new Error(`no answer within ${PATIENCE_MS / 1000} s:\n${text}`)), PATIENCE_MS);
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes("Guthaben runs at")) return;
      clearTimeout(late);
      done();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("close", (code) => {
      clearTimeout(late);
      fail(new Error(`the start ended (exit ${code}):\n${text}`));
    });
  });
}

/** The first start with installed packages: build, database, demo shops. Then starts that find everything there. */
export const run: Bench = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "guthaben-bench-"));
  const distDir = ".next-e2e"; // Next writes the names of build folders into tsconfig.json; this one is known there
  try {
    rmSync(join(ROOT, distDir), { recursive: true, force: true });
    const first = await start(dataDir, distDir);
    const later = [await start(dataDir, distDir), await start(dataDir, distDir), await start(dataDir, distDir)];
    return [
      { name: "first start (build, demo)", value: first, unit: "s", limit: { at: "most", value: 180 } },
      { name: "second start", value: median(later), unit: "s", limit: { at: "most", value: 10 }, note: "median of 3" },
    ];
  } finally {
    rmSync(join(ROOT, distDir), { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  }
};
