import pg from "pg";
import { expect, it } from "vitest";

it("gives ids whose order is the order of time, within a millisecond too", async () => {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; at: Date }>(
      "select uuid_v7()::text as id, clock_timestamp() as at, (select count(*) from generate_series(1, 200 + i % 2)) as pause from generate_series(1, 300) i",
    );
    const ids = rows.map((row) => row.id);
    expect(ids.toSorted()).toEqual(ids);
    for (const { id, at } of rows) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Math.abs(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) - at.getTime())).toBeLessThan(1_000);
    }
  } finally {
    await client.end();
  }
});
