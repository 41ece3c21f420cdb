import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { onlySenders } from "./testing";

const PEOPLE = 120;
const CAMPAIGNS = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** So that the messages of a person lie in different batches, which three senders decide about at once; the first round only warms up. */
const ROUNDS = 2;

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(PEOPLE);
});
afterEach(() => setTestClock(null));

describe("senders that decide about the same people at once", () => {
  it("let each person be written to once a day, whatever the batches hold (B16)", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await setTestClock(new Date(Date.parse("2026-06-01T10:00:00Z") + round * 40 * 86_400_000));
      for (const name of CAMPAIGNS)
        await withTenant(shop.ctx, (handle) =>
          planMessages(handle, shop.ctx, {
            ...{ kind: "campaign_message", keyPrefix: `${name}${round.toString()}` },
            customers: shop.customers.map((customerId) => ({ customerId })),
          }),
        );
      await Promise.all([1, 2, 3].map(() => deliverMessages(shop.ctx, async () => onlySenders({}))));
      const { rows } = await withTenant(shop.ctx, ({ trx }) =>
        sql<{ times: number; people: number }>`
          select times, count(*)::int as people from (
            select count(*)::int as times from message where status = 'sent' group by customer_id, sent_at::date) x
          group by 1 order by 1`.execute(trx),
      );
      expect(rows).toEqual([{ times: 1, people: PEOPLE * (round + 1) }]);
    }
  });
});
