import { describe, expect, it } from "vitest";
import { brandSchema, contrast, MESSAGE_KINDS, type MessageKind } from "../schema";
import { compileTemplate, renderTemplate } from "./compile";
import { defaultContent } from "./defaults";
import { readableAccent, readableOn } from "./email-parts";
import { wrapLines } from "./plain-text";
import type { Block, EmailContent } from "./schema";
import { type ValueInput, valuesOf } from "./values";

const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const brand = brandSchema.parse({
  logoUrl: "https://tee.example/logo.png",
  shopUrl: "https://tee.example",
  footer: { company: `${LONG} mbH`, address: "Weg 1\n10115 Berlin", imprintUrl: "https://tee.example/i", register: "HRB 1" },
});
const product = {
  title: "Teekanne",
  price: 1990n,
  unit: "EUR",
  image: "https://tee.example/kanne.png",
  url: "https://tee.example/kanne?a=1&b=2",
};
const everything: Block[] = [
  { type: "heading", text: "Neu: {{ first_name }}" },
  {
    type: "columns",
    left: [{ type: "text", text: "Links\nzweite Zeile" }],
    right: [{ type: "image", url: "https://tee.example/b.png", alt: "Bild", width: 600 }],
  },
  { type: "spacer", size: 24 },
  { type: "divider" },
  { type: "image", url: "https://tee.example/b.png", alt: "Bild", href: "https://tee.example" },
  { type: "recommendations", title: "Passt dazu", count: 3 },
];

async function mail(kind: MessageKind, locale: "de" | "en", patch: Partial<ValueInput> & { blocks?: Block[]; shopName?: string } = {}) {
  const standard = defaultContent(kind, "email")[locale] as EmailContent;
  const content = { ...standard, blocks: patch.blocks ?? standard.blocks };
  const shopName = patch.shopName ?? "Teeladen";
  const rendered = renderTemplate(
    await compileTemplate({ kind, channel: "email", locale, content, brand, shopName }),
    valuesOf({
      locale,
      params: {
        amount: "123456789",
        unit: "EUR",
        expiresAt: "2026-12-30T23:00:00.000Z",
        terms: { minOrder: "3000", limited: false, firstOrderOnly: false, noDiscounts: false, partly: false },
      },
      person: { firstName: LONG, lastName: LONG },
      shop: { name: shopName, timeZone: "Europe/Berlin", url: "https://tee.example" },
      links: {
        unsubscribe: `https://app.example/u/${"T".repeat(87)}`,
        preferences: "https://app.example/p",
        confirm: "https://app.example/c",
      },
      ...patch,
    }),
  );
  if (rendered.channel !== "email") throw new Error("no e-mail");
  return rendered;
}

const all = MESSAGE_KINDS.flatMap((kind) => (["de", "en"] as const).map((locale) => [kind, locale] as const));

