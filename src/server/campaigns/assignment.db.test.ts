import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { withoutTenant } from "@/server/db";
import { bucketOf } from "./assignment";

describe("assignment in Node and in PostgreSQL", () => {
  it("gives every person the same bucket", async () => {
    const subjects = Array.from({ length: 5000 }, (_, i) =>
      i % 3 === 0 ? crypto.randomUUID() : i % 3 === 1 ? `cust_${i}` : `müller+${i}@exämple.de 👨‍👩‍👧`,
    );
    const salts = ["drop_01", crypto.randomUUID(), "Jörg", ""];
    for (const salt of salts) {
      const { rows } = await withoutTenant(({ trx }) =>
        sql<{ subject: string; bucket: number }>`
          select subject, assignment_bucket(${salt}, subject) as bucket from unnest(${subjects}::text[]) subject`.execute(trx),
      );
      expect(rows).toHaveLength(subjects.length);
      const different = rows.filter((row) => bucketOf(salt, row.subject) !== row.bucket);
      expect(different).toEqual([]);
    }
  });
});
