import type { APIRequestContext } from "@playwright/test";
import { instantToLocal } from "@/server/time";
import { openStep } from "../approve";
import { apiHeaders, expect, expectAccessible, inShop, noon, setClock, test } from "../test";

const ZONE = "Europe/Berlin";
const PEOPLE = 12;

/** New customers who share a tag; the last of them has not agreed to e-mail. */
async function addPeople(request: APIRequestContext, tag: string): Promise<void> {
  for (let n = 1; n <= PEOPLE; n++) {
    const response = await request.put(`/api/v1/customers/${tag}-${n}`, {
      headers: apiHeaders(),
      data: {
        ...{ email: `${tag}-${n}@example.com`, firstName: `Person ${n}`, locale: "de", country: "DE", tags: [tag] },
        emailConsent: n === PEOPLE ? "NOT_SUBSCRIBED" : "SUBSCRIBED",
      },
    });
    expect(response.ok(), await response.text()).toBe(true);
  }
}

test.afterAll(async ({ request }) => {
  await setClock(request, null);
});

test("tell people something without giving them credit: written, sent to those who agreed, measured, ended", async ({ as, request }) => {
  test.setTimeout(300_000);
  const mark = Date.now().toString(36);
  const tag = `nachricht-${mark}`;
  const name = `Neue Sorten ${mark}`;
  await addPeople(request, tag);
  const segment = await request.post("/api/v1/segments", {
    headers: apiHeaders(),
    data: { name, query: `customer_tags CONTAINS '${tag}'` },
  });
  expect(segment.ok(), await segment.text()).toBe(true);
  const release = noon(await setClock(request, null), 2);
  const page = await as("marketer");

  await test.step("from the outbox to a draft that needs no amount", async () => {
    await page.goto(inShop("/messages/outbox"));
    await page.getByRole("link", { name: "Nachricht schreiben" }).click();
    await page.getByRole("combobox", { name: "Segment" }).click();
    await page.keyboard.type(name);
    await page.getByRole("option", { name }).click();
    await page.getByLabel("Kontrollgruppe", { exact: true }).fill("0");
    await openStep(page, "Guthaben");
    await expect(page.getByText("Niemand bekommt Guthaben: Die Kampagne ist ihre Nachricht.")).toBeVisible();
    await expect(page.getByRole("radio", { name: "Nur Nachricht" })).toBeChecked();
    await expectAccessible(page);
    await openStep(page, "Angaben");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await openStep(page, "Termin");
    const [day = "", time = ""] = instantToLocal(release, ZONE).split("T");
    const start = page.getByRole("group", { name: "Verschickt ab" });
    await start.getByLabel("Datum", { exact: true }).fill(day);
    await start.getByLabel("Uhrzeit", { exact: true }).fill(time.slice(0, 5));
    await expect(page.getByRole("status").filter({ hasText: /^Gespeichert$/ })).toBeVisible();
  });

  await test.step("nothing to say is no message, and an amount that nobody gets is refused", async () => {
    await openStep(page, "Nachricht");
    const launch = page.getByRole("button", { name: "Kampagne starten" });
    await launch.click();
    await expect(page.getByText("Vor dem Start fehlt noch etwas")).toBeVisible();
    await expect(page.getByText(/^Es fehlt, was die Nachricht sagt/).first()).toBeVisible();
    await page.getByLabel("Betreff", { exact: true }).fill(`${name} sind da`);
    await page.getByLabel("Text", { exact: true }).fill("Hallo {first_name}, nimm {amount}!");
    await expect(page.getByText(/^Der Text nennt einen Betrag oder eine Frist/).first()).toBeVisible();
    await page.getByLabel("Text", { exact: true }).fill("Hallo {first_name}, sieh dich um.");
    await expect(page.getByText(/^Der Text nennt einen Betrag oder eine Frist/)).toHaveCount(0);
    await expectAccessible(page);
    await launch.click();
    await expect(page.getByRole("alertdialog").or(page.getByRole("dialog"))).toContainText("Guthaben gibt es nicht");
    await page.getByRole("button", { name: "Jetzt starten", exact: true }).click();
    await expect(page.getByText("Geplant").first()).toBeVisible();
  });

  await test.step("at its minute those who agreed are written to, and the others are named with their reason", async () => {
    await setClock(request, new Date(release.getTime() + 2_000));
    await expect(page.getByText("Läuft", { exact: true }).first()).toBeVisible({ timeout: 90_000 });
    const messages = page.getByRole("tabpanel", { name: "Nachrichten" });
    await expect(async () => {
      await page.getByRole("tab", { name: "Nachrichten" }).click();
      await expect(messages.getByText("Keine Einwilligung für diesen Kanal")).toBeVisible({ timeout: 5_000 });
      await expect(messages.locator("dl > div").filter({ hasText: "Gesendet" })).toContainText(String(PEOPLE - 1));
    }).toPass({ timeout: 90_000 });
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Personen" }).click();
    await expect(page.getByRole("table", { name: "Personen der Kampagne" }).getByText("nicht gesendet")).toHaveCount(1);
    await expect(page.getByRole("table", { name: "Personen der Kampagne" })).toContainText("Keine Einwilligung für diesen Kanal.");
    await expect(page.getByRole("button", { name: "Zurückholen" })).toHaveCount(0);
    const credit = await request.get(`/api/v1/customers/${tag}-1/credit`, { headers: apiHeaders() });
    expect(await credit.json()).toMatchObject({ balances: [] });
  });

  await test.step("every message can be read as it arrived, and leads back to its campaign", async () => {
    await page.goto(inShop(`/messages/outbox?q=${encodeURIComponent(`${tag}-1@example.com`)}`));
    await page.getByRole("table", { name: "Nachrichten" }).getByRole("button", { name: "Person 1" }).click();
    const sheet = page.getByRole("dialog");
    await expect(sheet).toContainText(`${name} sind da`);
    await expect(sheet.frameLocator("iframe").getByText("Hallo Person 1, sieh dich um.")).toBeVisible();
    await expect(sheet.getByRole("link", { name })).toBeVisible();
  });
});
