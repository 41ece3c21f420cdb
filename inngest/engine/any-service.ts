import { createServer, type Server } from "node:http";
import { Inngest, type InngestFunction } from "inngest";
import { serve } from "inngest/node";
import { startTestEngine } from "./testing";

/** Functions under a job service, seen only from outside: what they log, in order. */
export type JobsUnderTest = {
  client: Inngest;
  lines: string[];
  /** Waits until as many lines are there (60 s on a server, 6 s embedded), then a moment longer, so that a line too many is seen too. */
  linesWhen: (count: number) => Promise<string[]>;
  stop: () => Promise<void>;
};

type Define = (client: Inngest, log: (line: string) => void) => InngestFunction.Like[];

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const waiting = (lines: string[], withinMs: number, settleMs: number) => async (count: number) => {
  for (const end = Date.now() + withinMs; lines.length < count && Date.now() < end; ) await pause(20);
  await pause(settleMs);
  return lines;
};

/** The service the environment names: an Inngest dev server (INNGEST_DEV=http://…:8288), or the embedded engine. */
export const startJobs = (define: Define): Promise<JobsUnderTest> =>
  process.env.INNGEST_DEV?.startsWith("http") ? onDevServer(define, process.env.INNGEST_DEV) : embedded(define);

async function embedded(define: Define): Promise<JobsUnderTest> {
  const test = await startTestEngine(define);
  return { client: test.client, lines: test.lines, linesWhen: waiting(test.lines, 6_000, 150), stop: test.stop };
}

let apps = 0;

/** Serves the functions over HTTP and lets the SDK register them, as a deployed app does. */
async function onDevServer(define: Define, baseUrl: string): Promise<JobsUnderTest> {
  const client = new Inngest({ id: `guthaben-test-${process.pid}-${Date.now()}-${apps++}`, isDev: true, baseUrl, aiMetadata: false });
  const lines: string[] = [];
  const functions = define(client, (line) => void lines.push(line));
  const server = createServer(serve({ client, functions, servePath: "/api/inngest" }));
  const url = await listen(server);
  const answer = await fetch(url, { method: "PUT" });
  if (!answer.ok) throw new Error(`the functions could not be registered at ${baseUrl}: ${answer.status} ${await answer.text()}`);
  return {
    client,
    lines,
    linesWhen: waiting(lines, 60_000, 2_000),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, done));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the test server has no port");
  return `http://localhost:${address.port}/api/inngest`;
}
