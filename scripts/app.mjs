// Runs the web app (`next start` or `next dev`) as a process group of its own and waits until it answers.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pause, portFree, stopGroup } from "./processes.mjs";
import { ROOT } from "./settings.mjs";

const DEFAULT_PORT = 3000;
const PORTS_TRIED = 50;
const START_TIMEOUT_MS = 120_000;
/**
 * Longer than the 60 s after which common proxies and clients let go of an idle connection: the one who answers must not hang up first,
 * or a request that was just on its way is reset.
 */
const KEEP_ALIVE_MS = 75_000;

/** The port from PORT, which must be free; without PORT the first free one from 3000 on. */
export async function choosePort(say) {
  const asked = process.env.PORT;
  if (asked) {
    const port = Number(asked);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT=${asked} is not a port (1 to 65535).`);
    if (!(await portFree(port)))
      throw new Error(`port ${port} is taken. Stop what runs there, or choose another one: PORT=${port + 1} npm start`);
    return port;
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORTS_TRIED; port++) {
    if (!(await portFree(port))) continue;
    if (port !== DEFAULT_PORT) say(`Port ${DEFAULT_PORT} is taken, so this is port ${port}.`);
    return port;
  }
  throw new Error(`no free port between ${DEFAULT_PORT} and ${DEFAULT_PORT + PORTS_TRIED - 1}. Choose one with PORT=…`);
}

/**
 * Starts the app and resolves when it answers requests.
 * @param {{ dev: boolean, port: number, env: Record<string, string>, logFile: string, onStart?: (pid: number) => void }} options
 */
export async function startApp({ dev, port, env, logFile, onStart }) {
  const log = createWriteStream(logFile);
  let ready = false;
  let tail = "";
  const mode = dev ? ["dev"] : ["start", "--keepAliveTimeout", String(KEEP_ALIVE_MS)];
  const child = spawn(process.execPath, [join(ROOT, "node_modules/next/dist/bin/next"), ...mode, "-p", String(port)], {
    cwd: ROOT,
    env: { ...process.env, ...env, PORT: String(port), NODE_ENV: dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches only us, and we end the app before the database.
    detached: process.platform !== "win32",
  });
  onStart?.(child.pid);
  const exited = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
  for (const [stream, terminal] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.on("data", (chunk) => {
      log.write(chunk);
      tail = (tail + chunk).slice(-6_000);
      if (ready || dev) terminal.write(chunk);
    });
  }
  const state = await Promise.race([exited, answering(port)]);
  if (state !== "answers") {
    await stopGroup(child.pid);
    const why =
      state === "timeout" ? `did not answer within ${START_TIMEOUT_MS / 1000} s` : `ended (${state.signal ?? `exit ${state.code}`})`;
    throw new Error(`the app ${why}; whole log: ${logFile}.\n${tail.trim()}`);
  }
  ready = true;
  return { pid: child.pid, exited, stop: () => stopGroup(child.pid) };
}

/** Resolves when the login page is served. A page that answers with an error is an answer too: the log says why. */
async function answering(port) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/login`, { redirect: "manual", signal: AbortSignal.timeout(60_000) });
      await response.arrayBuffer();
      if (response.status >= 500) console.error(`The login page answers with ${response.status}; the messages of the app below say why.`);
      return "answers";
    } catch {
      await pause(150); // not listening yet
    }
  }
  return "timeout";
}
