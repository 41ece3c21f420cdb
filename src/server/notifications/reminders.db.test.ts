import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { deliverMessages } from "./deliver-messages";
import { planReminders } from "./plan-reminders";
import { getSettings, saveSettings } from "./settings";
import { onlySenders } from "./testing";

let shop: LedgerShop;
let first: string;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  first = shop.customers[0] ?? "";
});
afterEach(() => setTestClock(null));

const grant = (expires: string, { unit = "EUR", people = [first] }: { unit?: string; people?: string[] } = {}) =>
  grantMany(shop.ctx, {
    ...{ source: { type: "api", id: crypto.randomUUID() }, chunkKey: crypto.randomUUID(), unit, originClass: "unpaid" },
    ...{ availableFrom: null, expiresAt: new Date(expires), grants: people.map((customerId) => ({ customerId, amount: 500n })) },
  });
const rowsOf = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(shop.ctx, ({ trx }) => query.execute(trx)).then(({ rows }) => rows);
type Row = { status: string; amount: string; expires: string; unit: string; send_after: Date };
const reminders = () =>
  rowsOf(
    sql<Row>`select concat_ws(':', status, reason) as status, params ->> 'amount' as amount, params ->> 'expiresAt' as expires,
      params ->> 'unit' as unit, send_after from message where kind = 'credit_expiring' order by send_after, key`,
  );
const deliver = () => deliverMessages(shop.ctx, async () => onlySenders({}));

describe("a reminder", () => {
  it("is one for all credit of a day, at the time of what ends first, and says all of it", async () => {
    // Both on 20 June in Berlin; the third lot ends with the next day.
    await grant("2026-06-20T13:00:00Z");
    await grant("2026-06-20T22:00:00Z");
    await grant("2026-06-21T22:00:00Z");
    await at("2026-06-13T07:23:00Z");
    expect(await planReminders(shop.ctx)).toEqual({ planned: 1 });
    expect(await planReminders(shop.ctx)).toEqual({ planned: 0 });
    expect((await reminders())[0]).toMatchObject({ amount: "1000", expires: "2026-06-20T13:00:00.000Z" });
    expect((await reminders())[0]?.send_after).toEqual(new Date("2026-06-13T13:00:00Z"));
    await at("2026-06-13T13:01:00Z");
    await deliver();
    await at("2026-06-14T07:23:00Z");
    expect(await planReminders(shop.ctx)).toEqual({ planned: 1 });
    expect((await reminders()).map(({ status, amount }) => `${status} ${amount}`)).toEqual(["sent 1000", "queued 500"]);
  });

  it("of credit that was named by the second before is not repeated", async () => {
    await grant("2026-06-20T22:00:00Z");
    await at("2026-06-13T07:23:00Z");
    await planReminders(shop.ctx);
    const end = (Date.parse("2026-06-20T22:00:00Z") / 1_000).toString();
    await rowsOf(sql`update message set key = ${`expiring:168:EUR:${end}:${first}`}`);
    const { up } = await import("@db/migrations/0054_reminder_days");
    await withTenant(shop.ctx, ({ trx }) => up(trx as never));
    expect(await planReminders(shop.ctx)).toEqual({ planned: 0 });
  });

  it("is about money, as all of these notices are", async () => {
    await grant("2026-06-20T22:00:00Z", { unit: "PTS:bonus" });
    await grant("2026-06-20T22:00:00Z");
    await at("2026-06-13T07:23:00Z");
    expect(await planReminders(shop.ctx)).toEqual({ planned: 1 });
    expect((await reminders()).map(({ unit }) => unit)).toEqual(["EUR"]);
  });

  it("of the last day outlives an outage of an hour, and is not sent when less than a day would be left (B28)", async () => {
    await grant("2026-06-20T22:00:00Z", { people: shop.customers });
    await at("2026-06-18T21:23:00Z");
    await planReminders(shop.ctx);
    const [planned] = (await reminders()).filter(({ send_after }) => send_after > new Date("2026-06-19T00:00:00Z"));
    // The night begins at 20:00, which is 18:00 UTC; the credit has 28 hours left then.
    expect(planned?.send_after.getTime()).toBeGreaterThanOrEqual(Date.parse("2026-06-19T15:30:00Z"));
    expect(planned?.send_after.getTime()).toBeLessThanOrEqual(Date.parse("2026-06-19T16:00:00Z"));
    await rowsOf(sql`delete from message where send_after < '2026-06-19'`);
    await rowsOf(sql`update message set send_after = '2026-06-19T18:10:00Z' where customer_id = ${first}`);
    await at("2026-06-19T17:05:00Z");
    expect(await deliver()).toMatchObject({ sent: 2, skipped: 0 });
    await at("2026-06-19T18:11:00Z");
    expect(await deliver()).toMatchObject({ sent: 0, skipped: 1 });
    expect((await reminders()).map(({ status }) => status).sort()).toEqual(["sent", "sent", "skipped:quietHoursTooLate"]);
  });

  it("begins the earlier, the longer all of them take at the shop's rate", async () => {
    const settings = await getSettings(shop.ctx);
    const rate = { perSecond: 1, perDomainPerSecond: 0 };
    const quiet = { from: "20:00", to: "08:00" };
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, rate, quiet } });
    await rowsOf(sql`insert into customer (org_id, shop_id, external_id)
      select ${shop.ctx.orgId}, ${shop.ctx.shopId}, 'x' || i from generate_series(1, 7197) i`);
    const people = (await rowsOf(sql<{ id: string }>`select id from customer`)).map(({ id }) => id);
    await grant("2026-06-20T22:00:00Z", { people });
    await at("2026-06-18T21:23:00Z");
    await planReminders(shop.ctx);
    // Two hours for an outage, and two for 7,200 people at one a second.
    const [range] = await rowsOf(
      sql<{ from: Date; to: Date }>`select min(send_after) as from, max(send_after) as to from message where send_after > '2026-06-19'`,
    );
    expect(range?.from.getTime()).toBeGreaterThanOrEqual(Date.parse("2026-06-19T13:30:00Z"));
    expect(range?.to.getTime()).toBeLessThanOrEqual(Date.parse("2026-06-19T14:00:00Z"));
  });
});
