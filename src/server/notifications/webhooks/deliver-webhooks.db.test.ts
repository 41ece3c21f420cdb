import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { createTestShop } from "@/server/customers/testing";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type HttpHost, startHttpHost } from "../testing";
import { deliverWebhooks, fanOutEvents } from "./deliver-webhooks";
import { createWebhook, listWebhookDeliveries, listWebhooks, pingWebhook, updateWebhook } from "./manage-webhooks";

let ctx: ShopContext;
let host: HttpHost;
/** What each path answers; 200 without an entry. */
let answers: Record<string, { status: number; body?: string }>;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  answers = {};
  host = await startHttpHost(({ path }) => answers[path] ?? { status: 200 });
  ctx = await createTestShop();
});
afterEach(async () => {
  await host.close();
  await setTestClock(null);
});

const local = { allowPrivate: true };
const hook = async (path: string) => (await createWebhook(ctx, { url: `${host.url}${path}`, types: ["campaign.launched"] })).id;
const event = (key: string, when: string) =>
  withTenant(ctx, ({ trx }) =>
    trx
      .insertInto("outbound_event")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        type: "campaign.launched",
        key,
        data: JSON.stringify({ name: key }),
        at: new Date(when),
      })
      .execute(),
  );
const paths = () => host.calls.map(({ path }) => path);
const statuses = async (endpointId: string) => (await listWebhookDeliveries(ctx, { endpointId })).items.map(({ status }) => status);

describe("the test of a web hook", () => {
  it("sends one signed call without events, and nothing that waits", async () => {
    const id = await hook("/a");
    const slow = await hook("/b");
    await event("e", "2026-06-01T10:00:03Z");
    await at("2026-06-01T10:00:05Z");
    await fanOutEvents(ctx);
    expect(await pingWebhook(ctx, { id }, local)).toEqual({ ok: true, status: 200, error: null });
    expect(paths()).toEqual(["/a"]);
    expect(JSON.parse(host.calls[0]?.body.toString() ?? "")).toMatchObject({ shopId: ctx.shopId, events: [] });
    expect(host.calls[0]?.headers["x-signature"]).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
    expect((await listWebhooks(ctx)).map(({ failingSince }) => failingSince)).toEqual([null, null]);
    expect(await statuses(slow)).toEqual(["waiting"]);
  });

  it("says what was answered, also many at once and to a hook that is off; it is not repeated", async () => {
    answers["/a"] = { status: 503, body: "down\0" };
    const id = await hook("/a");
    await updateWebhook(ctx, { id, enabled: false });
    const all = await Promise.all([1, 2, 3, 4].map(() => pingWebhook(ctx, { id }, local)));
    expect(all).toEqual(Array(4).fill({ ok: false, status: 503, error: "down" }));
    expect(await statuses(id)).toEqual(Array(4).fill("failed"));
  });
});

describe("web hooks", () => {
  it("do not wait for one that answers what the database cannot keep", async () => {
    answers["/a"] = { status: 500, body: "broken \0 answer" };
    const bad = await hook("/a");
    const good = await hook("/b");
    await event("e", "2026-06-01T10:00:03Z");
    await at("2026-06-01T10:00:05Z");
    await fanOutEvents(ctx);
    expect(await deliverWebhooks(ctx, local)).toMatchObject({ delivered: 1, retried: 1 });
    expect((await listWebhookDeliveries(ctx, { endpointId: bad })).items[0]?.error).toBe("broken  answer");
    expect(await statuses(good)).toEqual(["delivered"]);
  });

  it("are told nothing from before they existed", async () => {
    const first = await hook("/a");
    await event("old", "2026-06-01T10:00:03Z");
    await at("2026-06-01T10:00:05Z");
    const second = await hook("/b");
    await event("new", "2026-06-01T10:00:08Z");
    await at("2026-06-01T10:00:10Z");
    await fanOutEvents(ctx);
    await deliverWebhooks(ctx, local);
    const told = host.calls.map(({ path, body }) => [
      path,
      JSON.parse(body.toString()).events.map((one: { data: { name: string } }) => one.data.name),
    ]);
    expect(Object.fromEntries(told)).toEqual({ "/a": ["old", "new"], "/b": ["new"] });
    expect([await statuses(first), await statuses(second)]).toEqual([["delivered"], ["delivered"]]);
  });
});