describe("every built-in e-mail", () => {
  it.each(all)("%s in %s has a text part in lines that are never too long", async (kind, locale) => {
    const { text } = await mail(kind, locale);
    expect(text).toContain("\n-- \n");
    expect(text).toContain("10115 Berlin");
    for (const line of text.split("\n"))
      if (line.length > 78) expect(line, "only an address or a single word may be longer").not.toMatch(/ /);
    expect(text).not.toMatch(/\{\{|\{%|\n{3}/);
  });

  it.each(all)("%s in %s keeps to what Outlook's Word engine can show", async (kind, locale) => {
    const { html } = await mail(kind, locale, {
      blocks: [...(defaultContent(kind, "email")[locale] as EmailContent).blocks, ...everything],
      recommendations: [product],
    });
    expect(html).not.toMatch(/display:\s*(?:flex|grid)|position:|float:|<svg|<script|<form|white-space:\s*pre/);
    // Padding at a table is ignored; only the button draws its own.
    for (const [table] of html.matchAll(/<table[^>]*>/g)) expect(table).not.toMatch(/[;"](?:padding|margin:(?!0 auto))/);
    for (const [text] of html.matchAll(/<(?:p|h1)\b[^>]*>/g)) expect(text).toContain("font-family:");
    for (const [image] of html.matchAll(/<img(?![^>]*height="40")[^>]*>/g)) expect(image).toMatch(/ (?:width|height)="\d+"/);
    expect(html.match(/<!--\[if mso\]><table/g)).toHaveLength(1);
    expect(html.match(/<!--\[if mso\]><\/td><\/tr><\/table><!\[endif\]-->/g)).toHaveLength(1);
    for (const tag of ["table", "tbody", "tr", "td", "a", "p"])
      expect(html.match(new RegExp(`<${tag}[ >]`, "g"))?.length, tag).toBe(html.match(new RegExp(`</${tag}>`, "g"))?.length);
  });

  it("is dark everywhere in a dark reader: the cell that repeats the page's colour, too", async () => {
    const { html } = await mail("credit_granted", "de");
    const dark = /@media \(prefers-color-scheme:dark\)\{(.*)\}/.exec(html)?.[1] ?? "";
    expect(dark).toMatch(/\.page>table>tbody>tr>td\{background-color:#101311!important\}|\.page>table>tbody>tr>td[,{]/);
    // Whoever is light without a class would stay light.
    const light = [...html.matchAll(/<(\w+)([^>]*)background-color:#(?:f|e)[^>]*>/g)].filter(
      ([whole]) => !/class="(?:page|card|box)"/.test(whole),
    );
    expect(light.map(([whole]) => whole.slice(0, 60))).toEqual([expect.stringMatching(/^<td style="margin:0;/)]);
  });
});

describe("an e-mail's text", () => {
  const of = async (text: string, patch = {}) => mail("campaign_message", "de", { blocks: [{ type: "text", text }], ...patch });

  it("keeps its lines in Outlook, and none that stands within a value", async () => {
    const { html } = await of("Eins\nZwei {{ first_name\n | upcase }}\n\nDrei");
    expect(html).toMatch(/Eins<br\/?>Zwei DONAU/);
    expect(html).toMatch(/<\/p><p [^>]*>Drei<\/p>/);
  });

  it("makes links of addresses, and of nothing else", async () => {
    const { html } = await of("Mehr: https://tee.example/a?b=1&c=2. {{ preferences_url }} {{ shop }}");
    expect(html).toContain('href="https://tee.example/a?b=1&amp;c=2"');
    expect(html).toMatch(/href="https:\/\/app\.example\/p"[^>]*>https:\/\/app\.example\/p<\/a>/);
    expect(html).not.toContain('href="Teeladen');
  });

  it("takes a shop's own name for a name", async () => {
    const { html, text } = await of("x", { shopName: "{{ first_name }} {% if x %} <b>" });
    expect(html).toContain("{{ first_name }} {% if x %} &lt;b&gt;");
    expect(text.replace(/\s+/g, " ")).toContain("{{ first_name }} {% if x %} <b>");
  });
});

describe("recommendations", () => {
  const blocks: Block[] = [{ type: "recommendations", title: "Passt dazu", count: 2 }];
  it("show picture, name, price and where to", async () => {
    const { html, text } = await mail("campaign_message", "de", {
      blocks,
      recommendations: [product, { ...product, title: "<Sieb>", image: null, price: null, url: null }, product],
    });
    expect(html).toContain('src="https://tee.example/kanne.png"');
    expect(html).toContain('href="https://tee.example/kanne?a=1&amp;b=2"');
    expect(html.replace(/\u00a0/g, " ")).toContain("19,90 €");
    expect(html).toContain("&lt;Sieb&gt;");
    expect(html.match(/kanne\.png/g)).toHaveLength(1);
    expect(text.replace(/\u00a0/g, " ")).toContain("- Teekanne, 19,90 €: https://tee.example/kanne?a=1&b=2");
  });
  it("are away when there are none", async () => {
    const { html, text } = await mail("campaign_message", "de", { blocks, recommendations: [] });
    expect(html + text).not.toContain("Passt dazu");
  });
});

it("finds a readable colour for whatever a shop chose", () => {
  for (const colour of ["#ffffff", "#000000", "#ffd400", "#14532d", "#7a7a7a", "#d6336c", "#0ea5e9"]) {
    expect(contrast(colour, readableOn(colour)), colour).toBeGreaterThanOrEqual(4.5);
    expect(contrast(readableAccent(colour), "#f8faf8"), colour).toBeGreaterThanOrEqual(4.5);
  }
});

it("wraps without losing a word or cutting an address", () => {
  const address = `https://app.example/${"x".repeat(90)}`;
  const text = `${"wort ".repeat(40)}\n-- \nSiehe ${address} dort`;
  const wrapped = wrapLines(text);
  expect(wrapped.split(/\s+/)).toEqual(text.trim().split(/\s+/));
  expect(wrapped).toContain(`\n${address}\n`);
  expect(wrapped).toContain("\n-- \n");
});

it("does not end a link at an apostrophe within its path", async () => {
  const text = "Siehe https://tee.example/O'Brien's-Tee und 'https://tee.example/b'.";
  const { html } = await mail("campaign_message", "de", {
    blocks: [
      { type: "text", text },
      { type: "button", label: "x", url: "https://tee.example/O'Brien" },
    ],
  });
  const links = Array.from(html.matchAll(/href="([^"]*)"/g), ([, url]) => url?.replaceAll("&#x27;", "'"));
  expect(links).toEqual(
    expect.arrayContaining(["https://tee.example/O'Brien's-Tee", "https://tee.example/b", "https://tee.example/O'Brien"]),
  );
});
