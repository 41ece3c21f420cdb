import { Resolver } from "node:dns/promises";
import { env } from "@/server/env";

/** Why nothing is known: nobody answered in time, nobody was there, or the name server could not answer. */
export type Silence = "timeout" | "unreachable" | "failed";

/** `none`: the name server said that there is no such record; `name` whether the name exists at all. */
export type Answer<T> = { state: "found"; values: T[] } | { state: "none"; name: boolean } | { state: "unasked"; reason: Silence };

export type Mx = { exchange: string; priority: number };

export type Dns = {
  /** Each record's strings joined, as SPF, DKIM and DMARC read them. */
  txt(name: string): Promise<Answer<string>>;
  mx(name: string): Promise<Answer<Mx>>;
  /** IPv4 and IPv6 together. */
  addresses(name: string): Promise<Answer<string>>;
};

export type DnsOptions = {
  /** `address` or `address:port`; left out, what the operator or the system has set. */
  servers?: readonly string[];
  /** For one try; there are two. */
  timeoutMs?: number;
  /** For everything together. */
  deadlineMs?: number;
};

const MAX_QUESTIONS = 80;

const SILENCE: Record<string, Silence> = { ETIMEOUT: "timeout", ECANCELLED: "timeout", ECONNREFUSED: "unreachable" };
const NOTHING: Record<string, { name: boolean }> = { ENOTFOUND: { name: false }, EBADNAME: { name: false }, ENODATA: { name: true } };

function refusal(error: unknown): { state: "none"; name: boolean } | { state: "unasked"; reason: Silence } {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  // What is no answer of the DNS is a defect of ours.
  if (code === null) throw error;
  const nothing = NOTHING[code];
  return nothing ? { state: "none", ...nothing } : { state: "unasked", reason: SILENCE[code] ?? "failed" };
}

const operatorServers = (): string[] | undefined =>
  env()
    .DNS_SERVERS?.split(",")
    .map((server) => server.trim());

/**
 * Asks each question once, so many at most and until the deadline: records of strangers decide what else is asked. What could not be
 * asked is never taken for "there is none".
 */
export function createDns(options: DnsOptions = {}): Dns {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 3_000, tries: 2 });
  const servers = options.servers ?? operatorServers();
  if (servers) resolver.setServers(servers);
  const end = performance.now() + (options.deadlineMs ?? 15_000);
  const asked = new Map<string, Promise<Answer<never>>>();
  let questions = 0;

  function ask<T>(key: string, work: () => Promise<T[]>): Promise<Answer<T>> {
    const before = asked.get(key) as Promise<Answer<T>> | undefined;
    if (before) return before;
    const answer = once(work);
    asked.set(key, answer as Promise<Answer<never>>);
    return answer;
  }

  async function once<T>(work: () => Promise<T[]>): Promise<Answer<T>> {
    questions++;
    const left = end - performance.now();
    if (left <= 0 || questions > MAX_QUESTIONS) return { state: "unasked", reason: "timeout" };
    // Whoever is asked last must not outstay the deadline; what is still open then was not answered.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Answer<T>>((done) => {
      timer = setTimeout(() => done({ state: "unasked", reason: "timeout" }), left);
    });
    const answer = work().then(
      (values): Answer<T> => (values.length > 0 ? { state: "found", values } : { state: "none", name: true }),
      refusal,
    );
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  const family = (name: string, version: 4 | 6) =>
    ask<string>(`${version.toString()} ${name}`, () => (version === 4 ? resolver.resolve4(name) : resolver.resolve6(name)));

  return {
    txt: (name) => ask(`txt ${name}`, async () => (await resolver.resolveTxt(name)).map((strings) => strings.join(""))),
    mx: (name) => ask(`mx ${name}`, () => resolver.resolveMx(name)),
    async addresses(name) {
      const [four, six] = await Promise.all([family(name, 4), family(name, 6)]);
      const values = [four, six].flatMap((answer) => (answer.state === "found" ? answer.values : []));
      if (values.length > 0) return { state: "found", values };
      return [four, six].find(({ state }) => state === "unasked") ?? four;
    },
  };
}
