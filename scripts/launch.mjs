// What `npm start` and `npm run dev` do, in order. Everything it starts it also stops.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { choosePort, startApp } from "./app.mjs";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { ensurePostgres } from "./postgres.mjs";
import { isOurs, stopGroup } from "./processes.mjs";
import { dataDirectory, deploymentMode, ROOT, secrets, writePrivate } from "./settings.mjs";

const USAGE = `Usage: npm start [-- options]
  --empty   start without demo data: one owner login and one empty shop
  --dev     hot reload instead of a build (same as npm run dev)
Settings come from the environment: PORT, DATABASE_URL, GUTHABEN_DATA_DIR, SMTP_URL, … (see README.md)`;

const say = (text) => console.log(text);

/** @param {string[]} args @param {{ postgres?: Record<string, string> }} [options] settings of the embedded PostgreSQL, for tests */
export async function launch(args, { postgres = {} } = {}) {
  if (args.includes("--help") || args.includes("-h")) return say(USAGE);
  const unknown = args.filter((arg) => !["--empty", "--dev"].includes(arg));
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(" ")}.\n${USAGE}`);
  const run = new Run({ dev: args.includes("--dev"), empty: args.includes("--empty"), postgres });
  run.listenForSignals();
  try {
    await run.start();
  } catch (error) {
    if (run.stopping) return run.stopping;
    await run.stop();
    throw error;
  }
}

class Run {
  /** Undo steps of what is running, last one first. @type {(() => Promise<void> | void)[]} */
  undo = [];
  /** @type {Promise<void> | undefined} */
  stopping;
  /** Ends what is still preparing (npm, the build, the demo data). */
  abort = new AbortController();

  constructor(options) {
    this.options = options;
    this.mode = deploymentMode();
    this.embedded = !process.env.DATABASE_URL;
    this.dataDir = dataDirectory(this.embedded);
    this.pidFile = join(this.dataDir, "run.json");
    this.demoFile = join(this.dataDir, "demo.json");
  }

  async start() {
    const began = Date.now();
    const secret = secrets(this.dataDir, this.mode);
    await this.takeOver();
    await ensureInstalled(say, this.abort.signal);
    const databaseUrl = this.embedded ? await this.startPostgres() : process.env.DATABASE_URL;
    const port = await choosePort(say);
    const env = this.appEnvironment(databaseUrl, secret, port);
    const prepared = this.prepareDatabase(env);
    const built = this.options.dev ? undefined : ensureBuilt(say, join(this.dataDir, "build.log"), env, this.abort.signal);
    // Both, even when one fails: a half-finished step must not be cut off by the exit.
    const [database, build] = await Promise.allSettled([prepared, built]);
    for (const step of [database, build]) if (step.status === "rejected") throw step.reason;
    if (this.stopping) return;
    const app = await startApp({
      dev: this.options.dev,
      port,
      env,
      logFile: join(this.dataDir, "app.log"),
      onStart: (pid) => this.remember({ pid: process.pid, appPid: pid, port, url: env.APP_URL }),
    });
    await this.onStop(() => app.stop());
    if (this.stopping) return;
    this.welcome(env, database.value, began);
    const { code, signal } = await app.exited;
    if (!this.stopping) throw new Error(`the app ended by itself (${signal ?? `exit ${code}`}); its log: ${join(this.dataDir, "app.log")}`);
  }

  /** A second start in the same data directory is refused; what a killed start left behind is ended first. */
  async takeOver() {
    const last = existsSync(this.pidFile) ? JSON.parse(readFileSync(this.pidFile, "utf8")) : null;
    if (last && last.pid !== process.pid && isOurs(last.pid, /scripts\/(start|e2e-server)\.mjs/)) {
      throw new Error(
        `it already runs${last.url ? ` at ${last.url}` : ""} with this data directory (process ${last.pid}). Stop that one, or set GUTHABEN_DATA_DIR to another directory.`,
      );
    }
    if (last?.appPid && isOurs(last.appPid, /next/)) await stopGroup(last.appPid);
    this.remember({ pid: process.pid });
    await this.onStop(() => rmSync(this.pidFile, { force: true }));
  }

  remember(state) {
    writePrivate(this.pidFile, `${JSON.stringify(state)}\n`);
  }

  async startPostgres() {
    const server = await ensurePostgres({ dataDir: this.dataDir, settings: this.options.postgres });
    await this.onStop(() => server.stop());
    return server.url;
  }

  appEnvironment(databaseUrl, secret, port) {
    const url = process.env.APP_URL || `http://localhost:${port}`;
    if (this.mode === "production" && !process.env.APP_URL) say("APP_URL is not set: links in e-mails will point to http://localhost.");
    return {
      ...secret,
      DATABASE_URL: databaseUrl,
      APP_URL: url,
      NEXTAUTH_URL: url,
      NEXTAUTH_SECRET: secret.AUTH_SECRET,
      GUTHABEN_MODE: this.mode,
      GUTHABEN_DATA_DIR: this.dataDir,
    };
  }

  /** Migrates and, on a first start, fills the database. In a process of its own: TypeScript, and its memory is given back. */
  async prepareDatabase(env) {
    const args = ["prepare"];
    if (process.env.GUTHABEN_TEST_CLOCK === "1") args.push("--test-clock");
    if (this.options.empty) args.push("--empty");
    else if (this.mode === "local") args.push("--demo");
    const child = spawn(process.execPath, [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "db/cli.ts"), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env, NODE_ENV: "production" },
      stdio: ["ignore", "pipe", "inherit"],
      signal: this.abort.signal,
    });
    let answer = "";
    child.stdout.on("data", (chunk) => {
      // Lines that start with "> " are for people; the last line is the answer for us.
      answer += chunk;
      const lines = answer.split("\n");
      answer = lines.pop() ?? "";
      for (const line of lines)
        if (line.startsWith("> ")) say(line.slice(2));
        else answer = line;
    });
    const code = await new Promise((done, fail) => {
      child.once("error", fail);
      child.once("close", done);
    });
    if (code !== 0) throw new Error("the database could not be prepared (see above).");
    return JSON.parse(answer || "{}");
  }

  welcome(env, database, began) {
    say("");
    say(`Guthaben runs at ${env.APP_URL}   (ready after ${((Date.now() - began) / 1000).toFixed(1)} s)`);
    if (existsSync(this.demoFile) && this.mode === "local") this.showLogins(env.APP_URL);
    else if (database.logins === "none")
      say("  Nobody can sign in yet. Run `npm start -- --empty` once: it creates an organisation, a shop and an owner login.");
    say(
      process.env.SMTP_URL
        ? "  Messages go out by e-mail (SMTP_URL)."
        : "  Messages are not sent: they land in the app under Nachrichten → Ausgang.",
    );
    say(`  Data: ${this.embedded ? shown(this.dataDir) : "the database of DATABASE_URL"}.  Stop with Ctrl-C; the data stays.`);
  }

  showLogins(url) {
    const demo = JSON.parse(readFileSync(this.demoFile, "utf8"));
    writePrivate(this.demoFile, `${JSON.stringify({ ...demo, url }, null, 2)}\n`);
    const passwords = new Set(demo.logins.map((login) => login.password));
    const width = Math.max(...demo.logins.map((login) => login.role.length));
    say("");
    for (const { role, email, password } of demo.logins)
      say(`  ${role.padEnd(width)}  ${email}${passwords.size > 1 ? `  ${password}` : ""}`);
    if (passwords.size === 1)
      say(`  ${"password".padEnd(width)}  ${[...passwords][0]}   (also in ${shown(this.demoFile)}, with an API key)`);
    say("");
  }

  listenForSignals() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        if (!this.stopping) say("\nStopping …");
        void this.stop().then(
          () => process.exit(0),
          (error) => {
            console.error(error.message);
            process.exit(1);
          },
        );
      });
    }
    // A shell between npm and us may die of a signal without passing it on.
    if (!process.env.npm_lifecycle_event || process.platform === "win32") return;
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) process.emit("SIGTERM");
    }, 1_000).unref();
  }

  /** Registers how to stop what was just started; when the stop came first, it is done at once. */
  async onStop(step) {
    if (this.stopping) await step();
    else this.undo.push(step);
  }

  stop() {
    this.stopping ??= this.undoAll();
    return this.stopping;
  }

  async undoAll() {
    this.abort.abort();
    const failures = [];
    for (let step = this.undo.pop(); step; step = this.undo.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error.message); // the others must be stopped all the same
      }
    }
    if (failures.length > 0) throw new Error(failures.join("\n"));
  }
}

const shown = (path) => {
  const local = relative(process.cwd(), path);
  return local.startsWith("..") ? path : local;
};
