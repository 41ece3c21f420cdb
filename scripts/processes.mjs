// Finding, waiting for and ending processes that we started. Plain Node without dependencies.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** The command line of a process, "" when it cannot be read (other systems than Linux, or gone). */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** True when the process lives and, where that can be seen, is really the one we mean: numbers are given out again. */
export function isOurs(pid, pattern) {
  if (!pid || !alive(pid)) return false;
  const line = commandLine(pid);
  return line === "" ? process.platform !== "linux" : pattern.test(line);
}

/** Asks a process group to end, and ends it after `patience` milliseconds. */
export async function stopGroup(pid, patience = 15_000) {
  const signal = (name) => {
    try {
      process.kill(process.platform === "win32" ? pid : -pid, name);
      return true;
    } catch {
      return false; // already gone, which is what we want
    }
  };
  if (!signal("SIGTERM")) return;
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (!alive(pid)) return;
    await pause(50);
  }
  signal("SIGKILL");
}

/** Whether nobody listens on the port, on any address the app would use. */
export async function portFree(port) {
  for (const host of ["0.0.0.0", "::", "127.0.0.1"]) {
    const free = await new Promise((done) => {
      const server = createServer();
      server.once("error", (error) => done(error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL"));
      server.listen({ port, host, exclusive: true }, () => server.close(() => done(true)));
    });
    if (!free) return false;
  }
  return true;
}
