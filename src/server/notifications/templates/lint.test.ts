import { describe, expect, it, vi } from "vitest";
import { defaultContent } from "./defaults";
import { type LintShop, lintTemplate } from "./lint";
import type { Block, EmailContent, LintIssue, TemplateContent } from "./schema";

// Example links carry the address of the installation.
vi.stubEnv("DATABASE_URL", "postgres://nobody@localhost/none");
vi.stubEnv("AUTH_SECRET", "only for tests, never used here.");
vi.stubEnv("APP_URL", "https://guthaben.example");

const SHOP: LintShop = { shopUrl: "https://www.tee.example", stopReaches: true };
const email = (...blocks: Block[]): TemplateContent => {
  const content: EmailContent = { subject: "x", preheader: "", blocks };
  return { de: content, en: content };
};
const text = (words: string) => email({ type: "text", text: words });
const sms = (words: string): TemplateContent => ({ de: { text: words }, en: { text: words } });
const push = (body: string, url = ""): TemplateContent => ({ de: { title: "x", body, url }, en: { title: "x", body, url } });

type Asked = [...Parameters<typeof lintTemplate>];
const found = async (kind: Asked[0], channel: Asked[1], content: TemplateContent, shop = SHOP): Promise<LintIssue[]> =>
  (await lintTemplate(kind, channel, content, shop)).filter(({ locale }) => locale === "de");
const codes = async (...input: Parameters<typeof found>) => (await found(...input)).map(({ code }) => code);

describe("a confirmation of an address", () => {
  const confirm = { type: "text" as const, text: "Bitte bestätigen: {{ confirm_url }}" };
  it("has its link in both parts, judged on what is rendered", async () => {
    expect(await codes("opt_in", "email", email(confirm))).toEqual([]);
    for (const words of [
      "Bitte bestätigen.",
      "{% if false %}{{ confirm_url }}{% endif %}",
      "{% comment %}{{ confirm_url }}{% endcomment %}x",
      "{{ confirm_url | slice: 0, 20 }}",
    ])
      expect(await codes("opt_in", "email", text(words)), words).toContain("noConfirmLink");
  });
  it("may be a button, and no other button, picture or name is in it", async () => {
    expect(await codes("opt_in", "email", email({ type: "button", label: "Bestätigen", url: "{{ confirm_url }}" }))).toEqual([]);
    const shop = { type: "button" as const, label: "Zum Shop", url: "{{ shop_url }}" };
    expect(await codes("opt_in", "email", email(confirm, shop))).toContain("marketingInTransactional");
    const picture = { type: "image" as const, url: "https://tee.example/b.png", alt: "Tee" };
    expect(await codes("opt_in", "email", email(confirm, picture))).toContain("pictureInOptIn");
    expect(await codes("opt_in", "email", email(confirm, { type: "columns", left: [picture], right: [] }))).toContain("pictureInOptIn");
    expect(await found("opt_in", "email", email(confirm, { type: "text", text: "Hallo {{ first_name }}" }))).toMatchObject([
      { code: "unknownVariable", params: { name: "first_name" } },
    ]);
  });
});

describe("a message without advertising", () => {
  it("does not know what exists for advertising", async () => {
    const loop = "{{ amount }}{% for p in recommendations %}{{ p.title }}{% endfor %}";
    expect(await found("credit_refunded", "email", text(loop))).toMatchObject([
      { code: "unknownVariable", params: { name: "recommendations" } },
    ]);
    expect(await codes("credit_granted", "email", text(loop))).toEqual([]);
  });
  it("leads to the shop's own pages and to the settings only", async () => {
    for (const words of ["https://tee.example/konto", "https://hilfe.tee.example", "{{ shop_url }}/konto", "{{ preferences_url }}"])
      expect(await codes("credit_refunded", "email", text(`{{ amount }} ${words}`)), words).toEqual([]);
    const foreign = "https://other.example/aktion";
    expect(await found("credit_refunded", "email", text(`{{ amount }} ${foreign}`))).toMatchObject([
      { level: "error", code: "foreignLink", params: { url: foreign } },
    ]);
    const picture = { type: "image" as const, url: "https://cdn.example/b.png", alt: "Tee", href: foreign };
    expect(await codes("credit_refunded", "email", email({ type: "credit" }, picture))).toEqual(["foreignLink"]);
    expect(await codes("credit_refunded", "email", email({ type: "credit" }, { ...picture, href: "{{ shop_url }}" }))).toEqual([]);
    expect(await codes("credit_refunded", "sms", sms(`{{ amount }} ${foreign}`))).toEqual(["foreignLink"]);
    expect(await codes("credit_refunded", "sms", sms("{{ amount }} www.other.example"))).toEqual(["foreignLink"]);
    expect(await codes("credit_refunded", "push", push("{{ amount }}", foreign))).toEqual(["foreignLink"]);
    expect(await codes("credit_refunded", "push", push("{{ amount }}"))).toEqual([]);
    expect(await codes("credit_refunded", "sms", sms("{{ amount }} https://tee.example.evil.example"))).toEqual(["foreignLink"]);
    expect(await codes("credit_granted", "email", text(`{{ amount }} ${foreign}`))).toEqual([]);
  });
});

