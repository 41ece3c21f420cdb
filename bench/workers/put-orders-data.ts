/** What the clients of bench/orders.ts send. */
export type OrderJob = { url: string; key: string; clients: number; each: number; run: string; customers: number; products: number };

/** A new order of three lines by a customer the shop knows; most people and products, but none twice in a row. */
export function orderAt({ run, customers, products }: OrderJob, client: number, n: number): { id: string; body: unknown } {
  const at = (n * 7_919 + client * 104_729) % 1_000_003;
  const lines = [1, 2, 3].map((k) => ({ productId: String(1 + ((at * k) % products)), quantity: k, unitPrice: "1500" }));
  return {
    id: `${run}-${client}-${n}`,
    body: {
      ...{ customerId: `k${1 + (at % customers)}`, placedAt: new Date().toISOString() },
      ...{ currency: "EUR", total: "9000", status: "paid", lines },
    },
  };
}
