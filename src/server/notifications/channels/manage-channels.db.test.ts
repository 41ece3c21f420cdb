import { beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import type { LedgerShop } from "@/server/ledger/testing";
import { closeSenders, openSenders } from "../senders";
import { getSettings, saveSettings } from "../settings";
import { listChannels, saveChannel, testChannel } from "./manage-channels";

let shop: LedgerShop;
beforeEach(async () => {
  shop = await createCampaignShop(1);
});

describe("a mail server", () => {
  const settings = (host: string) => ({ host, port: 587, secure: "none", user: null });
  const save = (host: string, enabled = true) => saveChannel(shop.ctx, { kind: "smtp", enabled, settings: settings(host), secret: null });
  const sender = async (senderEmail: string) => {
    const now = await getSettings(shop.ctx);
    await saveSettings(shop.ctx, { ...now, brand: { ...now.brand, senderEmail } });
  };
  const missing = { code: "SENDER_MISSING" };

  it("sends nothing from an address that does not exist", async () => {
    await expect(save("smtp.example.com")).rejects.toMatchObject(missing);
    await save("smtp.example.com", false);
    await expect(testChannel(shop.ctx, { kind: "smtp" })).rejects.toMatchObject(missing);
    await sender("shop@example.com");
    await save("smtp.example.com");
    expect((await openSenders(shop.ctx)).paused).toEqual([]);
    await sender("");
    expect((await openSenders(shop.ctx)).paused).toEqual(["email"]);
    closeSenders();
  });

  it("on this machine may be tried without", async () => {
    await save("127.0.0.1");
    expect((await openSenders(shop.ctx)).paused).toEqual([]);
    closeSenders();
  });
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
