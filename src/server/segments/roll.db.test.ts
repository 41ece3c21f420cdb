import { sql } from "kysely";
import { expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { createSegment } from "./create-segment";
import { listSegments } from "./list-segments";
import { rollSegment, segmentsToRoll } from "./roll-segment";
import { segmentHistory } from "./segment-history";
import { createSegmentShop, NOW } from "./testing-shop";
import { updateSegment } from "./update-segment";

it("keeps how many were in each night, who came and who went, and begins anew with another query", async () => {
  const { ctx } = await createSegmentShop(40, 41);
  const segment = await createSegment(ctx, { name: "VIP", query: "customer_tags CONTAINS 'stamm'" });
  const ids = (
    await withTenant(ctx, ({ trx }) => sql<{ id: string }>`select id from customer where erased_at is null order by id`.execute(trx))
  ).rows;
  const tag = (from: number, to: number) =>
    withTenant(ctx, async ({ trx }) => {
      const members = ids.slice(from, to).map(({ id }) => id);
      await sql`update customer set tags = case when id = any(${members}::uuid[]) then array['Stamm'] else '{}' end where shop_id = ${ctx.shopId}`.execute(
        trx,
      );
    });
  const night = async (day: number) => {
    await setTestClock(new Date(NOW.getTime() + day * 86_400_000));
    return rollSegment(ctx, segment.id);
  };
  await tag(0, 10);
  expect(await night(1)).toEqual({ members: 10, joined: null, left: null });
  // Counted again on the same day, also by a job that runs twice: still the first night.
  expect(await night(1)).toEqual({ members: 10, joined: null, left: null });
  await tag(4, 16);
  expect(await night(2)).toEqual({ members: 12, joined: 6, left: 4 });
  expect(await night(2)).toEqual({ members: 12, joined: 6, left: 4 });
  expect(await night(3)).toEqual({ members: 12, joined: 0, left: 0 });
  await updateSegment(ctx, { id: segment.id, version: 1, query: "NOT customer_tags CONTAINS 'stamm'" });
  expect((await listSegments(ctx, {})).items[0]?.members).toBeNull();
  const other = await night(4);
  expect(other).toEqual({ members: ids.length - 12, joined: null, left: null });
  expect((await listSegments(ctx, {})).items[0]?.members).toEqual({ count: ids.length - 12, day: "2026-04-25" });

  const { days, since } = await segmentHistory(ctx, { id: segment.id });
  expect(since).toBe("2026-04-22");
  expect(days.map(({ count, joined, left, changed }) => [count, joined, left, changed])).toEqual([
    [10, null, null, false],
    [12, 6, 4, false],
    [12, 0, 0, false],
    [ids.length - 12, null, null, true],
  ]);
  expect(await segmentsToRoll(ctx)).toEqual([segment.id]);
  // A query that no longer means anything has no count, never a wrong one.
  await withTenant(ctx, ({ trx }) => sql`update segment set query = 'metafields.custom.gone = 1' where id = ${segment.id}`.execute(trx));
  expect(await night(5)).toBeNull();
});
