import type { Page } from "@playwright/test";
import { MESSAGE_KINDS } from "@/server/notifications/schema";
import { demo } from "../demo";
import { apiHeaders, expect, test } from "../test";

type Answer = { result: { data: { json: unknown } } };

/** What the page's own client asks the server for. */
async function ask<Result>(page: Page, path: string, input: object): Promise<Result> {
  const query = encodeURIComponent(JSON.stringify({ json: { shopId: demo().shopId, ...input } }));
  const response = await page.request.get(`/api/trpc/${path}?input=${query}`);
  expect(response.status(), await response.text()).toBe(200);
  const answer: Answer = await response.json();
  return answer.result.data.json as Result;
}

type Mail = { subject: string; html: string; text: string; broken: string | null };
const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter";

const BRANDS = {
  bare: { footer: {} },
  full: {
    ...{ logoUrl: `${demo().url}/samples/products/licht.png`, accent: "#ffd400", shopUrl: "https://tee.example" },
    footer: {
      company: `${LONG} mbH`,
      address: "Lange Straße 123\n10115 Berlin",
      imprintUrl: "https://tee.example/i",
      vatId: "DE123456789",
    },
  },
} as const;

/** Blocks that the built-in texts do not have. */
const MORE = [
  { type: "heading", text: `Für {{ first_name }} ${LONG}` },
  {
    type: "columns",
    left: [
      { type: "text", text: `Siehe https://tee.example/${"x".repeat(60)}` },
      { type: "button", label: LONG, url: "{{ shop_url }}" },
    ],
    right: [{ type: "image", url: `${demo().url}/samples/products/licht.png`, alt: LONG, width: 600, href: "https://tee.example" }],
  },
  { type: "divider" },
  { type: "image", url: "https://tee.invalid/none.png", alt: "Ein Bild, das nicht geladen ist" },
  { type: "recommendations", title: "Das passt dazu", count: 3 },
];

/** Texts that cannot be read on what is behind them, in the browser's own reckoning. */
const unreadable = () => {
  const parts = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = parts(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element | null): string => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { parentElement: element, textContent: text } = node;
    if (!element || !text?.trim() || element.getClientRects().length === 0) continue;
    const [light = 0, dark = 0] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return found;
};

/** How light the picture is at the outer edges, where nothing but the page's own colour may be. */
async function edges(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [2, innerWidth - 20].flatMap((x) =>
      [20, innerHeight / 2, innerHeight - 20].map((y) => {
        for (let one = document.elementFromPoint(x, y); one; one = one.parentElement) {
          const colour = getComputedStyle(one).backgroundColor;
          if (!/, 0\)$/.test(colour)) return colour;
        }
        // The body's colour fills the window below the body as well.
        return getComputedStyle(document.body).backgroundColor;
      }),
    ),
  );
}

for (const scheme of ["light", "dark"] as const)
  test(`every built-in e-mail in a ${scheme} reader, from a phone to a desk`, async ({ as, request, browser }) => {
    test.setTimeout(300_000);
    const page = await as("admin");
    const externalId = `E2E-${crypto.randomUUID()}`;
    const created = await request.put(`/api/v1/customers/${externalId}`, {
      headers: apiHeaders(),
      data: { firstName: LONG, lastName: LONG },
    });
    expect(created.status(), await created.text()).toBe(200);
    const { rows } = await ask<{ rows: { id: string }[] }>(page, "customers.list", { search: LONG, limit: 1 });
    const reader = await browser.newContext({ colorScheme: scheme });
    const tab = await reader.newPage();
    for (const kind of MESSAGE_KINDS)
      for (const locale of ["de", "en"] as const)
        for (const [name, brand] of Object.entries(BRANDS)) {
          const { content } = await ask<{ content: Record<"de" | "en", { blocks: object[] }> }>(page, "messages.templates.get", {
            builtIn: { kind, channel: "email" },
          });
          // What may not be saved in a message without advertising must not break it either.
          if (name === "full") content[locale].blocks.push(...MORE);
          const wanted = { kind, channel: "email", locale, content, brand, customerId: name === "full" ? rows[0]?.id : null };
          const mail = await ask<Mail>(page, "messages.templates.preview", wanted);
          expect(mail.broken, `${kind} ${locale}`).toBeNull();
          expect(mail.text).toContain("\n-- \n");
          for (const width of [320, 375, 600, 900]) {
            const what = `${kind} ${locale} ${name} ${width.toString()}`;
            await tab.setViewportSize({ width, height: 700 });
            await tab.setContent(mail.html, { waitUntil: "domcontentloaded" });
            expect.soft(await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth), what).toBeLessThanOrEqual(0);
            expect.soft(await tab.evaluate(unreadable), what).toEqual([]);
            const page = scheme === "dark" ? /^rgb\(16, 19, 17\)$|^rgb\(24, 28, 25\)$/ : /^rgb\(245, 246, 245\)$|^rgb\(255, 255, 255\)$/;
            for (const colour of await edges(tab)) expect.soft(colour, what).toMatch(page);
          }
        }
    await reader.close();
  });

test("recommendations of a real customer show picture, name and price, and nothing where there are none", async ({ as, request }) => {
  const page = await as("admin");
  const part = { subject: "x", preheader: "", blocks: [{ type: "recommendations", title: "Das passt dazu", count: 3 }] };
  const content = { de: part, en: part };
  const shown = (customerId: string | undefined) =>
    ask<Mail>(page, "messages.templates.preview", { kind: "campaign_message", channel: "email", locale: "de", content, customerId });
  const { rows } = await ask<{ rows: { id: string }[] }>(page, "customers.list", { limit: 60 });
  let found: Mail | undefined;
  for (const { id } of rows) {
    const mail = await shown(id);
    if (mail.html.includes("Das passt dazu")) {
      found = mail;
      break;
    }
  }
  if (!found) throw new Error("nobody of the demo has bought what others bought together");
  expect(found.html).toMatch(/<img[^>]+src="http[^"]+\/samples\/products\/[a-z-]+\.png"/);
  expect(found.text).toMatch(/^- .+, \d+,\d{2}\s€/m);

  const externalId = `E2E-${crypto.randomUUID()}`;
  await request.put(`/api/v1/customers/${externalId}`, { headers: apiHeaders(), data: { firstName: externalId } });
  const nobody = await ask<{ rows: { id: string }[] }>(page, "customers.list", { search: externalId, limit: 1 });
  expect((await shown(nobody.rows[0]?.id)).html).not.toContain("Das passt dazu");
});
