import { sql } from "kysely";
import { authenticate } from "mailauth";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { createMembership } from "@/server/tenancy/memberships";
import { testPerson } from "@/server/tenancy/world.testing";
import { listChannels, saveChannel } from "../channels/manage-channels";
import { deliverMessages } from "../deliver-messages";
import { planMessages } from "../plan-messages";
import { unseal } from "../seal";
import { closeSenders, openSenders } from "../senders";
import { getSettings, saveSettings } from "../settings";
import { defaultContent } from "../templates/defaults";
import { testSend } from "../templates/test-send";
import { type MailHost, type Received, startMailHost } from "../testing";
import { createDns } from "./ask-dns";
import { checkNightly, checkSenderDomain } from "./check-sender-domain";
import { txtStrings } from "./dkim-record";
import { activateKey, createKey, discardKey, saveSelectors, stopSigning } from "./manage-signing";
import type { KeyView } from "./schema";
import { keyPlace } from "./signing";
import { type NameServer, startNameServer, type Zone } from "./testing";
import { viewSenderDomain } from "./view-sender-domain";

/** Keys, signatures and what is kept of a check, over a real name server and a real mail server; an independent verifier has the last word. */
let shop: LedgerShop;
let names: NameServer;
let host: MailHost;

const ZONE: Zone = {
  "shop.example": { TXT: ["v=spf1 ip4:127.0.0.1 -all"], MX: [[10, "mx.shop.example"]] },
  "mx.shop.example": { A: ["198.51.100.25"] },
  "_dmarc.shop.example": { TXT: ["v=DMARC1; p=reject; rua=mailto:d@shop.example"] },
};
const dns = () => createDns({ servers: [names.address], timeoutMs: 5_000 });

async function brand(senderEmail: string): Promise<void> {
  const settings = await getSettings(shop.ctx);
  const rate = { perSecond: 0, perDomainPerSecond: 0 };
  await saveSettings(shop.ctx, { ...settings, brand: { ...settings.brand, senderEmail }, policy: { ...settings.policy, rate } });
}

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(2);
  names = await startNameServer({ ...ZONE });
  host = await startMailHost();
  await brand("hallo@shop.example");
  const settings = { host: "127.0.0.1", port: host.port, secure: "none", user: null };
  await saveChannel(shop.ctx, { kind: "smtp", enabled: true, settings, secret: null });
});
afterEach(async () => {
  closeSenders();
  await host.close();
  await names.close();
  await setTestClock(null);
});

const publish = ({ record }: Pick<KeyView, "record">): void => {
  names.zone[record.name] = { TXT: [txtStrings(record.value)] };
};
const newest = async (): Promise<KeyView> => {
  const key = (await createKey(shop.ctx)).keys.find(({ state }) => state === "pending");
  if (!key) throw new Error("no key");
  return key;
};
async function signing(): Promise<KeyView> {
  const key = await newest();
  publish(key);
  await activateKey(shop.ctx, { id: key.id }, dns());
  return key;
}
const test = () => {
  const content = defaultContent("credit_granted", "email");
  return testSend(shop.ctx, { kind: "credit_granted", channel: "email", locale: "de", to: "me@example.com", content });
};
const last = (): Received => {
  const mail = host.received.at(-1);
  if (!mail) throw new Error("nothing arrived");
  return mail;
};

/** What a receiver finds: the verifier's own SPF, DKIM and DMARC, asking the same name server. */
async function verdict(raw: string) {
  const asked = dns();
  const result = await authenticate(raw, {
    ...{ ip: "127.0.0.1", helo: "localhost", mta: "mx.example.com", sender: "hallo@shop.example", disableArc: true, disableBimi: true },
    resolver: async (name, type) => {
      const answer = type === "TXT" ? await asked.txt(name) : await asked.mx(name);
      if (answer.state !== "found") throw Object.assign(new Error(`${type} ${name}`), { code: "ENOTFOUND" });
      return answer.values.map((value) => [typeof value === "string" ? value : value.exchange]);
    },
  });
  const [first] = result.dkim.results;
  return {
    dkim: result.dkim.results.map((one) => `${one.status.result} ${one.signingDomain ?? ""} ${one.selector ?? ""}`.trim()),
    dmarc: result.dmarc ? result.dmarc.status.result : null,
    aligned: first?.status.aligned || null,
  };
}

