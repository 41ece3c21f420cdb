import { join } from "node:path";
import type { APIRequestContext, Page } from "@playwright/test";
import { type MailHost, startMailHost } from "@/server/notifications/testing";
import { apiHeaders, expect, expectAccessible, expectNoSidewaysScroll, inShop, noon, setClock, test } from "../test";

const MINUTE = 60_000;
const DAY = 86_400_000;

let host: MailHost;
test.beforeAll(async () => {
  host = await startMailHost();
});
test.afterAll(async ({ request }) => {
  await setClock(request, null);
  await host.close();
});

async function grantFor(request: APIRequestContext, customer: string, availableFrom: Date): Promise<void> {
  const response = await request.post("/api/v1/credit/grants", {
    headers: apiHeaders(crypto.randomUUID()),
    data: {
      ...{ customer, unit: "EUR", amount: "700", reason: "Journey" },
      availableFrom: availableFrom.toISOString(),
      expiresAt: new Date(availableFrom.getTime() + 30 * DAY).toISOString(),
    },
  });
  expect(response.status(), await response.text()).toBe(201);
}

async function consentOf(request: APIRequestContext, customer: string): Promise<string> {
  const response = await request.get(`/api/v1/customers/${customer}`, { headers: apiHeaders() });
  const { emailConsent }: { emailConsent: string } = await response.json();
  return emailConsent;
}

/** Lets the minutes pass until the outbox shows the text for whoever has this address. */
async function untilOutboxShows(page: Page, request: APIRequestContext, email: string, from: Date, text: RegExp): Promise<void> {
  let minutes = 0;
  await expect(async () => {
    // What is planned every five minutes comes sooner when the clock is helped along.
    await setClock(request, new Date(from.getTime() + minutes * MINUTE));
    minutes += 3;
    await page.goto(inShop(`/messages/outbox?q=${encodeURIComponent(email)}&kind=credit_available`));
    await expect(page.getByRole("table", { name: "Nachrichten" }).getByText(text).first()).toBeVisible({ timeout: 8_000 });
  }).toPass({ timeout: 180_000 });
}

