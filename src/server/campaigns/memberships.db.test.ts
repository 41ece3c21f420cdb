import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { freezeDrop } from "./freeze-drop";
import { launchCampaign } from "./launch-campaign";
import { membershipsOf } from "./memberships";
import { createCampaignShop, createDraft, insertSegment } from "./testing";

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T11:30:00Z");
  shop = await createCampaignShop(40);
});
afterEach(() => setTestClock(null));

const read = async (query: ReturnType<typeof sql>) => {
  const { rows } = await withTenant(shop.ctx, ({ trx }) =>
    sql`select to_jsonb(m) as row from (${query}) m order by m.drop_id`.execute(trx),
  );
  return rows;
};

it("finds every place of everybody in every drop, whatever the holdout, and nobody else's", async () => {
  await withTenant(shop.ctx, ({ trx }) =>
    sql`update customer set tags = case when external_id = 'c7' then array['one', 'few'] when external_id in ('c1', 'c40') then array['few'] else '{}' end`.execute(
      trx,
    ),
  );
  // One alone, three, and all of them; none held out, some, half.
  const queries = ["customer_tags CONTAINS 'one'", "customer_tags CONTAINS 'few'", ""];
  const drops = queries.flatMap((query) => [0, 2_000, 5_000].map((holdoutBps) => ({ query, holdoutBps })));
  const ids: string[] = [];
  for (const { query, holdoutBps } of drops) {
    const draft = await createDraft(shop.ctx, { holdoutBps, segmentId: await insertSegment(shop.ctx, query) });
    ids.push((await launchCampaign(shop.ctx, { id: draft.id })).drop?.id ?? "");
  }
  await at("2026-06-01T12:00:01Z");
  for (const id of ids) await freezeDrop(shop.ctx, id);
  const arms = await withTenant(shop.ctx, ({ trx }) =>
    trx.selectFrom("drop_member").select(["drop_id", "arm"]).distinct().orderBy("arm").execute(),
  );
  expect(new Set(arms.map(({ arm }) => arm))).toEqual(new Set(["control", "treated"]));
  let found = 0;
  for (const customerId of [...shop.customers, crypto.randomUUID(), "00000000-0000-0000-0000-000000000000"]) {
    const places = await read(membershipsOf(shop.ctx.shopId, customerId));
    expect(places).toEqual(await read(sql`select * from drop_member where shop_id = ${shop.ctx.shopId} and customer_id = ${customerId}`));
    found += places.length;
  }
  // A drop whose only member was held out grants nobody anything, and has none.
  const all = await read(sql`select * from drop_member where shop_id = ${shop.ctx.shopId}`);
  expect(all.length).toBeGreaterThan(3 * 40);
  expect(found).toBe(all.length);
});