const audits = () =>
  withTenant(shop.ctx, async ({ trx }) => {
    const { rows } = await sql<{ action: string; after: string }>`
      select action, after::text from audit where shop_id = ${shop.ctx.shopId} and (action like 'dkim.%' or action like 'senderDomain.%') order by at, id`.execute(
      trx,
    );
    return rows;
  });

describe("signing", () => {
  it("begins only when the name server hands out exactly the key", async () => {
    const key = await newest();
    const activate = () => activateKey(shop.ctx, { id: key.id }, dns());
    await expect(activate()).rejects.toMatchObject({ code: "DKIM_NOT_PUBLISHED", params: { name: key.record.name } });
    names.zone[key.record.name] = { TXT: [txtStrings(key.record.value.slice(0, -8))] };
    await expect(activate()).rejects.toMatchObject({ code: "DKIM_NOT_PUBLISHED" });
    names.zone[key.record.name] = "servfail";
    await expect(activate()).rejects.toMatchObject({ code: "DKIM_UNASKED" });
    await test();
    expect(await verdict(last().raw)).toMatchObject({ dkim: ["none"] });
    publish(key);
    expect((await activate()).keys).toMatchObject([{ state: "active" }]);
    await expect(activate()).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("convinces an independent receiver, for a test and for a campaign, and also of how to leave", async () => {
    const { selector } = await signing();
    const good = { dkim: [`pass shop.example ${selector}`], dmarc: "pass", aligned: "shop.example" };
    await test();
    expect(await verdict(last().raw)).toEqual(good);
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, {
        kind: "campaign_message",
        keyPrefix: "news",
        customers: shop.customers.map((customerId) => ({ customerId })),
      }),
    );
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 2 });
    const { raw } = last();
    expect(await verdict(raw)).toEqual(good);
    const signature = /^DKIM-Signature:[\s\S]*?\r?\n(?=\S)/im.exec(raw)?.[0].replace(/\s/g, "") ?? "";
    for (const header of ["from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"])
      expect(/;h=([^;]*);/.exec(signature)?.[1]?.split(":")).toContain(header);
    // What changes on the way is seen: the words, the one-click address, and a key that is not ours.
    const changed = [
      raw.replace(/^Subject: /im, "Subject: X"),
      raw.replace("List-Unsubscribe=One-Click", "List-Unsubscribe=One-Clack"),
      raw.replace(/\r\n\r\n/, "\r\n\r\nmore\r\n"),
    ];
    for (const one of changed) expect((await verdict(one)).dkim).toEqual([expect.stringMatching(/^(fail|neutral) /)]);
    const { record } = await newest();
    names.zone[`${selector}._domainkey.shop.example`] = { TXT: [txtStrings(record.value)] };
    expect((await verdict(raw)).dkim).toEqual([expect.stringMatching(/^fail /)]);
  });

  it("follows the sender: under another domain the key stays unused", async () => {
    await signing();
    await brand("hallo@other.example");
    await test();
    expect((await verdict(last().raw)).dkim).toEqual(["none"]);
    expect(await viewSenderDomain(shop.ctx)).toMatchObject({ domain: "other.example", keys: [], check: null });
    await brand("hallo@shop.example");
    await test();
    expect((await verdict(last().raw)).dkim).toEqual([expect.stringMatching(/^pass /)]);
  });

  it("changes keys without a moment unsigned, and deletes the old secret", async () => {
    const old = await signing();
    const next = await newest();
    expect(next.selector).not.toBe(old.selector);
    await expect(createKey(shop.ctx)).rejects.toMatchObject({ code: "CONFLICT" });
    await test();
    expect((await verdict(last().raw)).dkim).toEqual([`pass shop.example ${old.selector}`]);
    await expect(activateKey(shop.ctx, { id: next.id }, dns())).rejects.toMatchObject({ code: "DKIM_NOT_PUBLISHED" });
    publish(next);
    const view = await activateKey(shop.ctx, { id: next.id }, dns());
    expect(view.keys.map(({ selector, state }) => [selector, state])).toEqual([
      [next.selector, "active"],
      [old.selector, "retired"],
    ]);
    await test();
    expect((await verdict(last().raw)).dkim).toEqual([`pass shop.example ${next.selector}`]);
    const secrets = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("dkim_key").select(["state", "private_key"]).execute());
    expect(secrets.filter(({ private_key }) => private_key !== null).map(({ state }) => state)).toEqual(["active"]);
    await at("2026-07-20T10:00:00Z");
    await checkNightly(shop.ctx, dns());
    expect((await viewSenderDomain(shop.ctx)).keys.map(({ state }) => state)).toEqual(["active"]);
  });

  it("ends at once, gives up the key that was to follow, and can begin again", async () => {
    const key = await signing();
    await newest();
    expect((await stopSigning(shop.ctx, { id: key.id })).keys.map(({ id, state }) => [id, state])).toEqual([[key.id, "pending"]]);
    await expect(stopSigning(shop.ctx, { id: key.id })).rejects.toMatchObject({ code: "CONFLICT" });
    await test();
    expect((await verdict(last().raw)).dkim).toEqual(["none"]);
    await activateKey(shop.ctx, { id: key.id }, dns());
    await test();
    expect((await verdict(last().raw)).dkim).toEqual([`pass shop.example ${key.selector}`]);
    await expect(discardKey(shop.ctx, { id: key.id })).rejects.toMatchObject({ code: "CONFLICT" });
    await stopSigning(shop.ctx, { id: key.id });
    expect((await discardKey(shop.ctx, { id: key.id })).keys).toEqual([]);
    expect((await audits()).map(({ action }) => action)).toEqual([
      ...["dkim.keyCreated", "dkim.activated", "dkim.keyCreated", "dkim.stopped", "dkim.activated", "dkim.stopped", "dkim.discarded"],
    ]);
  });

  it("keeps its secret: sealed to its place, in no answer and in no record of what was done", async () => {
    const key = await signing();
    const { private_key: sealed } = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("dkim_key").select("private_key").where("id", "=", key.id).executeTakeFirstOrThrow(),
    );
    if (!sealed) throw new Error("no secret");
    const pem = unseal(sealed, keyPlace(shop.ctx, key.id));
    expect(pem).toContain("BEGIN PRIVATE KEY");
    const inner = pem.split("\n")[3] ?? "";
    expect(inner.length).toBe(64);
    expect(sealed.includes(inner)).toBe(false);
    expect(() => unseal(sealed, keyPlace(shop.ctx, crypto.randomUUID()))).toThrow(/SECRET_UNREADABLE/);
    await checkSenderDomain(shop.ctx, dns());
    const told = JSON.stringify([await viewSenderDomain(shop.ctx), await listChannels(shop.ctx), await audits()]);
    for (const secret of [inner, "PRIVATE", sealed.toString("base64"), sealed.toString("hex")]) expect(told).not.toContain(secret);
  });

  it("belongs to one shop", async () => {
    const key = await signing();
    const other = await createCampaignShop(0);
    for (const act of [activateKey, stopSigning]) await expect(act(other.ctx, { id: key.id })).rejects.toThrow(/NOT_FOUND|SENDER_MISSING/);
    await expect(discardKey(other.ctx, { id: key.id })).rejects.toThrow(/CONFLICT/);
    expect((await viewSenderDomain(other.ctx)).keys).toEqual([]);
    expect((await viewSenderDomain(shop.ctx)).keys).toMatchObject([{ id: key.id, state: "active" }]);
    expect((await openSenders(other.ctx)).email).toBeNull();
  });
});

