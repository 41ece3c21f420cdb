import { randomBytes } from "node:crypto";
import type { Engine } from "./engine/engine";

/** What one process has once, although Next bundles instrumentation and routes apart. */
type Runtime = {
  /** Made at every start and never stored: only this process can sign calls of its own functions. */
  signingKey: string;
  engine: Engine | null;
  /** Set while background work runs; resolves when it has stopped. */
  stop: (() => Promise<void>) | null;
};

const store = globalThis as typeof globalThis & { __guthabenJobs?: Runtime };

export function runtime(): Runtime {
  store.__guthabenJobs ??= { signingKey: newSigningKey(), engine: null, stop: null };
  return store.__guthabenJobs;
}

export const newSigningKey = (): string => `signkey-embedded-${randomBytes(32).toString("hex")}`;