test("write a message, try it, send it, and take an objection seriously", async ({ as, request }) => {
  test.setTimeout(480_000);
  const page = await as("admin");
  const customer = `E2E-${crypto.randomUUID()}`;
  const email = `${customer.toLowerCase()}@example.com`;
  const heading = `Ihr Guthaben wartet ${customer.slice(4, 12)}`;
  const created = await request.put(`/api/v1/customers/${customer}`, {
    headers: apiHeaders(),
    data: { email, firstName: "Wilhelmine", lastName: "Journey", locale: "de", country: "DE", emailConsent: "SUBSCRIBED" },
  });
  expect(created.status(), await created.text()).toBe(200);

  await test.step("change a template and see it as a real customer would", async () => {
    await page.goto(inShop("/messages/templates?channel=email"));
    await page.getByRole("button", { name: /^Guthaben verfügbar/ }).click();
    await page.getByLabel("Betreff", { exact: true }).fill(`${heading}, {{ first_name }}: {{ amount }}`);
    await page.getByRole("combobox", { name: "Vorschau für" }).click();
    await page.keyboard.type("Wilhelmine");
    await page
      .getByRole("option", { name: /Wilhelmine Journey/ })
      .first()
      .click();
    await expect(page.getByText(`${heading}, Wilhelmine:`)).toBeVisible();
    await page.getByLabel("Betreff", { exact: true }).fill(`${heading}, {{ first_nam }}`);
    await expect(page.getByText("„first_nam“ gibt es für diesen Anlass nicht.").first()).toBeVisible();
    await page.getByLabel("Betreff", { exact: true }).fill(`${heading}, {{ first_name }}: {{ amount }}`);
    await expectAccessible(page);
  });

  await test.step("a photograph from this computer is made to fit, and seen in the preview", async () => {
    await page.getByRole("button", { name: "Baustein hinzufügen" }).last().click();
    await page.getByRole("menuitem", { name: "Bild", exact: true }).click();
    await page.getByRole("textbox", { name: "Bildbeschreibung" }).fill("Ein Zelt am See");
    const file = page.locator("input[type=file]");
    const photograph = join(import.meta.dirname, "../../public/readme/campaign.png");
    await file.setInputFiles(photograph);
    await expect(page.getByRole("textbox", { name: "Adresse des Bildes" })).toHaveText(/\/p\/[\w-]{87}$/);
    await expect(page.getByRole("textbox", { name: "Bildbeschreibung" })).toHaveText("Ein Zelt am See");
    const picture = page.frameLocator("iframe").getByRole("img", { name: "Ein Zelt am See" });
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1_200);
    await file.setInputFiles({ name: "kein.png", mimeType: "image/png", buffer: Buffer.from("kein Bild") });
    await expect(page.getByText(/Das ist kein Bild/)).toBeVisible();
  });

  await test.step("a test lands in the outbox while there is no way out", async () => {
    await page.getByRole("button", { name: "Test senden" }).click();
    const dialog = page.getByRole("dialog", { name: "Test senden" });
    await dialog.getByLabel("E-Mail-Adresse").fill("redaktion@example.com");
    await dialog.getByRole("button", { name: "Test senden" }).click();
    await expect(dialog.getByText("Der Test liegt im Ausgang")).toBeVisible();
    await dialog.getByRole("button", { name: "Schließen" }).click();
    await page.getByRole("button", { name: "Als eigene Vorlage speichern" }).click();
    await page.getByRole("button", { name: "Für diesen Anlass verwenden" }).click();
    await expect(page.getByText("Die Vorlage gilt jetzt für diesen Anlass")).toBeVisible();
    await page.goto(inShop("/messages/outbox?to=tests"));
    await page.getByRole("button", { name: "redaktion@example.com" }).first().click();
    await expect(page.getByRole("dialog").getByText(`${heading}, Wilhelmine:`)).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("set up a mail server and check it", async () => {
    await page.goto(inShop("/settings/messages"));
    await page.getByLabel("Server", { exact: true }).fill("127.0.0.1");
    await page.getByLabel("Port", { exact: true }).fill(host.port.toString());
    await page.getByLabel("Verschlüsselung").selectOption({ label: "keine" });
    await page.getByRole("button", { name: "Speichern" }).first().click();
    await page.getByRole("button", { name: "E-Mail (SMTP): Verbindung prüfen" }).click();
    await expect(page.getByText(/Die Verbindung steht/).first()).toBeVisible();
  });

  let link = "";
  await test.step("credit that begins later is announced when it begins, in the shop's own words", async () => {
    const start = noon(await setClock(request, null), 2);
    await grantFor(request, customer, start);
    await untilOutboxShows(page, request, email, start, /^gesendet$/);
    const mail = host.received.find(({ to }) => to.includes(email));
    expect(mail?.mail.subject).toContain(`${heading}, Wilhelmine: 7,00`);
    link = /^List-Unsubscribe:\s+<(https?:[^>]+)>/m.exec(mail?.raw ?? "")?.[1] ?? "";
    expect(link).toMatch(/\/u\/[\w-]{87}$/);
    await page.getByRole("button", { name: /Wilhelmine Journey/ }).click();
    const sheet = page.getByRole("dialog", { name: "Nachricht" });
    await expect(sheet.getByText("Einwilligung", { exact: true })).toBeVisible();
    await expect(sheet.getByText(/7,00.€ vergeben/)).toBeVisible();
    await expect(sheet.frameLocator("iframe").getByText("Keine Werbung mehr")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("opening the link changes nothing, one click ends it", async () => {
    const visitor = await page.context().browser()?.newContext();
    const tab = await visitor?.newPage();
    await tab?.goto(link);
    await expect(tab?.getByRole("heading", { level: 1 }) ?? page.locator("none")).toBeVisible();
    // In the language the person was written to in, whatever this browser prefers.
    await expect(tab?.getByRole("button", { name: "Speichern" }) ?? page.locator("none")).toBeVisible();
    expect(await consentOf(request, customer)).toBe("SUBSCRIBED");
    await visitor?.close();
    const answer = await request.post(link, { form: { "List-Unsubscribe": "One-Click" } });
    expect(answer.status()).toBe(200);
    expect(await consentOf(request, customer)).toBe("UNSUBSCRIBED");
  });

  await test.step("what follows is not sent, and says why", async () => {
    const next = noon(await setClock(request, null), 4);
    const sent = host.received.filter(({ to }) => to.includes(email)).length;
    await grantFor(request, customer, next);
    await untilOutboxShows(page, request, email, next, /Keine Einwilligung für diesen Kanal/);
    expect(host.received.filter(({ to }) => to.includes(email))).toHaveLength(sent);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(inShop("/settings/messages"));
    await page.getByRole("button", { name: "E-Mail (SMTP): entfernen" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Entfernen" }).click();
    await expect(page.getByText("Ausgeschaltet, das Geheimnis ist gelöscht.")).toBeVisible();
  });
});

test("a notice goes by the ways the shop prefers, in that order", async ({ as }) => {
  const page = await as("admin");
  await page.goto(inShop("/settings/messages?tab=rules"));
  const way = (number: number) => page.getByLabel(`Guthaben wird verfügbar: ${number.toString()}. Weg`);
  await expect(way(1)).toHaveValue("email");
  await way(1).selectOption({ label: "SMS" });
  await way(2).selectOption({ label: "E-Mail" });
  await expect(way(3).getByRole("option")).toHaveText(["–", "Browser-Push"]);
  await expectAccessible(page);
  const save = async () => {
    await page.getByRole("button", { name: "Speichern" }).click();
    await expect(page.getByText("Die Regeln gelten ab jetzt.").first()).toBeVisible();
  };
  await save();
  await page.reload();
  await expect(way(1)).toHaveValue("sms");
  await expect(way(2)).toHaveValue("email");
  await way(1).selectOption({ label: "E-Mail" });
  await expect(way(2)).toHaveValue("");
  await save();
});
