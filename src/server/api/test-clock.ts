import { z } from "zod";
import { negotiateLocale } from "@/messages/negotiate-locale";
import { authenticateApiKey } from "@/server/auth/authenticate-api-key";
import { setTestClock } from "@/server/clock";
import { env } from "@/server/env";
import { AppError, parseInput } from "@/server/errors";
import { readJson } from "./body";
import { problemOf } from "./problem";

const body = z.object({ now: z.iso.datetime({ offset: true }).nullable() });

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** The server itself notes the peer's address when no proxy did. A page of another site cannot send JSON here without being asked. */
function fromThisMachine(request: Request): boolean {
  const hops = (request.headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  return hops.every((hop) => LOOPBACK.test(hop));
}

/**
 * `POST /api/test/clock {now}`: sets the clock of app, engine and database, null lets it go. NOT_FOUND unless GUTHABEN_TEST_CLOCK=1, which
 * production refuses. Only from this machine or with a valid API key: the clock is one for all tenants.
 */
export async function setClockByRequest(request: Request): Promise<Response> {
  const requestId = crypto.randomUUID();
  try {
    if (env().GUTHABEN_TEST_CLOCK !== "1") throw new AppError("NOT_FOUND");
    if (!fromThisMachine(request)) await authenticateApiKey(request.headers.get("authorization"), requestId);
    const { now } = parseInput(body, await readJson(request));
    return Response.json({ now: (await setTestClock(now === null ? null : new Date(now))).toISOString() });
  } catch (error) {
    const locale = negotiateLocale(undefined, request.headers.get("accept-language"));
    const problem = problemOf(error, { locale, requestId, instance: "/api/test/clock" });
    return Response.json(problem, { status: problem.status, headers: { "content-type": "application/problem+json; charset=utf-8" } });
  }
}
