import { beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import type { LedgerShop } from "@/server/ledger/testing";
import { listChannels, saveChannel, testChannel } from "./manage-channels";

let shop: LedgerShop;
beforeEach(async () => {
  shop = await createCampaignShop(1);
});

describe("a channel", () => {
  it("counts as tested only with the settings it was tested with", async () => {
    const save = (from: string) =>
      saveChannel(shop.ctx, { kind: "sms_http", enabled: true, settings: { url: "http://127.0.0.1:1/sms", from } });
    const view = async () => (await listChannels(shop.ctx)).find(({ kind }) => kind === "sms_http");
    await save("Shop");
    await testChannel(shop.ctx, { kind: "sms_http" });
    expect(await view()).toMatchObject({ testedAt: expect.any(Date), testError: expect.any(String) });
    await save("Laden");
    expect(await view()).toMatchObject({ testedAt: null, testError: null });
  });
});
