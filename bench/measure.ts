/** One line of the bench's table. `limit` is what the project wants to hold; a ratio compares with a peer measured in the same run. */
export type Measure = {
  name: string;
  value: number;
  unit: string;
  limit?: { at: "most" | "least"; value: number };
  note?: string;
};

export type Bench = () => Promise<Measure[]>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) throw new Error("the median of nothing");
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
};

/** Seconds that a piece of work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
