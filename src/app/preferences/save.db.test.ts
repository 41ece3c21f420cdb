import { describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { signLink } from "@/server/notifications/links";
import { readSettings } from "@/server/notifications/settings";
import { POST } from "./[token]/save/route";

type Sent = { body?: string | URLSearchParams; headers?: Record<string, string> };
const post = (init: Sent) =>
  POST(
    new Request("http://localhost:3000/preferences/x/save", {
      method: "POST",
      ...init,
      headers: { ...init.headers, "sec-fetch-site": "same-origin" },
    }),
    { params: Promise.resolve({ token: "x" }) },
  );

describe("the form of the preference centre", () => {
  it.each<[string, Sent]>([
    ["no body", {}],
    ["JSON", { body: "{}", headers: { "content-type": "application/json" } }],
    ["a broken form", { body: "--b", headers: { "content-type": "multipart/form-data; boundary=b" } }],
    ["a form without a boundary", { body: "x", headers: { "content-type": "multipart/form-data" } }],
  ])("refuses %s", async (_name, init) => {
    expect((await post(init)).status).toBe(400);
  });
  it("leads back to the page, which says what is wrong with the link", async () => {
    const answer = await post({ body: new URLSearchParams({ only: "none" }) });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/preferences/x?saved=1"]);
  });
});

it("notes in which language the words were read", async () => {
  const { ctx, customers } = await createCampaignShop(1);
  const subject = customers[0] ?? "";
  const { pepper } = await withTenant(ctx, (handle) => readSettings(handle, ctx));
  const token = signLink(pepper, { purpose: "preferences", orgId: ctx.orgId, shopId: ctx.shopId, subject });
  const body = new URLSearchParams({ language: "en", tracking: "1", email: "1" });
  const request = new Request(`http://localhost:3000/preferences/${token}/save`, {
    ...{ method: "POST", body, headers: { "sec-fetch-site": "same-origin" } },
  });
  expect((await POST(request, { params: Promise.resolve({ token }) })).status).toBe(303);
  const events = await withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("consent_event")
      .select(["purpose", "state", "proof"])
      .where("customer_id", "=", subject)
      .where("basis", "=", "preferences")
      .execute(),
  );
  expect(events).toEqual([{ purpose: "tracking", state: "granted", proof: { language: "en" } }]);
});
