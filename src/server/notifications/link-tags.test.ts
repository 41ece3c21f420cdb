import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkTagsFor, slugOf, tagUrl, withLinks } from "./link-tags";

const campaign = { id: "0198-c", name: "Größe & Süßes: 20 € für Dich!" };
const tags = linkTagsFor("https://www.laden.example/", "https://guthaben.laden.example", {
  channel: "email",
  kind: "credit_granted",
  campaign,
});
if (!tags) throw new Error("no tags");
const QUERY = "utm_source=guthaben&utm_medium=email&utm_campaign=grosse-susses-20-fur-dich&utm_id=0198-c";

describe("where a visit came from", () => {
  it.each([
    ["https://www.laden.example", `https://www.laden.example/?${QUERY}`],
    ["https://laden.example/a?b=%20c+d", `https://laden.example/a?b=%20c+d&${QUERY}`],
    ["https://shop.laden.example/a#unten", `https://shop.laden.example/a?${QUERY}#unten`],
    ["http://laden.example/a?", `http://laden.example/a?${QUERY}`],
  ])("stands on links to the shop: %s", (href, tagged) => {
    expect(tagUrl(href, tags)).toBe(tagged);
  });

  it.each([
    "https://guthaben.laden.example/u/token",
    "https://boeserladen.example/",
    "https://laden.example.evil.example/",
    "https://evil.example/?https://laden.example",
    "https://laden.example/a?utm_source=newsletter",
    "mailto:hallo@laden.example",
    "https://",
  ])("stands nowhere else: %s", (href) => {
    expect(tagUrl(href, tags)).toBe(href);
  });

  it("names the event where there is no campaign, or none with letters in its name", () => {
    const named = (name: string | null) =>
      linkTagsFor("https://laden.example", "https://g.example", {
        ...{ channel: "push" as const, kind: "credit_expiring" as const, campaign: name === null ? null : { id: "c", name } },
      })?.params.find(([key]) => key === "utm_campaign");
    expect([named(null), named("🎁"), named("日本 1")]).toEqual([
      ["utm_campaign", "credit-expiring"],
      ["utm_campaign", "credit-expiring"],
      ["utm_campaign", "日本-1"],
    ]);
    expect(linkTagsFor(null, "https://g.example", { channel: "email", kind: "credit_expiring", campaign: null })).toBeNull();
  });

  it("is added once, keeps the shop's own parameters, and never leaves the attribute", () => {
    const path = fc
      .tuple(fc.webPath(), fc.webQueryParameters(), fc.webFragments())
      .map(([path, query, fragment]) => `https://laden.example/${path}?${query}#${fragment}`);
    fc.assert(
      fc.property(path, fc.string(), (href, name) => {
        const some = linkTagsFor("https://laden.example", "https://g.example", {
          channel: "email",
          kind: "credit_granted",
          campaign: { id: "c", name },
        });
        if (!some) throw new Error("no tags");
        const once = tagUrl(href, some);
        expect(tagUrl(once, some)).toBe(once);
        const [before, after] = [new URL(href), new URL(once)];
        for (const [key, value] of before.searchParams) expect(after.searchParams.getAll(key)).toContain(value);
        expect([after.hash, after.pathname]).toEqual([before.hash, before.pathname]);
        const html = withLinks(`<a class="x" href="${href.replaceAll("&", "&amp;")}">x</a>`, (url) => tagUrl(url, some));
        expect(html.match(/"/g)).toHaveLength(4);
        expect(/[<>]/.test(html.slice(html.indexOf("href="), html.indexOf(">x<")))).toBe(false);
      }),
    );
  });

  it("makes short, plain names", () => {
    expect(slugOf("  Ärger—mit  Ümläuten ")).toBe("arger-mit-umlauten");
    expect(slugOf("x".repeat(500))).toHaveLength(80);
  });
});

it("reads an address whole, however the quotes in it are written", () => {
  const seen: string[] = [];
  const html = `<a href="https://x.example/O&#39;Brien?a=1&amp;b=&quot;">1</a><a class="b" href="https://x.example/O&#x27;Brien">2</a>`;
  const changed = withLinks(html, (url) => {
    seen.push(url);
    return `${url}&c="<3>"`;
  });
  expect(seen).toEqual(["https://x.example/O'Brien?a=1&b=\"", "https://x.example/O'Brien"]);
  expect(changed).toContain(`href="https://x.example/O'Brien?a=1&amp;b=&quot;&amp;c=&quot;&lt;3&gt;&quot;"`);
  expect(withLinks(html, (url) => url)).toBe(html);
});
