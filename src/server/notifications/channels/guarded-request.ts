import { lookup as resolve } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { withoutNul } from "./adapter";

/** Networks that no address typed by a person may lead to: this machine, its neighbours, cloud metadata, and what is not unicast. */
const forbidden = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  forbidden.addSubnet(network, prefix, "ipv4");
const publicV6 = new BlockList();
publicV6.addSubnet("2000::", 3, "ipv6");
const reservedV6 = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  reservedV6.addSubnet(network, prefix, "ipv6");

/** Whether an address is on the public internet. IPv4 inside IPv6 is judged as IPv4, and only global unicast IPv6 counts. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return isPublicAddress(mapped);
  const family = isIP(address);
  if (family === 4) return !forbidden.check(address, "ipv4");
  return family === 6 && publicV6.check(address, "ipv6") && !reservedV6.check(address, "ipv6");
}

export class ForbiddenAddress extends Error {}

/** Resolves and checks in one step, so that the address that was checked is the one that is connected to. */
const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "", 0);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    const first = addresses[0];
    if (bad || !first) return callback(new ForbiddenAddress(`${hostname} does not lead to the public internet`), "", 0);
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

export type GuardedRequest = {
  method: "POST" | "GET";
  headers?: Record<string, string>;
  body?: string | Buffer;
  timeoutMs?: number;
  /** Also this machine and its neighbours: for tests, and for addresses the operator of the server has set. */
  allowPrivate?: boolean;
};
export type GuardedResponse = { status: number; body: string; headers: Record<string, string | undefined> };

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * One HTTP request to an address that a person typed. Only http and https, no credentials in the address, no redirects, only the public
 * internet, bounded time and answer. Throws ForbiddenAddress, or the error of the connection.
 */
export function guardedRequest(url: string, options: GuardedRequest): Promise<GuardedResponse> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  if (!secure && target.protocol !== "http:") throw new ForbiddenAddress("only http and https");
  if (target.username !== "" || target.password !== "") throw new ForbiddenAddress("no credentials in addresses");
  const host = target.hostname.replace(/^\[|\]$/g, "");
  if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
    throw new ForbiddenAddress(`${host} is not on the public internet`);
  return new Promise((done, fail) => {
    const request = (secure ? httpsRequest : httpRequest)(
      target,
      {
        method: options.method,
        headers: { ...options.headers, ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) }) },
        signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
        ...(options.allowPrivate ? {} : { lookup: guardedLookup }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
          else response.destroy();
        });
        const finish = () => {
          const headers = Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(", ") : v]));
          done({ status: response.statusCode ?? 0, body: withoutNul(Buffer.concat(chunks).toString("utf8")), headers });
        };
        response.on("end", finish);
        response.on("close", finish);
        response.on("error", fail);
      },
    );
    request.on("error", fail);
    request.end(options.body);
  });
}

/** True when a failed request certainly never reached the other side. */
export function neverArrived(error: unknown): boolean {
  if (error instanceof ForbiddenAddress) return true;
  const syscall = typeof error === "object" && error !== null && "syscall" in error ? error.syscall : undefined;
  return syscall === "connect" || syscall === "getaddrinfo";
}
