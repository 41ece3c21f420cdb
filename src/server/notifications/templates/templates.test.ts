import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { exampleLinks, readLink, signLink, unsubscribeUrl } from "../links";
import { brandSchema, CHANNELS, type Channel, MESSAGE_KINDS, type MessageKind } from "../schema";
import { DEFAULT_TEXTS } from "../texts";
import { isSafeUrl } from "./addresses";
import { compileTemplate, renderTemplate, smsSegments } from "./compile";
import { defaultContent } from "./defaults";
import { lintTemplate } from "./lint";
import { parseLiquid, renderLiquid } from "./liquid";
import { shortName } from "./names";
import { ownContent } from "./own-text";
import { sampleValues } from "./sample";
import type { Block, EmailContent, LocaleContent, TemplateContent } from "./schema";
import { type Values, valuesOf } from "./values";

// Example links carry the address of the installation, because an SMS is billed by their length.
vi.stubEnv("DATABASE_URL", "postgres://nobody@localhost/none");
vi.stubEnv("AUTH_SECRET", "only for tests, never used here.");
vi.stubEnv("APP_URL", "https://g.tee.example");

const SHOP = { shopUrl: "https://tee.example", stopReaches: true };
const brand = brandSchema.parse({ shopUrl: "https://tee.example", footer: { company: "Tee GmbH", address: "Weg 1\n10115 Berlin" } });
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
const values = (patch: Partial<Parameters<typeof valuesOf>[0]> = {}): Values =>
  valuesOf({
    locale: "de",
    params: { amount: "1050", unit: "EUR", expiresAt: "2026-04-03T22:00:00.000Z" },
    person: { firstName: "Jörg", lastName: null },
    shop: { name: "Teeladen", timeZone: "Europe/Berlin", url: "https://tee.example" },
    links: { unsubscribe: "https://app.example/u/TOKEN", preferences: "https://app.example/preferences/TOKEN" },
    ...patch,
  });

async function email(content: EmailContent, given: Values = values(), kind: "credit_granted" | "credit_refunded" = "credit_granted") {
  const compiled = await compileTemplate({ kind, channel: "email", locale: "de", content, brand, shopName: "Teeladen" });
  const rendered = renderTemplate(compiled, given);
  if (rendered.channel !== "email") throw new Error("no e-mail");
  return rendered;
}
const own = (subject: string, body: string, given?: Values) => email(ownContent({ subject, body }), given);
const block = (...blocks: Block[]): TemplateContent => {
  const content: EmailContent = { subject: "x", preheader: "", blocks };
  return { de: content, en: content };
};

