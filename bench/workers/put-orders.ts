import { type OrderJob, orderAt } from "./put-orders-data";

/** Puts orders over HTTP, each client one after the other, in a process of its own: its work must not be counted as the server's. */
process.on("message", async (job: OrderJob) => {
  const times: number[] = [];
  const client = async (no: number) => {
    for (let n = 0; n < job.each; n++) {
      const { id, body } = orderAt(job, no, n);
      const began = performance.now();
      const response = await fetch(`${job.url}/api/v1/orders/${id}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${job.key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`order ${id}: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: job.clients }, (_, no) => client(no)));
  process.send?.({ seconds: (performance.now() - began) / 1000, times });
  process.disconnect();
});
