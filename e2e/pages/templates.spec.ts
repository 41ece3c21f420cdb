import type { Page } from "@playwright/test";
import { openStep } from "../approve";
import { apiHeaders, expect, expectAccessible, expectNoSidewaysScroll, inShop, test } from "../test";

/** A name that nobody else in the demo has, as long as a name can be. */
const FIRST = `Wolfeschlegelsteinhausenbergerdorff${crypto.randomUUID().slice(0, 4)}`;

const list = (page: Page) => page.getByRole("listbox", { name: "Vorschläge" });

test("complete variables with the keyboard alone", async ({ as, request }) => {
  const page = await as("admin");
  const created = await request.put(`/api/v1/customers/E2E-${crypto.randomUUID()}`, {
    headers: apiHeaders(),
    data: { email: `${FIRST.toLowerCase()}@example.com`, firstName: FIRST, lastName: "Journey", locale: "de" },
  });
  expect(created.status(), await created.text()).toBe(200);
  await page.goto(inShop("/messages/templates?edit=credit_granted.email"));
  const subject = page.getByRole("textbox", { name: "Betreff" });
  await expect(subject).toHaveAttribute("contenteditable", "true");
  await expect(subject).toHaveAttribute("aria-multiline", "false");

  await test.step("a name is offered with what it means and its value for the person previewed", async () => {
    await page.getByRole("combobox", { name: "Vorschau für" }).press("Enter");
    await page.keyboard.type(FIRST);
    await expect(page.getByRole("option", { name: new RegExp(FIRST) })).toBeVisible();
    await page.keyboard.press("Enter");
    await subject.fill("Für ");
    await page.keyboard.type("{{ ");
    await expect(list(page)).toBeVisible();
    await expect(subject).toHaveAttribute("aria-controls", (await list(page).getAttribute("id")) ?? "none");
    await page.keyboard.type("vor");
    const option = list(page).getByRole("option", { selected: true });
    await expect(option).toContainText("Vorname");
    await expect(option).toContainText(FIRST);
    await expect(subject).toHaveAttribute("aria-activedescendant", (await option.getAttribute("id")) ?? "none");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await expect(subject).toHaveText("Für {{ first_name }}");
    await expect(page.getByText(`Für ${FIRST}`)).toBeVisible();
  });

  await test.step("arrows choose, Tab takes, Escape refuses, Tab leaves", async () => {
    await page.keyboard.type(": {{ expires");
    await expect(list(page)).toBeVisible();
    await page.keyboard.press("ArrowDown");
    await expect(list(page).getByRole("option", { selected: true })).toContainText("Letzter Tag");
    await page.keyboard.press("Tab");
    await expect(subject).toHaveText("Für {{ first_name }}: {{ expires_date }}");
    await page.keyboard.type(" {{ am");
    await expect(list(page)).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(list(page)).toBeHidden();
    await page.keyboard.press("Tab");
    await expect(subject).not.toBeFocused();
  });

  await test.step("undo goes back through text and blocks", async () => {
    await subject.focus();
    await page.keyboard.press("Control+z");
    await expect(subject).toHaveText("Für {{ first_name }}: {{ expires_date }}");
    const blocks = page.getByRole("list", { name: "Bausteine" }).getByRole("listitem");
    const before = await blocks.count();
    await page.getByRole("button", { name: /^2\. Guthaben entfernen/ }).press("Enter");
    await expect(blocks).toHaveCount(before - 1);
    await page.getByRole("button", { name: /^Rückgängig/ }).press("Enter");
    await expect(blocks).toHaveCount(before);
    await page.getByRole("button", { name: /^2\. Guthaben nach unten/ }).press("Alt+ArrowUp");
    await expect(blocks.first()).toContainText("1. Guthaben");
    await page.getByRole("button", { name: /^Rückgängig/ }).press("Enter");
    await expect(blocks.first()).toContainText("1. Text");
  });

  await test.step("filters, conditions and mistakes", async () => {
    const text = page.getByRole("textbox", { name: "Text", exact: true }).first();
    await text.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" {{ first_name | upc");
    await expect(list(page).getByRole("option", { selected: true })).toContainText("upcase");
    await page.keyboard.press("Enter");
    await expect(text).toContainText("{{ first_name | upcase }}");
    await page.keyboard.type("{% i");
    await expect(list(page).getByRole("option", { selected: true })).toContainText("Nur wenn");
    await page.keyboard.press("Enter");
    await page.keyboard.type("cond");
    await expect(list(page).getByRole("option")).toHaveCount(1);
    await page.keyboard.press("Enter");
    await expect(text).toContainText("{% if conditions %}{% endif %}");
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" {{ vorname }}");
    await expect(text.locator(".cm-lintRange-error")).toHaveText("vorname");
    await expect(text).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByRole("button", { name: "1. Text", exact: true })).toBeVisible();
    await page.getByRole("button", { name: "1. Text", exact: true }).press("Enter");
    await expect(text).toBeFocused();
    await text.fill("Hallo {{ first_name | shout }}");
    await expect(page.getByText("Zeile 1, Zeichen 7: Den Filter „shout“ gibt es nicht.").first()).toBeVisible();
    await expect(page.getByText("undefined filter: shout, line:1, col:7")).toBeVisible();
  });

  await test.step("on a phone as well", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await subject.focus();
    await page.keyboard.press("End");
    await page.keyboard.type(" {{ ");
    await expect(list(page)).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});

