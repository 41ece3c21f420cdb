import { z } from "zod";
import { approveFromBell, launchOrSubmit, openStep } from "../approve";
import { apiHeaders, expect, expectAccessible, inShop, test } from "../test";

/** From the empty page to a scheduled campaign; each is one thing a person does. */
const MOST_STEPS = 6;

test("from an empty page to scheduled in a handful of clicks, approved by somebody else from the bell", async ({ as }) => {
  test.setTimeout(240_000);
  const page = await as("marketer");
  const name = `Rückkehr ${new Date().toISOString()}`;
  let steps = 0;
  const count = async (what: string, act: () => Promise<unknown>) => {
    steps += 1;
    await test.step(`${steps}. ${what}`, async () => {
      await act();
    });
  };

  await page.goto(inShop("/campaigns"));
  await count("new campaign", () => page.getByRole("link", { name: "Kampagne anlegen" }).first().click());
  await expect(page.getByRole("searchbox", { name: "Strategie suchen" })).toBeVisible();
  await expectAccessible(page);
  await count("choose a strategy", () =>
    page
      .getByRole("button", { name: /dies aber früher häufig taten/ })
      .first()
      .click(),
  );
  await count("begin with it", () => page.getByRole("button", { name: "Mit dieser Strategie beginnen" }).click());
  await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]{36}\?step=audience/);
  // Name, audience, credit, expiry, date and text are there: nothing has to be typed. The name is changed to find it again.
  await openStep(page, "Angaben");
  await count("name it", () => page.getByLabel("Name", { exact: true }).fill(name));
  await expect(page.getByRole("status").filter({ hasText: /^Gespeichert$/ })).toBeVisible();

  await test.step("nothing is lost on a reload, and the address knows the step", async () => {
    await page.reload();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
  });

  await test.step("the law guard refuses earned credit that ends too soon, and says why", async () => {
    await openStep(page, "Guthaben");
    await page.getByRole("radio", { name: "Verdient" }).click();
    await expect(page.getByText("So kurz darf verdientes Guthaben nicht verfallen")).toBeVisible();
    await page.getByRole("button", { name: /^(Kampagne starten|Zur Freigabe vorlegen)$/ }).click();
    await expect(page.getByText("Vor dem Start fehlt noch etwas")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("radio", { name: "Geschenk" }).click();
    await expect(page.getByText("So kurz darf verdientes Guthaben nicht verfallen")).toBeHidden();
    await expect(page.getByRole("status").filter({ hasText: /^Gespeichert$/ })).toBeVisible();
  });

  let submitted = false;
  await count("launch and confirm", async () => {
    steps += 1;
    submitted = await launchOrSubmit(page, name);
  });
  expect(steps, "things to do from the empty page to scheduled").toBeLessThanOrEqual(MOST_STEPS);
  expect(submitted, "a win-back of hundreds of people costs more than the threshold").toBe(true);
  await expect(page.getByText("Wartet auf Freigabe").first()).toBeVisible();
  // What people will read is part of what is decided about.
  await expect(page.getByRole("heading", { name: "Was die Kunden lesen" })).toBeVisible();
  await expect(page.getByTitle("Nachricht, wie sie ankommt")).toBeVisible();
  // The author sees the request and cannot decide it.
  await expect(
    page
      .getByText("Wer eine Kampagne geschrieben oder vorgelegt hat, gibt sie nicht selbst frei.")
      .or(page.getByText("Diese Rolle darf nicht freigeben.")),
  ).toBeVisible();
  await expect(page.getByRole("button", { name: "Freigeben" })).toHaveCount(0);
  await expectAccessible(page);

  await approveFromBell(await as("finance"), "finance", name);
  await page.reload();
  await expect(page.getByText("Geplant").first()).toBeVisible();

  await test.step("it stands in the calendar of its month", async () => {
    await page.goto(inShop("/campaigns?view=calendar"));
    await expect(page.getByRole("region", { name: "Kalender der Kampagnen" })).toBeVisible();
    await expectAccessible(page);
  });
  await test.step("cancel it again: the demo shop stays as it was", async () => {
    await page.goto(inShop(`/campaigns?q=${encodeURIComponent(name)}`));
    await page.getByRole("link", { name }).click();
    await page.getByRole("button", { name: "Weitere Aktionen" }).click();
    await page.getByRole("menuitem", { name: "Abbrechen" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Abbrechen" }).last().click();
    await expect(page.getByText("Abgebrochen").first()).toBeVisible();
  });
});

test("what the form shows and the draft does not hold is not launched", async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as("marketer");
  const saved = page.getByRole("status").filter({ hasText: /^Gespeichert$/ });
  const launch = page.getByRole("button", { name: /^(Kampagne starten|Zur Freigabe vorlegen)$/ });
  const receipt = page.getByRole("complementary", { name: "Beleg" });
  await page.goto(inShop("/campaigns/new?step=details"));
  await page.getByLabel("Name", { exact: true }).fill(`Halb getippt ${new Date().toISOString()}`);
  await expect(saved).toBeVisible();
  await openStep(page, "Zielgruppe");
  await page.getByRole("combobox", { name: "Segment" }).click();
  await page.getByRole("option", { name: /^VIP/ }).click();
  await openStep(page, "Termin");
  await page.getByRole("button", { name: "Morgen, 10:00" }).click();
  await openStep(page, "Guthaben");
  const amount = page.getByLabel("Betrag je Person");
  await amount.fill("1");
  await expect(saved).toBeVisible();
  await expect(receipt.getByText("Kosten höchstens")).toBeVisible();

  // Each of these was typed over something that could be launched.
  await amount.fill("1,005");
  await expect(receipt.getByText("Eine Eingabe im Formular ist noch nicht gültig")).toBeVisible();
  // The amount's error appears when the field is left, and must not push away what is being pressed.
  await page.getByRole("radio", { name: "An einem Tag" }).click();
  await expect(page.getByRole("radio", { name: "An einem Tag" })).toBeChecked();
  await openStep(page, "Termin");
  await page.getByRole("group", { name: "Ende" }).getByLabel("Datum").fill("2099-01-15");
  await launch.click();
  const missing = page.getByRole("alert").filter({ hasText: "Vor dem Start fehlt noch etwas" });
  await expect(missing.getByRole("listitem")).toHaveText([
    "Der Betrag im Formular ist keiner, der sich vergeben lässt.",
    "Es fehlt der letzte Tag, an dem das Guthaben gilt.",
    "Das Ende ist nicht vollständig: Tag und Uhrzeit angeben.",
  ]);
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Kein Ende" }).click();
  await missing.getByRole("button", { name: /Betrag/ }).click();
  await amount.fill("1,50");
  await page.getByRole("radio", { name: "Nach Tagen" }).click();
  await expect(missing).toBeHidden();
  await expect(saved).toBeVisible();
  await launch.click();
  await expect(page.getByRole("alertdialog")).toContainText("1,50");
  await page.getByRole("alertdialog").getByRole("button", { name: "Abbrechen" }).click();
  await page.getByRole("button", { name: "Weitere Aktionen" }).click();
  await page.getByRole("menuitem", { name: "Entwurf verwerfen" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Entwurf verwerfen" }).click();
});

test("a strategy of one's own brings its message along", async ({ as, request }) => {
  const name = `Danke ${crypto.randomUUID().slice(0, 8)}`;
  const call = async (method: "post" | "put", path: string, data: object) => {
    const response = await request[method](`/api/v1${path}`, { headers: apiHeaders(), data });
    expect(response.ok(), await response.text()).toBe(true);
    return z.looseObject({ id: z.string().optional() }).parse(await response.json());
  };
  const segment = await call("post", "/segments", { name, query: "number_of_orders >= 3" });
  const draft = await call("post", "/campaigns", { name, segmentId: segment.id, amount: "700" });
  await call("put", `/campaigns/${draft.id ?? ""}/sending`, { channel: "sms", templateId: null, spreadMinutes: 60 });
  const page = await as("marketer");

  await test.step("it is saved from a campaign", async () => {
    await page.goto(inShop(`/campaigns/${draft.id ?? ""}`));
    await page.getByRole("button", { name: "Weitere Aktionen" }).click();
    await page.getByRole("menuitem", { name: "Als Strategie speichern" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Strategie speichern" }).click();
    await expect(page.getByText("Strategie gespeichert", { exact: true })).toBeVisible();
  });

  await test.step("and a new campaign speaks as that one did", async () => {
    await page.goto(inShop("/campaigns/new"));
    await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
    await page.getByRole("button", { name: "Mit dieser Strategie beginnen" }).click();
    await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]{36}\?step=audience/);
    await openStep(page, "Nachricht");
    await expect(page.getByRole("radio", { name: "SMS" })).toBeChecked();
    await expect(page.getByRole("combobox", { name: "Verteilt über" })).toHaveValue("60");
    await expect(page.getByText(/^7,00 € Guthaben bei/)).toBeVisible();
    await expectAccessible(page);
  });
});
