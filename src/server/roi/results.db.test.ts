import { sql } from "kysely";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { setMargins } from "./margins";
import { refreshResults } from "./results";

/** Which results are calculated anew first, and when no longer. */
let ctx: ShopContext;
/** Campaigns by name, oldest first. */
const NAMES = ["first", "second", "third"];

beforeAll(async () => {
  await at("2026-06-01T08:00:00Z");
  ({ ctx } = await createCampaignShop(4));
  const drops: string[] = [];
  for (const name of NAMES) {
    const { id } = await createDraft(ctx, { name, messageEnabled: false });
    drops.push((await launchCampaign(ctx, { id })).drop?.id ?? "");
  }
  await at("2026-06-01T12:00:01Z");
  for (const dropId of drops) {
    await freezeDrop(ctx, dropId);
    await grantChunk(ctx, { dropId, no: 0 });
  }
});

/** All are final, and the first one's was calculated first. */
beforeEach(async () => {
  await at("2026-08-20T10:00:00Z");
  while ((await refreshResults(ctx, 10)) > 0);
  await withTenant(ctx, ({ trx }) =>
    sql`update campaign_result r set final = true, computed_at = computed_at - interval '1 hour' * (4 - array_position(${NAMES}::text[], c.name))
      from campaign c where c.shop_id = r.shop_id and c.id = r.campaign_id`.execute(trx),
  );
});

const calculated = async (limit: number, matured: boolean): Promise<string[]> => {
  await refreshResults(ctx, limit, { matured });
  const { rows } = await withTenant(ctx, ({ trx }) =>
    sql<{ name: string }>`select c.name from campaign_result r join campaign c on c.shop_id = r.shop_id and c.id = r.campaign_id
      where r.shop_id = ${ctx.shopId} and r.computed_at > app_now() - interval '1 minute' order by c.id`.execute(trx),
  );
  return rows.map((row) => row.name);
};

it("renews what a page shows first where somebody waits: what may still change, then the newest", async () => {
  await setMargins(ctx, { shopBps: 3_000 });
  expect(await calculated(1, false)).toEqual(["third"]);
  expect(await calculated(1, false)).toEqual(["second", "third"]);
  await withTenant(ctx, ({ trx }) =>
    sql`update campaign_result set final = false, computed_at = computed_at - interval '7 hours' where shop_id = ${ctx.shopId}
      and campaign_id = (select id from campaign where name = 'second' and shop_id = ${ctx.shopId})`.execute(trx),
  );
  expect(await calculated(1, false)).toEqual(["second", "third"]);
});

it("renews the oldest first where nobody does", async () => {
  await setMargins(ctx, { shopBps: 3_500 });
  expect(await calculated(1, true)).toEqual(["first"]);
  expect(await calculated(1, true)).toEqual(["first", "second"]);
});

it("looks at final ones daily, but not for ever", async () => {
  await at("2026-08-22T10:00:00Z");
  expect(await calculated(10, true)).toEqual(NAMES);
  await at("2027-03-01T10:00:00Z");
  expect(await calculated(10, true)).toEqual([]);
});
