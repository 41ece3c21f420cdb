import { beforeAll, describe, expect, it } from "vitest";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { at } from "@/server/ledger/testing";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";
import { createTemplate, getTemplate, getVersion, listTemplates, restoreTemplate, saveTemplate } from "./manage-templates";
import { testSend } from "./test-send";
import { previewTemplate, templateVariables } from "./try-template";

const sms = (text: string) => ({ de: { text }, en: { text } });
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Templates");
  other = await testTenant("Other templates");
});

const made = (name: string) =>
  createTemplate(tenant.shop, { kind: "credit_refunded", channel: "sms", name, content: sms("{{ amount }} eins") });

describe("versions of a template", () => {
  it("are all kept; an older one comes back as a new one", async () => {
    const { id, version } = await made("Versions");
    if (id === null) throw new Error("no template");
    await saveTemplate(tenant.shop, { id, name: "Versions", content: sms("{{ amount }} zwei"), baseVersion: version });
    const restored = await restoreTemplate(tenant.shop, { id, version: 1 });
    expect(restored).toMatchObject({ version: 3, content: sms("{{ amount }} eins") });
    expect(restored.versions.map((one) => one.version)).toEqual([3, 2, 1]);
    expect(await getVersion(tenant.shop, { id, version: 2 })).toEqual({ content: sms("{{ amount }} zwei") });
    await expect(getVersion(tenant.shop, { id, version: 4 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuse a text written on an older one, and change nothing", async () => {
    const { id, version } = await made("Conflict");
    if (id === null) throw new Error("no template");
    await saveTemplate(tenant.shop, { id, name: "Conflict", content: sms("{{ amount }} von ihr"), baseVersion: version });
    const late = saveTemplate(tenant.shop, { id, name: "Conflict", content: sms("{{ amount }} von ihm"), baseVersion: version });
    await expect(late).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await getTemplate(tenant.shop, { id })).toMatchObject({ version: 2, content: sms("{{ amount }} von ihr") });
    // Two at once: the row's lock lets one pass.
    const both = await Promise.allSettled(
      ["a", "b"].map((text) => saveTemplate(tenant.shop, { id, name: "Conflict", content: sms(`{{ amount }} ${text}`), baseVersion: 2 })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("refuse what the database cannot keep: a NUL and half a character", async () => {
    const { id, version } = await made("Characters");
    for (const bad of ["a\0b", "a\ud800b"]) {
      const wanted = { id, name: "Characters", content: sms(`{{ amount }} ${bad}`), baseVersion: version };
      await expect(saveTemplate(tenant.shop, wanted)).rejects.toMatchObject({ code: "VALIDATION" });
      await expect(saveTemplate(tenant.shop, { ...wanted, content: sms("{{ amount }}"), name: bad })).rejects.toMatchObject({
        code: "VALIDATION",
      });
    }
    await saveTemplate(tenant.shop, { id, name: "Characters", content: sms("{{ amount }} 👨‍👩‍👧\n\tein Wort"), baseVersion: version });
  });

  it("belong to one shop", async () => {
    const { id } = await made("Private");
    if (id === null) throw new Error("no template");
    await expect(getVersion(other.shop, { id, version: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(getTemplate(other.shop, { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await listTemplates(other.shop, {})).items.every(({ builtIn }) => builtIn)).toBe(true);
  });
});

describe("preview", () => {
  const preview = (text: string, customerId: string | null = null) =>
    previewTemplate(tenant.shop, { kind: "credit_refunded", channel: "sms", locale: "de", content: sms(text), customerId });

  it("says in words that a text becomes too long, also if only for this person", async () => {
    const { id } = await upsertCustomer(tenant.shop, { externalId: "long", firstName: "x".repeat(60) });
    const often = "{{ amount }} {% for i in (1..100) %}{{ first_name }}{% endfor %}";
    expect(await preview(often)).toMatchObject({ broken: null, issues: [] });
    const found = await preview(often, id);
    expect(found.broken).not.toBeNull();
    expect(found.issues).toEqual([{ level: "error", code: "tooLong", locale: "de", path: "", params: { max: 1_600 } }]);
    const endless = await preview("{% for i in (1..100000) %}x{% endfor %}");
    expect(endless.issues.map(({ code, locale }) => [code, locale])).toEqual([
      ["tooLong", "de"],
      ["tooLong", "en"],
    ]);
    const test = { kind: "credit_refunded", channel: "sms", locale: "de", to: "+4915112345678" };
    const send = testSend(tenant.shop, { ...test, content: sms("{% for i in (1..100000) %}x{% endfor %}") });
    await expect(send).rejects.toMatchObject({ code: "TEMPLATE_INVALID" });
  });

  it("counts an SMS with an amount and a link as it will be billed", async () => {
    const { sms: bill, text } = await preview("{{ amount }} {{ preferences_url }}");
    expect(bill).toMatchObject({ count: 1, encoding: "GSM-7" });
    expect(text).toMatch(/^10,00 € http.*\/preferences\/[\w-]{16}$/);
  });
});

describe("variables", () => {
  it("carry the values of the person previewed, and nobody else's", async () => {
    const { id } = await upsertCustomer(tenant.shop, { externalId: "v1", firstName: "Änne", lastName: "Öztürk" });
    const value = async (name: string, customerId: string | null) =>
      (await templateVariables(tenant.shop, { kind: "credit_granted", customerId })).find((one) => one.name === name)?.sample.de;
    expect(await value("first_name", id)).toBe("Änne");
    expect(await value("first_name", null)).toBe("Anna");
    await expect(templateVariables(other.shop, { kind: "credit_granted", customerId: id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("are those of the kind of message", async () => {
    const names = async (kind: string) => (await templateVariables(tenant.shop, { kind })).map(({ name }) => name);
    expect(await names("opt_in")).toContain("confirm_url");
    expect(await names("campaign_message")).not.toContain("amount");
  });
});