test("two people write one template, and neither text is lost", async ({ as }) => {
  const mine = await as("admin");
  await mine.goto(inShop("/messages/templates?edit=credit_refunded.sms"));
  const name = `Zwei Hände ${crypto.randomUUID().slice(0, 8)}`;
  await mine.getByLabel("Name der Vorlage").fill(name);
  await mine.getByRole("button", { name: "Als eigene Vorlage speichern" }).click();
  await expect(mine.getByText("Eigene, Version 1")).toBeVisible();
  const address = mine.url();

  const theirs = await as("owner");
  await theirs.goto(address);
  await theirs.getByRole("textbox", { name: "Text der SMS" }).fill("{{ amount }} von der anderen Seite.");
  await theirs.getByRole("button", { name: "Neue Version speichern" }).click();
  await expect(theirs.getByText("Eigene, Version 2")).toBeVisible();

  const text = mine.getByRole("textbox", { name: "Text der SMS" });
  await text.fill("{{ amount }} von mir.");
  await mine.getByRole("button", { name: "Neue Version speichern" }).click();
  const conflict = mine.getByRole("dialog", { name: /Version 2/ });
  await expect(conflict.getByText("Entfernt: Text der SMS: {{ amount }} von der anderen Seite.").first()).toBeAttached();
  await expect(conflict.getByText("Neu: Text der SMS: {{ amount }} von mir.").first()).toBeAttached();
  await expectAccessible(mine);
  await conflict.getByRole("button", { name: "Schließen" }).click();
  await expect(text).toHaveText("{{ amount }} von mir.");
  await mine.getByRole("button", { name: "Neue Version speichern" }).click();
  await conflict.getByRole("button", { name: "Meinen Text als neue Version speichern" }).click();
  await expect(mine.getByText("Eigene, Version 3")).toBeVisible();

  await mine.getByRole("button", { name: "Verlauf" }).click();
  const history = mine.getByRole("dialog", { name: "Verlauf" });
  await expect(history.getByRole("listitem")).toHaveCount(3);
  await history.getByRole("listitem").filter({ hasText: "Version 2" }).getByRole("button", { name: "Vergleichen" }).click();
  const compare = mine.getByRole("dialog", { name: /^Version 2 und der jetzige Text/ });
  await expect(compare.getByText("{{ amount }} von der anderen Seite.").first()).toBeVisible();
  await compare.getByRole("button", { name: "Zurück zum Verlauf" }).click();
  await history.getByRole("listitem").filter({ hasText: "Version 2" }).getByRole("button", { name: "Wiederherstellen" }).click();
  await expect(mine.getByText("Eigene, Version 4")).toBeVisible();
  await mine.keyboard.press("Escape");
  await expect(text).toHaveText("{{ amount }} von der anderen Seite.");

  await mine.getByRole("button", { name: "Weitere Aktionen" }).click();
  await mine.getByRole("menuitem", { name: "Duplizieren" }).click();
  await expect(mine.getByLabel("Name der Vorlage")).toHaveValue(`Kopie von ${name}`);
});