describe("a check", () => {
  const state = async () => (await viewSenderDomain(shop.ctx)).check?.state ?? null;
  const told = () =>
    withTenant(shop.ctx, async ({ trx }) => {
      const rows = await trx.selectFrom("staff_notice").select("kind").where("shop_id", "=", shop.ctx.shopId).execute();
      return rows.map(({ kind }) => kind);
    });
  const night = async (zone: Zone) => {
    names.zone = zone;
    await checkNightly(shop.ctx, dns());
    return state();
  };
  const good: Zone = { ...ZONE };
  const { "_dmarc.shop.example": _, ...bad } = ZONE;

  it("is kept with its time, and belongs to the domain that was asked about", async () => {
    expect(await viewSenderDomain(shop.ctx)).toMatchObject({ domain: "shop.example", source: "brand", server: "own", check: null });
    const view = await checkSenderDomain(shop.ctx, dns());
    expect(view.check).toMatchObject({ at: expect.any(Date), state: "warning", badSince: null });
    expect(view.check?.findings.map(({ code }) => code)).toEqual(["spfOk", "spfHost", "dkimNone", "dmarcOk", "alignSpf", "mxOk"]);
    await brand("hallo@other.example");
    expect((await viewSenderDomain(shop.ctx)).check).toBeNull();
  });

  it("asks at the provider's selectors", async () => {
    expect((await saveSelectors(shop.ctx, { selectors: ["S1", "s1", "k2.mail"] })).selectors).toEqual(["s1", "k2.mail"]);
    await expect(saveSelectors(shop.ctx, { selectors: ["a b"] })).rejects.toMatchObject({ code: "VALIDATION" });
    const { check } = await checkSenderDomain(shop.ctx, dns());
    expect(names.asked).toContain("TXT k2.mail._domainkey.shop.example");
    expect(check?.findings.filter(({ code }) => code === "dkimProviderMissing").length).toBe(2);
    expect((await audits()).map(({ action }) => action)).toEqual(["senderDomain.selectorsChanged"]);
  });

  it("tells those who manage the shop once when what was in order no longer is, and a silent night changes nothing", async () => {
    const silent: Zone = { "shop.example": "servfail", "_dmarc.shop.example": "servfail" };
    await createMembership({ ...shop.ctx, shopId: null }, { userId: await testPerson("Manager"), role: "admin", shopIds: null });
    await createMembership({ ...shop.ctx, shopId: null }, { userId: await testPerson("Marketer"), role: "marketer", shopIds: null });
    expect(await night(good)).toBe("warning");
    expect(await night(silent)).toBe("unasked");
    expect(await told()).toEqual([]);
    expect(await night(bad)).toBe("error");
    expect(await told()).toEqual(["senderDomainBad"]);
    const since = (await viewSenderDomain(shop.ctx)).check?.badSince;
    expect(await night(silent)).toBe("unasked");
    expect(await night(bad)).toBe("error");
    expect(await told()).toHaveLength(1);
    expect((await viewSenderDomain(shop.ctx)).check?.badSince).toEqual(since);
    expect(await night(good)).toBe("warning");
    expect(await night(bad)).toBe("error");
    expect(await told()).toHaveLength(2);
  });

  it("that finds a mistake the first time is an answer, no news", async () => {
    expect(await night(bad)).toBe("error");
    expect(await told()).toEqual([]);
  });

  it("is made at night only where e-mails leave, and never without a sender", async () => {
    await saveChannel(shop.ctx, {
      kind: "smtp",
      enabled: false,
      settings: { host: "127.0.0.1", port: host.port, secure: "none", user: null },
    });
    expect(await checkNightly(shop.ctx, dns())).toEqual({ checked: 0 });
    await brand("");
    expect(await viewSenderDomain(shop.ctx)).toMatchObject({ domain: null, check: null, keys: [] });
    await expect(checkSenderDomain(shop.ctx, dns())).rejects.toMatchObject({ code: "SENDER_MISSING" });
    await expect(createKey(shop.ctx)).rejects.toMatchObject({ code: "SENDER_MISSING" });
    expect(names.asked).toEqual([]);
  });
});
