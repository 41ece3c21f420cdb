import { sql } from "kysely";
import { beforeAll, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import type { LedgerShop } from "@/server/ledger/testing";
import { exportMessages } from "./export-messages";
import { listMessages } from "./list-messages";
import { planMessages } from "./plan-messages";

let shop: LedgerShop;

/** More people of one first name than are looked up by name; messages go to the last ones only. */
const PEOPLE = 1_200;
const WRITTEN = 130;
beforeAll(async () => {
  shop = await createCampaignShop(PEOPLE);
  await withTenant(shop.ctx, async (handle) => {
    await sql`update customer set first_name = 'Max', last_name = case when external_id = 'c1200' then 'Mustermann' else 'Other' || external_id end
      where shop_id = ${shop.ctx.shopId}`.execute(handle.trx);
    const customers = shop.customers.slice(-WRITTEN).map((customerId) => ({ customerId }));
    await planMessages(handle, shop.ctx, { kind: "campaign_message", keyPrefix: "news", customers });
  });
});

/** Everything the list shows, page by page. */
async function all(filter: Record<string, unknown>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listMessages>> = await listMessages(shop.ctx, { ...filter, cursor, limit: 50 }, { pii: true });
    found.push(...page.items.map(({ customer }) => customer.name));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

it("finds everybody who is searched for, however many have the name, once each", async () => {
  const found = await all({ search: "max" });
  expect([found.length, new Set(found).size]).toEqual([WRITTEN, WRITTEN]);
  expect(await all({ search: "max", kind: "campaign_message", status: "queued" })).toHaveLength(WRITTEN);
  expect(await all({ search: "max", kind: "credit_granted" })).toEqual([]);
});

it("finds a person by first and last name together, in any order, and nobody by half a match", async () => {
  expect(await all({ search: "Max Mustermann" })).toEqual(["Max Mustermann"]);
  expect(await all({ search: "muster c1200@" })).toEqual(["Max Mustermann"]);
  expect(await all({ search: "Max Musterfrau" })).toEqual([]);
  // Somebody nothing was written to.
  expect(await all({ search: "Max Otherc1 " })).not.toContain("Max Otherc1");
});

it("leaves as a file what the list shows under the same filters, and is written into the log", async () => {
  const { name, parts } = await exportMessages(shop.ctx, { search: "muster", status: "queued" });
  let text = "";
  for await (const part of parts) text += part;
  const [head, ...rows] = text.trimEnd().split("\r\n");
  expect(name).toMatch(/^guthaben-messages-.*\.csv$/);
  expect(head?.split(",")).toContain("sent_at");
  expect(rows).toEqual([expect.stringContaining(",campaign_message,email,queued,,,c1200,Max Mustermann,c1200@example.com,")]);
  await expect(exportMessages(shop.ctx, { status: "none" })).rejects.toMatchObject({ code: "VALIDATION" });
  const { rows: log } = await withTenant(shop.ctx, ({ trx }) =>
    sql`select action from audit where action = 'message.exported'`.execute(trx),
  );
  expect(log).toHaveLength(1);
});

it("shows whoever may not see addresses none, not even as the number of a person without a name", async () => {
  const [customerId = ""] = shop.customers.slice(-1);
  await withTenant(shop.ctx, ({ trx }) =>
    sql`update customer set external_id = 'email:secret@example.com', first_name = null, last_name = null where id = ${customerId}`.execute(
      trx,
    ),
  );
  const { items } = await listMessages(shop.ctx, { customerId }, { pii: false });
  expect(JSON.stringify(items, (_, value) => (typeof value === "bigint" ? value.toString() : value))).not.toContain("secret");
});