test("a campaign's own text offers its names, too", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop("/campaigns/new"));
  await page
    .getByRole("button", { name: /dies aber früher häufig taten/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Mit dieser Strategie beginnen" }).click();
  await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]{36}\?step=audience/);
  await openStep(page, "Nachricht");
  const subject = page.getByRole("textbox", { name: "Betreff" });
  await expect(subject).toHaveAttribute("contenteditable", "true");
  await expect(subject.locator(".cm-l-part").first()).toHaveText("{amount}");
  await subject.fill("Hallo ");
  await page.keyboard.type("{vor");
  await expect(list(page).getByRole("option", { selected: true })).toContainText("Vorname");
  await page.keyboard.press("Enter");
  await expect(subject).toHaveText("Hallo {first_name}");
  await page.keyboard.press("Control+z");
  await expect(subject).toHaveText("Hallo {vor");
  const saved = page.waitForResponse(
    (response) => response.url().includes("campaigns.update") && (response.request().postData() ?? "").includes("Hallo {first_name}"),
  );
  await page.keyboard.press("Control+Shift+Z");
  await expect(subject).toHaveText("Hallo {first_name}");
  expect((await saved).status()).toBe(200);
  await page.reload();
  await openStep(page, "Nachricht");
  await expect(subject).toHaveText("Hallo {first_name}");
});

test("a field at its limit, a value half-typed and a step back in the other language are all seen", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop("/messages/templates?edit=credit_granted.sms"));
  const text = page.getByRole("textbox", { name: "Text der SMS" });
  const preview = page.getByText("Beispielperson").locator("xpath=ancestor::section[1]");
  await expect(text).toHaveAttribute("contenteditable", "true");
  await expect(preview.getByText(/SMS-Teil/)).toContainText("GSM-7");
  await expect(preview.getByRole("radiogroup", { name: "Breite" })).toHaveCount(0);

  await test.step("half a value keeps the last good preview", async () => {
    await text.fill("{{ amount }} bei uns. STOP");
    await expect(preview.getByText(/bei uns\. STOP/)).toBeVisible();
    await page.keyboard.type(" {{ am");
    await page.keyboard.press("Escape");
    await expect(preview.getByText(/letzte Stand, bei dem es ging/)).toBeVisible();
    await expect(preview.getByText(/bei uns\. STOP/)).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("a long text is cut, and it says so", async () => {
    await text.fill("");
    await page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData("text/plain", pasted);
      document.activeElement?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, "x".repeat(1_200));
    await expect(text).toHaveText("x".repeat(1_000));
    await expect(page.getByText("Höchstens 1.000 Zeichen, alle gebraucht.")).toBeVisible();
  });

  await test.step("undo and redo show the language they change, and go on in the field", async () => {
    const language = (name: string) => page.getByRole("radio", { name: new RegExp(`^${name}`) });
    await text.fill("{{ amount }} STOP");
    await language("Englisch").click();
    await page.waitForTimeout(900);
    await text.fill("Only English STOP");
    await language("Deutsch").click();
    await expect(text).toHaveText("{{ amount }} STOP");
    await text.focus();
    await page.keyboard.press("Control+z");
    await expect(language("Englisch")).toBeChecked();
    await expect(text).toContainText("Opt out");
    await expect(text).toBeFocused();
    await page.keyboard.press("Control+z");
    await expect(language("Deutsch")).toBeChecked();
    await page.keyboard.press("Control+Shift+Z");
    await page.keyboard.press("Control+Shift+Z");
    await expect(language("Englisch")).toBeChecked();
    await expect(text).toHaveText("Only English STOP");
  });
});
