import { Inngest } from "inngest";
import { jobsMode } from "@/server/jobs/mode";
import { embeddedFetch } from "./embedded-api";
import type { Engine } from "./engine/engine";
import { runtime } from "./runtime";

export type EmbeddedClientOptions = {
  id: string;
  signingKey: string;
  /** The engine that receives events; asked at every send, because it starts after its functions are defined. */
  engine: () => Engine | null;
  quiet?: boolean;
};

const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A client in cloud mode (so that the public route checks signatures) whose service is the engine in this process. */
export const createEmbeddedClient = ({ id, signingKey, engine, quiet }: EmbeddedClientOptions): Inngest =>
  new Inngest({
    id,
    isDev: false,
    eventKey: "embedded",
    signingKey,
    baseUrl: "http://engine.invalid",
    fetch: embeddedFetch(engine),
    aiMetadata: false,
    sessionPropagation: false,
    // Calls stay in the process, where no request times out; the engine itself ends one that has had the slot long enough.
    checkpointing: { maxRuntime: 0 },
    ...(quiet ? { logger: SILENT } : {}),
  });

/** The app's client. With INNGEST_* set the SDK reads its keys and addresses itself. */
export const inngest: Inngest =
  jobsMode() === "embedded"
    ? createEmbeddedClient({ id: "guthaben", signingKey: runtime().signingKey, engine: () => runtime().engine })
    : new Inngest({ id: "guthaben", aiMetadata: false, sessionPropagation: false });
