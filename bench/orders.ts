import { fork } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createApi } from "@/server/api/dispatch";
import { RateLimiter } from "@/server/api/rate-limit";
import { apiRoutes } from "@/server/api/routes";
import { createApiKey } from "@/server/auth/api-keys";
import { systemContext } from "@/server/tenancy/context";
import { openBenchShop } from "./bench-shop";
import { BENCH_ORG, BENCH_SHOP, PRODUCTS } from "./generate-shop";
import { type Measure, median } from "./measure";
import type { OrderJob } from "./workers/put-orders-data";

const EACH = 300;

/** The REST API behind Node's own server, without Next and without the limit per key. */
async function serveApi(): Promise<{ url: string; server: Server }> {
  const api = createApi(apiRoutes, "/api/v1", new RateLimiter({ perSecond: 1e9, burst: 1e9 }));
  const requestOf = async (incoming: IncomingMessage) =>
    new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers: { authorization: incoming.headers.authorization ?? "", "content-type": incoming.headers["content-type"] ?? "" },
      body: await buffer(incoming),
    });
  const server = createServer(async (incoming, outgoing) => {
    const response = await api(await requestOf(incoming));
    outgoing.writeHead(response.status, { "content-type": response.headers.get("content-type") ?? "" });
    outgoing.end(await response.text());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function putOrders(job: OrderJob): Promise<{ seconds: number; times: number[] }> {
  const worker = fork(join(import.meta.dirname, "workers/put-orders.ts"), { execArgv: ["--import", "tsx"] });
  return new Promise((resolve, reject) => {
    worker.once("message", (result) => resolve(result as { seconds: number; times: number[] }));
    worker.once("error", reject);
    worker.once("close", (code) => reject(new Error(`the clients ended with ${code}`)));
    worker.send(job);
  });
}

/** New orders of known customers over HTTP: lines, customer's figures and who bought what included. */
export async function run(): Promise<Measure[]> {
  const shop = await openBenchShop();
  try {
    const ctx = systemContext(BENCH_ORG, BENCH_SHOP, "bench");
    const { secret } = await createApiKey(ctx, { name: crypto.randomUUID(), scopes: ["orders:write"], expiresAt: null });
    const { url, server } = await serveApi();
    const measures: Measure[] = [];
    try {
      for (const clients of [1, 4]) {
        const job = { url, key: secret, clients, each: EACH, customers: shop.customers, products: PRODUCTS };
        // Connections and plans of the first orders are not what is measured.
        await putOrders({ ...job, each: 20, run: `warm-${Date.now()}` });
        const { seconds, times } = await putOrders({ ...job, run: `put-${Date.now()}` });
        const name = `PUT /orders/{id}, ${clients === 1 ? "1 client" : `${clients} clients`} (${shop.customers})`;
        measures.push({ name, value: times.length / seconds, unit: "orders/s", note: `median ${median(times).toFixed(1)} ms an order` });
      }
    } finally {
      server.close();
    }
    return measures;
  } finally {
    await shop.close();
  }
}