describe("built-in templates", () => {
  it.each(
    MESSAGE_KINDS.flatMap((kind) => CHANNELS.filter((c) => c === "email" || kind !== "opt_in").map((channel) => [kind, channel] as const)),
  )("%s by %s is without a fault in both languages", async (kind, channel) => {
    expect((await lintTemplate(kind, channel, defaultContent(kind, channel), SHOP)).filter(({ level }) => level === "error")).toEqual([]);
  });

  it("say amount, last minute, sender, way out; the text part too", async () => {
    const { subject, html, text } = await email(defaultContent("credit_granted", "email").de as EmailContent);
    expect(plain(subject)).toBe("10,50 € Guthaben bei Teeladen");
    for (const part of [html, text]) {
      expect(plain(part)).toContain("Freitag, 3. April 2026, 23:59 Uhr (MESZ)");
      expect(part).toContain("https://app.example/u/TOKEN");
      expect(part).toContain("Tee GmbH");
      expect(part).not.toMatch(/\{\{|\{%/);
    }
    expect(text).toMatch(/^Guten Tag Jörg,/);
  });
});

describe("a campaign's own text", () => {
  const { subject, body } = DEFAULT_TEXTS.de;
  it("keeps its words, in German and with every currency (B29, L5)", async () => {
    const rendered = await own(subject, body);
    expect(plain(rendered.text)).toContain("wir schenken 10,50 € Guthaben");
    const yen = values({ params: { amount: "1000", unit: "JPY", expiresAt: null } });
    expect(plain((await own(subject, body, yen)).subject)).toContain("1.000 ¥");
    const huge = values({ params: { amount: "9007199254740993", unit: "EUR", expiresAt: null } });
    expect(plain((await own(subject, body, huge)).subject)).toContain("90.071.992.547.409,93 €");
  });

  it("leaves no gap for a missing name", async () => {
    expect((await own(subject, body, values({ person: { firstName: null, lastName: null } }))).text).toMatch(/^Guten Tag,\n/);
  });

  it("keeps every brace that is no placeholder, whatever was typed", async () => {
    expect((await own("{betrag} {{ amount }} {%x%} {amount}", "x")).subject).toMatch(/^\{betrag\} \{\{ amount \}\} \{%x%\} 10,50/);
    const typed = fc.array(fc.constantFrom("{", "}", "%", "{{", "}}", "{%", "%}", "a", "amount", "|", '"'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(typed, async (parts) => {
        const text = parts.join("").replaceAll("{amount}", "");
        fc.pre(!text.includes("{amount}"));
        expect((await own(`<${text}>`, "x")).subject).toBe(`<${text}>`);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe("injection (B22)", () => {
  const evil = `<img src=x onerror="alert('1')">{{ shop }}\r\nBcc: everyone`;
  it("a name is neither markup, nor template, nor header", async () => {
    const { subject, html, text } = await own(
      "Für {first_name}",
      "Hallo {first_name}",
      values({ person: { firstName: evil, lastName: null } }),
    );
    expect(subject).not.toMatch(/[\r\n]/);
    expect(subject).toContain("{{ shop }}");
    expect(html).not.toContain("<img src=x");
    expect(text).not.toContain("\nBcc");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (firstName) => {
        const given = values({ person: { firstName, lastName: null } });
        const rendered = await own("{first_name}", "§{first_name}§", given);
        expect(rendered.subject).not.toMatch(/\p{Cc}/u);
        expect(rendered.html.slice(rendered.html.indexOf("§"), rendered.html.lastIndexOf("§"))).not.toMatch(/[<>"']/);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it.each([
    ["raw output", "{{ first_name | raw }}"],
    ["an include", '{% include "/etc/passwd" %}'],
    ["a render", '{% render "secret" %}'],
    ["an echo past the escaping", "{% echo first_name %}"],
    ["a raw tag", "{% raw %}<b>{% endraw %}"],
    ["liquid in liquid", "{% liquid echo first_name %}"],
  ])("a template cannot use %s", async (_name, text) => {
    expect(
      (await lintTemplate("credit_granted", "email", block({ type: "text", text }), SHOP)).some(({ level }) => level === "error"),
    ).toBe(true);
    await expect(email({ subject: "x", preheader: "", blocks: [{ type: "text", text }] })).rejects.toThrow();
  });

  it("prototypes are empty and endless loops end", async () => {
    const text = (value: string) => email({ subject: "x", preheader: "", blocks: [{ type: "text", text: `[${value}]` }] });
    expect((await text("{{ shop.constructor.name }}{{ __proto__ }}{{ first_name.constructor }}")).text).toContain("[]");
    await expect(text("{% for i in (1..100000000) %}x{% endfor %}")).rejects.toThrow();
  });

  it("addresses begin with a scheme we know", () => {
    for (const url of ["javascript:alert(1)", "{{ first_name }}", "//x", "data:text/html,x", 'https://x" onclick="', "https://x y"])
      expect(isSafeUrl(url), url).toBe(false);
    for (const url of ["https://x/?n={{ first_name }}", "{{ shop_url }}/neu", "mailto:a@example.com", "{{ shop_url | append: '/x' }}"])
      expect(isSafeUrl(url), url).toBe(true);
  });

  it("a name inside an address is encoded", async () => {
    const { html } = await email({
      subject: "x",
      preheader: "",
      blocks: [{ type: "button", label: "x", url: "https://x.example/?n={{ first_name }}" }],
    });
    expect(html).toContain("https://x.example/?n=J%C3%B6rg");
  });

  it("quotes and comparisons of a template survive the document", async () => {
    const text = `{% if amount != "" and recommendations.size < 1 %}{{ first_name | default: "Du & Du" }}'{% endif %}`;
    const { html } = await email(
      { subject: "x", preheader: "", blocks: [{ type: "text", text }] },
      values({ person: { firstName: "", lastName: "" } }),
    );
    expect(html).toContain("Du &amp; Du");
  });
});

const both = (content: LocaleContent): TemplateContent => ({ de: content, en: content });
const sms = (text: string) => both({ text });
const push = (body: string) => both({ title: "x", body, url: "" });

describe("lint", () => {
  const codes = async (...[kind, channel, content]: [MessageKind, Channel, TemplateContent]) => [
    ...new Set((await lintTemplate(kind, channel, content, SHOP)).map(({ code }) => code)),
  ];
  it("no marketing in transactional messages", async () => {
    const content = block({ type: "columns", left: [{ type: "button", label: "x", url: "https://x.example" }], right: [] });
    expect(await codes("credit_refunded", "email", content)).toContain("marketingInTransactional");
    expect(await codes("campaign_message", "email", content)).toEqual([]);
  });
  it("names the unknown, the broken and the unsafe", async () => {
    expect(await codes("campaign_message", "email", block({ type: "text", text: "{{ amount }} {{ betrag }}" }))).toEqual([
      "unknownVariable",
    ]);
    expect(await codes("credit_granted", "email", block({ type: "text", text: "{{ amount" }))).toContain("unclosedBraces");
    expect(await codes("credit_granted", "email", block({ type: "text", text: "{{ amount | shout }}" }))).toContain("unknownFilter");
    expect(await codes("credit_granted", "email", block({ type: "button", label: "{{ amount }}", url: "javascript:x" }))).toContain(
      "unsafeUrl",
    );
  });
  it("an SMS that advertises says how to end it", async () => {
    expect(await codes("credit_granted", "sms", sms("{{ amount }}"))).toContain("noUnsubscribe");
    expect(await codes("credit_granted", "sms", sms("{{ amount }} {{ unsubscribe_url }}"))).toEqual([]);
    expect(await codes("credit_granted", "sms", sms(`${"ä€".repeat(200)} Antwort STOP`))).toContain("manySegments");
    // 3 parts hold 459: with the address in its real length these are four.
    expect(await codes("credit_granted", "sms", sms(`${"a".repeat(420)} {{ unsubscribe_url }}`))).toEqual(["manySegments"]);
  });
  it("says which language of a campaign's message nobody wrote", async () => {
    for (const channel of CHANNELS) {
      const standard = defaultContent("campaign_message", channel);
      expect(await codes("campaign_message", channel, standard)).toEqual([]);
      // As the database gives it back: keys in another order.
      const en = Object.fromEntries(Object.entries(standard.en).reverse()) as LocaleContent;
      const own = JSON.parse(
        JSON.stringify(standard.de).replace("Es gibt Neues", "Der neue Tee ist da").replace("Neues", "Tee"),
      ) as LocaleContent;
      expect(await lintTemplate("campaign_message", channel, { de: own, en }, SHOP)).toEqual([
        { code: "stillBuiltIn", level: "warning", locale: "en", path: "", params: {} },
      ]);
    }
  });
  it.each([
    ["sms", sms("STOP {% for i in (1..100000) %}x{% endfor %}"), 1_600],
    ["push", push(`{% for i in (1..1000) %}${"x".repeat(200)}{% endfor %}`), 4_000],
    ["email", block({ type: "text", text: `{{ amount }}{% for i in (1..1000) %}${"x".repeat(4_000)}{% endfor %}` }), 500_000],
  ] as const)("a short %s that renders without end is an error at once", async (channel, content, max) => {
    expect(await lintTemplate("credit_granted", channel, content, SHOP)).toMatchObject([
      { level: "error", code: "tooLong", locale: "de", params: { max } },
      { level: "error", code: "tooLong", locale: "en" },
    ]);
  });
});

describe("values", () => {
  it("end a loop that writes nothing, by its parts and not by the clock", () => {
    const nested = (list: string) => `{% for i in ${list} %}`.repeat(3) + "{% endfor %}".repeat(3);
    const list = `{% assign many = "${"x,".repeat(300)}" | split: "," %}`;
    expect(() => renderLiquid(parseLiquid("text", `${list}${nested("many")}`), {}, 100)).toThrow("template render limit exceeded");
    expect(() => renderLiquid(parseLiquid("text", nested("(1..1000)")), {}, 100)).toThrow("limit exceeded");
  });
  it("cut a name between characters (B23)", () => {
    const family = "👨‍👩‍👧";
    expect(shortName(family.repeat(80))).toBe(family.repeat(60));
    expect(shortName("a\u0308".repeat(80))).toBe("a\u0308".repeat(60));
    expect(shortName("  Anna\tBerger ")).toBe("Anna Berger");
  });
  it("count SMS as they are billed", () => {
    expect(smsSegments("a".repeat(160))).toMatchObject({ count: 1, encoding: "GSM-7" });
    expect(smsSegments("a".repeat(161))).toMatchObject({ count: 2, perSegment: 153 });
    expect(smsSegments("ł".repeat(71))).toMatchObject({ count: 2, encoding: "UCS-2", perSegment: 67 });
    expect(smsSegments("€".repeat(80))).toMatchObject({ count: 1, characters: 160 });
    expect(smsSegments(`${"a".repeat(69)}😀`)).toMatchObject({ count: 2, encoding: "UCS-2", characters: 71, perSegment: 67 });
    expect(smsSegments(`${"a".repeat(68)}😀`)).toMatchObject({ count: 1, characters: 70, perSegment: 70 });
  });
  it("keep an SMS with an amount in GSM-7, in both languages", async () => {
    for (const locale of ["de", "en"] as const)
      for (const unit of ["EUR", "CHF", "GBP"]) {
        const content = { text: "{{ amount }} {{ conditions }} {{ unsubscribe_url }}" };
        const compiled = await compileTemplate({ kind: "credit_granted", channel: "sms", locale, content, brand, shopName: "x" });
        const given = values({
          locale,
          params: {
            amount: "123456789",
            unit,
            expiresAt: null,
            terms: { minOrder: "123456789", limited: false, firstOrderOnly: false, noDiscounts: false, partly: false },
          },
          links: exampleLinks("sms"),
        });
        const rendered = renderTemplate(compiled, given);
        expect(rendered.channel === "sms" && smsSegments(rendered.text).encoding, `${locale} ${unit}`).toBe("GSM-7");
      }
  });
  it("have example links of real length", () => {
    const tenant = { orgId: crypto.randomUUID(), shopId: crypto.randomUUID() };
    const real = signLink(Buffer.alloc(32), { purpose: "preferences", ...tenant, subject: crypto.randomUUID() });
    expect(exampleLinks("email").unsubscribe).toHaveLength(unsubscribeUrl(real).length);
    expect(exampleLinks("sms").unsubscribe).toHaveLength(unsubscribeUrl("x".repeat(16)).length);
    expect(readLink(exampleLinks("email").unsubscribe.split("/").at(-1) ?? "")).toBeNull();
  });
  it("let a built-in SMS without conditions fit one part, at a short address of the installation", async () => {
    for (const kind of MESSAGE_KINDS.filter((one) => one !== "opt_in"))
      for (const locale of ["de", "en"] as const) {
        const content = defaultContent(kind, "sms")[locale];
        const compiled = await compileTemplate({ kind, channel: "sms", locale, content, brand, shopName: "x" });
        const rendered = renderTemplate(compiled, { ...sampleValues(locale, { name: "Teeladen" }, "sms"), conditions: "" });
        expect(rendered.channel === "sms" && smsSegments(rendered.text).count, `${kind} ${locale}`).toBe(1);
      }
  });
  it("have a sample for every name", () => {
    expect(Object.values(sampleValues("de")).every((value) => value.length > 0)).toBe(true);
  });
});
