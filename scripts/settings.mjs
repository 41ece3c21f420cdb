// Where things live and which secrets the app gets. Plain Node without dependencies.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/** Secrets that Guthaben makes up itself on a single machine and that a production deployment brings along. */
const SECRETS = ["AUTH_SECRET"];
const MIN_SECRET_LENGTH = 32;

const given = (name) => (process.env[name] ? process.env[name] : undefined);

/** The data directory (GUTHABEN_DATA_DIR, default `.guthaben`): for the owner's eyes only. @param {boolean} embedded whether PostgreSQL lives in it */
export function dataDirectory(embedded) {
  const dir = resolve(ROOT, given("GUTHABEN_DATA_DIR") ?? ".guthaben");
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Run by root, PostgreSQL has a user of its own, who must be able to pass through (not to list); every file in it is closed anyway.
  chmodSync(dir, embedded && process.getuid?.() === 0 ? 0o711 : 0o700);
  return dir;
}

/** Writes a file for the owner's eyes only, whole or not at all. */
export function writePrivate(path, text) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

/** Production is what the person says: NODE_ENV=production together with an own database. */
export const deploymentMode = () => (process.env.NODE_ENV === "production" && given("DATABASE_URL") ? "production" : "local");

/**
 * The secrets from the environment; on a single machine missing ones are generated once and kept in the data directory.
 * @returns {Record<string, string>}
 */
export function secrets(dataDir, mode) {
  const missing = SECRETS.filter((name) => !given(name));
  const short = SECRETS.filter((name) => given(name) && given(name).length < MIN_SECRET_LENGTH);
  if (short.length > 0) throw new Error(`${short.join(", ")}: at least ${MIN_SECRET_LENGTH} characters, please (openssl rand -base64 32).`);
  if (mode === "production" && missing.length > 0) {
    throw new Error(
      `in production (NODE_ENV=production with DATABASE_URL) these secrets must be set, because every machine needs the same ones: ${missing.join(", ")}. Make one with: openssl rand -base64 32`,
    );
  }
  const file = join(dataDir, "secrets.json");
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  if (missing.some((name) => !kept[name])) {
    for (const name of missing) kept[name] ??= randomBytes(32).toString("base64url");
    writePrivate(file, `${JSON.stringify(kept, null, 2)}\n`);
  }
  return Object.fromEntries(SECRETS.map((name) => [name, given(name) ?? kept[name]]));
}
