import dns2 from "dns2";

/** What a name has; or how its server behaves. A TXT record in an array is published in these strings. */
export type Entry =
  | "silent"
  | "servfail"
  | { TXT?: (string | string[])[]; MX?: [number, string][]; A?: string[]; AAAA?: string[]; CNAME?: string };
export type Zone = Record<string, Entry>;

export type NameServer = { address: string; zone: Zone; asked: string[]; close: () => Promise<void> };

const { TYPE, CLASS } = dns2.Packet;
const NXDOMAIN = 3;
const SERVFAIL = 2;

type Kind = "TXT" | "MX" | "A" | "AAAA";

function dataOf(entry: Exclude<Entry, string>, kind: Kind): Record<string, unknown>[] {
  if (kind === "TXT") return (entry.TXT ?? []).map((data) => ({ data }));
  if (kind === "MX") return (entry.MX ?? []).map(([priority, exchange]) => ({ priority, exchange }));
  return (entry[kind] ?? []).map((address) => ({ address }));
}

/**
 * A real DNS server on loopback with a zone that a test may change. A name exists when it or a name below it has an entry. What does not fit
 * into a datagram is asked again over TCP, as everywhere.
 */
export async function startNameServer(zone: Zone = {}): Promise<NameServer> {
  const udp = dns2.createUDPServer();
  const tcp = dns2.createTCPServer({ idleTimeout: 200 });
  const close = () => Promise.all([udp, tcp].map((server) => new Promise<void>((done) => server.close(() => done()))));
  const host: NameServer = { address: "", zone, asked: [], close: async () => void (await close()) };
  const answer = (request: dns2.Message, send: (response: dns2.Message) => Promise<unknown>) => {
    const response = dns2.Packet.createResponseFromRequest(request);
    const question = request.questions[0];
    const name = question?.name.toLowerCase() ?? "";
    const kind = (["TXT", "MX", "A", "AAAA"] as const).find((one) => TYPE[one] === question?.type);
    host.asked.push(`${kind ?? "?"} ${name}`);
    const entry = host.zone[name];
    if (entry === "silent") return;
    if (entry === "servfail") response.header.rcode = SERVFAIL;
    else if (entry && kind) {
      const at = entry.CNAME ?? name;
      const target = host.zone[at];
      if (entry.CNAME) response.answers.push({ name, type: TYPE.CNAME ?? 5, class: CLASS.IN, ttl: 1, domain: at });
      for (const data of typeof target === "object" ? dataOf(target, kind) : [])
        response.answers.push({ name: at, type: question?.type ?? 0, class: CLASS.IN, ttl: 1, ...data });
    } else if (!Object.keys(host.zone).some((one) => one.endsWith(`.${name}`))) response.header.rcode = NXDOMAIN;
    void send(response);
  };
  udp.on("request", answer);
  tcp.on("request", answer);
  await udp.listen(0, "127.0.0.1");
  const { port } = udp.address();
  await new Promise<void>((done) => {
    tcp.listen(port, "127.0.0.1", done);
  });
  host.address = `127.0.0.1:${port.toString()}`;
  return host;
}