describe("names in a template", () => {
  it.each([
    ["{{ first_name.foo }}", "unknownField", { name: "first_name.foo" }],
    ["{% if shop.url %}x{% endif %}", "unknownField", { name: "shop.url" }],
    ["{{ 'a' | append: first_name.foo }}", "unknownField", { name: "first_name.foo" }],
    ["{% for p in recommendations %}{{ p.titel }}{% endfor %}", "unknownField", { name: "p.titel" }],
    ["{% for p in recommendations %}{% if p.preis %}x{% endif %}{% endfor %}", "unknownField", { name: "p.preis" }],
    ["{% assign p = recommendations | first %}{{ p.titel }}", "unknownField", { name: "p.titel" }],
    ["{{ recommendations[0].titel }}", "unknownField", { name: "recommendations[0].titel" }],
    ["{{ recommendations }}", "printedList", { name: "recommendations" }],
    ["{% for p in recommendations %}{{ p }}{% endfor %}", "printedList", { name: "p" }],
    ["{{ amount | times: 2 }}", "numberFilter", { name: "amount", filter: "times" }],
    ["{{ amount | remove: '€' | round }}", "numberFilter", { name: "amount", filter: "round" }],
    ["{% if false %}{{ expires_date | plus: 1 }}{% endif %}", "numberFilter", { name: "expires_date", filter: "plus" }],
    ["{% assign a = amount %}{{ a | minus: 1 }}", "numberFilter", { name: "a", filter: "minus" }],
    ["{% for p in recommendations %}{{ p.price | times: 2 }}{% endfor %}", "numberFilter", { name: "p.price", filter: "times" }],
    ["{{ 2 | times: amount }}", "numberFilter", { name: "amount", filter: "times" }],
  ])("%s is a mistake", async (words, code, params) => {
    expect(await found("credit_granted", "email", text(`{{ amount }}${words}`))).toMatchObject([
      { level: "error", code, path: "blocks.0.text", params },
    ]);
  });
  it.each([
    "{{ recommendations.size | times: 2 }}",
    "{{ first_name.size }}{{ first_name | size | plus: 1 }}",
    "{% for p in recommendations limit: 2 %}{{ forloop.index }}. {{ p.title | upcase }} {{ p.price }}{% endfor %}",
    "{{ recommendations[0].title }}{{ recommendations.first.price }}",
    "{% assign parts = shop | split: ' ' %}{{ parts.first }}{{ parts | join: '-' }}{% for part in parts %}{{ part }}{% endfor %}",
    "{% assign n = 1 %}{{ n | plus: 2 }}{{ '3' | times: 2 }}",
    "{% case currency %}{% when 'EUR' %}Euro{% else %}{{ currency }}{% endcase %}",
  ])("%s is none", async (words) => {
    expect(await codes("credit_granted", "email", text(`{{ amount }}${words}`))).toEqual([]);
  });
});

describe("addresses", () => {
  it("have a host and a scheme that mail programs follow, also after rendering", async () => {
    for (const url of ["https://", "http:///x", "https://?a", "https:// x", "https://{{ first_name }}.example/"]) {
      expect(await codes("credit_granted", "email", email({ type: "credit" }, { type: "button", label: "x", url })), url).toEqual([
        "unsafeUrl",
      ]);
      expect(await codes("credit_granted", "email", email({ type: "credit" }, { type: "image", alt: "x", url })), url).toEqual([
        "unsafeUrl",
      ]);
    }
    const replaced = "{{ shop_url | replace: 'https:', 'javascript:' }}";
    expect(await codes("credit_granted", "email", email({ type: "credit" }, { type: "button", label: "x", url: replaced }))).toEqual([
      "unsafeUrl",
    ]);
    expect(await codes("credit_granted", "push", push("{{ amount }}", replaced))).toEqual(["unsafeUrl"]);
  });
});

describe("an amount", () => {
  it("may stand in columns", async () => {
    expect(await codes("credit_granted", "email", email({ type: "columns", left: [{ type: "credit" }], right: [] }))).toEqual([]);
    expect(await codes("credit_granted", "email", text("the amount is what you got"))).toEqual(["noAmount"]);
  });
});

describe("an SMS that advertises", () => {
  it.each([
    "Ende: {{ unsubscribe_url }}",
    "{{ preferences_url }}",
    "Abmelden: STOP antworten",
    "Antwort STOP beendet das",
    "Mit „STOP“ antworten",
    "STOP an diese Nummer senden",
    "Reply STOP to opt out",
    "Text STOP to end",
    "Send STOPP",
  ])("has a way out: %s", async (words) => {
    expect(await codes("credit_granted", "sms", sms(`{{ amount }} ${words}`))).toEqual([]);
  });
  it.each([
    "STOP! Hier entlang",
    "Nonstop sparen, jetzt antworten",
    "stop antworten",
    "Hier STOP. Jetzt antworten",
    "{% if false %}{{ unsubscribe_url }}{% endif %}",
    "{% comment %}Antwort STOP{% endcomment %}",
    "{{ unsubscribe_url | truncate: 20 }}",
  ])("has none: %s", async (words) => {
    expect(await codes("credit_granted", "sms", sms(`{{ amount }} ${words}`))).toEqual(["noUnsubscribe"]);
  });
  it("cannot be answered where the sender is a name", async () => {
    const deaf = { ...SHOP, stopReaches: false };
    expect(await codes("credit_granted", "sms", sms("{{ amount }} Antwort STOP"), deaf)).toEqual(["stopUnheard"]);
    expect(await codes("credit_granted", "sms", sms("{{ amount }} {{ unsubscribe_url }}"), deaf)).toEqual([]);
  });
});

it("warns of an e-mail whose end a reader cuts off", async () => {
  const long = { type: "text" as const, text: "ä".repeat(5_000) };
  const content = email({ type: "credit" }, ...Array.from({ length: 11 }, () => long));
  expect(await found("credit_granted", "email", content)).toMatchObject([{ level: "warning", code: "largeHtml", path: "blocks" }]);
  expect(await codes("credit_granted", "email", defaultContent("credit_granted", "email"))).toEqual([]);
});
