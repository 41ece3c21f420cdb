import type { Locator, Page } from "@playwright/test";
import { expect, expectAccessible, inShop, test } from "../test";

/** Goes to a control as a person without a mouse does. More stops than any page has means that it cannot be reached. */
async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toBeVisible();
  for (let stops = 0; stops < 120; stops++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

/** Types into a picker and takes what it finds first. */
async function pick(page: Page, picker: Locator, search: string): Promise<void> {
  await tabTo(page, picker);
  await page.keyboard.press("Enter");
  await page.keyboard.type(search);
  await expect(page.getByRole("option").filter({ hasText: search }).first()).toBeVisible();
  await page.keyboard.press("Enter");
}

test("with the keyboard alone: template → rule → text → save → compare → save the overlap", async ({ as }) => {
  const page = await as("marketer");
  const mark = Date.now().toString(36);
  const count = page.getByRole("status").filter({ hasText: /im Segment/ });

  await page.goto(inShop("/segments/new"));
  await tabTo(page, page.getByRole("button", { name: "Vorlage wählen" }));
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Vorlagen" });
  await expect(sheet.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("früher sehr engagiert");
  await tabTo(page, sheet.getByRole("button", { expanded: false }).first());
  await page.keyboard.press("Enter");
  await tabTo(page, sheet.getByRole("button", { name: "Übernehmen" }));
  await page.keyboard.press("Enter");
  await expect(sheet).toBeHidden();
  await expect(count).toHaveText(/\d/);

  // A rule: change a value, take it back, carry it to another place.
  const orders = page.getByLabel("Anzahl Bestellungen: Wert");
  await tabTo(page, orders);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("2");
  await expect(orders).toHaveValue("2");
  await page.keyboard.press("ControlOrMeta+z");
  await expect(orders).toHaveValue("5");
  await page.keyboard.press("ControlOrMeta+y");
  await expect(orders).toHaveValue("2");
  const grips = page.getByRole("button", { name: /^Verschieben:/ });
  await expect(grips.first()).toHaveAccessibleName("Verschieben: Letzte Bestellung");
  await tabTo(page, grips.first(), "Shift+Tab");
  await page.keyboard.press("Space");
  await expect(page.getByText(/Letzte Bestellung: Platz|Letzte Bestellung aufgenommen/)).toBeAttached();
  // Any place behind the second condition will do; a key pressed before the row has been picked up is not heard.
  await expect(async () => {
    await page.keyboard.press("ArrowDown");
    await expect(page.getByText(/Letzte Bestellung: Platz [34] von 4/)).toBeAttached({ timeout: 1_000 });
  }).toPass();
  await page.keyboard.press("Space");
  await expect(grips.first()).toHaveAccessibleName("Verschieben: Anzahl Bestellungen");

  // The same query as text; a mistake is named at its place and loses nothing, and Tab leaves the field.
  await tabTo(page, page.getByRole("radio", { name: "Regeln" }), "Shift+Tab");
  await page.keyboard.press("ArrowRight");
  // The focus moves a moment after the key; a space pressed before it would choose the rules again.
  await expect(page.getByRole("radio", { name: "Abfrage" })).toBeFocused();
  await page.keyboard.press("Space");
  const text = page.getByRole("textbox", { name: "Abfrage" });
  await expect(text).toHaveText(/^number_of_orders >= 2 AND .*last_order_date < -180d/);
  await tabTo(page, text);
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type(" AND customer_tgas CONTAINS ");
  await expect(page.getByText(/„customer_tgas“ ist unbekannt. Gemeint: customer_tags/).first()).toBeVisible();
  // What was typed without a pause is one step; on a busy machine there may be pauses.
  await expect(async () => {
    await page.keyboard.press("ControlOrMeta+z");
    await expect(text).not.toContainText("customer_t", { timeout: 500 });
  }).toPass();
  await page.keyboard.press("Tab");
  await expect(text).not.toBeFocused();
  await expectAccessible(page);

  const name = `Früher treu ${mark}`;
  const nameField = page.getByLabel("Name", { exact: true });
  await tabTo(page, nameField, "Shift+Tab");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(name);
  await tabTo(page, page.getByRole("button", { name: "Segment anlegen" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

  await tabTo(page, page.getByRole("link", { name: "Vergleichen" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/segments\/compare\?a=/);
  await pick(page, page.getByRole("combobox", { name: "Segment B" }), "VIP");
  await expect(page.getByRole("figure", { name: "Überschneidung" })).toBeVisible();
  await expectAccessible(page);
  await tabTo(page, page.getByRole("button", { name: /Als Segment speichern\s*: Nur in/ }).first());
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Als Segment speichern" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(`Rest ${mark}`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: `Rest ${mark}` })).toBeVisible();
});

test("what is written about a segment and not saved outlives a link, and no campaign is begun with what is not saved", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop("/segments/new?view=text"));
  const name = `Unterbrochen ${Date.now().toString(36)}`;
  await page.getByLabel("Name", { exact: true }).fill(name);
  const count = page.getByRole("status").filter({ hasText: /im Segment/ });
  const everybody = (await count.textContent()) ?? "";
  await page.getByRole("textbox", { name: "Abfrage" }).fill("number_of_orders >= 2");
  await expect(count).not.toHaveText(everybody);
  const counted = (await count.textContent()) ?? "";
  // Half typed, the number is still the last query's, not everybody's.
  await page.getByRole("textbox", { name: "Abfrage" }).fill("number_of_orders >= 2 AND");
  await expect(page.getByText("Stand der letzten fehlerfreien Abfrage")).toBeVisible();
  await expect(count).toHaveText(counted);
  await page.getByRole("textbox", { name: "Abfrage" }).fill("number_of_orders >= 2");
  await page.getByRole("navigation", { name: "Hauptnavigation" }).getByRole("link", { name: "Kampagnen" }).click();
  await expect(page.getByRole("heading", { name: "Kampagnen", level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByText("Nicht gespeicherte Änderungen von vorhin sind wieder da.")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expect(page.getByRole("textbox", { name: "Abfrage" })).toHaveText("number_of_orders >= 2");
  await page.getByRole("button", { name: "Segment anlegen" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();

  const campaign = "Kampagne mit diesem Segment";
  await expect(page.getByRole("link", { name: campaign })).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill(`${name} anders`);
  await expect(page.getByRole("link", { name: campaign })).toHaveCount(0);
  await expect(page.getByRole("button", { name: campaign })).toHaveAttribute("aria-disabled", "true");
  // Left and come back to: back again, and thrown away when somebody says so.
  await page.getByRole("navigation", { name: "Hauptnavigation" }).getByRole("link", { name: "Segmente" }).click();
  await page.getByRole("link", { name }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(`${name} anders`);
  await page.getByRole("button", { name: "Verwerfen" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expect(page.getByRole("link", { name: campaign })).toBeVisible();
});
