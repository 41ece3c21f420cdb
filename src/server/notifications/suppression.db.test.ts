import { sql } from "kysely";
import { expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { addSuppression, checkSuppression, listSuppression, removeSuppression } from "./consent/manage-suppression";

it("takes a list of another system: each once, in any spelling, with what it could not read", async () => {
  const { ctx } = await createCampaignShop(1);
  const addresses = ["A@Example.com", "a@example.com ", "+49 171 1234567", "0171/1234567", "niemand", "x@"];
  expect(await addSuppression(ctx, { addresses, hint: "altes System" })).toEqual({ added: 2, known: 0, invalid: ["niemand", "x@"] });
  expect(await addSuppression(ctx, { addresses: [...addresses, "b@example.com"] })).toEqual({
    added: 1,
    known: 2,
    invalid: ["niemand", "x@"],
  });
  expect(await listSuppression(ctx, {})).toMatchObject({ total: 3 });
  for (const [channel, address] of [
    ["email", "a@EXAMPLE.com"],
    ["sms", "+491711234567"],
  ] as const)
    expect(await checkSuppression(ctx, { channel, address })).toMatchObject({ reason: "manual", hint: "altes System", until: null });
  // Nothing of it stands anywhere in words.
  const { rows } = await withTenant(ctx, ({ trx }) =>
    sql<{
      text: string;
    }>`select a.after::text || coalesce(a.entity_id, '') as text from audit a where action = 'suppression.added' and shop_id = ${ctx.shopId} order by id`.execute(
      trx,
    ),
  );
  expect(rows).toEqual([{ text: '{"added": 2}' }, { text: '{"added": 1}' }]);
});

it("turns a rest of 30 days into a block for good, and leaves a complaint what it is", async () => {
  const { ctx } = await createCampaignShop(1);
  await addSuppression(ctx, { addresses: ["soft@example.com", "spam@example.com"] });
  await withTenant(ctx, ({ trx }) =>
    sql`update suppression set reason = case when n = 1 then 'softBounce' else 'complaint' end, until = case when n = 1 then app_now() + interval '30 days' end
      from (select address_hash as hash, row_number() over (order by address_hash) as n from suppression where shop_id = ${ctx.shopId}) x
      where shop_id = ${ctx.shopId} and address_hash = x.hash`.execute(trx),
  );
  expect(await addSuppression(ctx, { addresses: ["soft@example.com", "spam@example.com"] })).toEqual({ added: 1, known: 1, invalid: [] });
  const { items } = await listSuppression(ctx, {});
  expect(items.map(({ reason, until }) => [reason, until]).sort()).toEqual([
    ["complaint", null],
    ["manual", null],
  ]);
  for (const { channel, id } of items) await removeSuppression(ctx, { channel, id });
  expect(await listSuppression(ctx, {})).toMatchObject({ total: 0 });
});
