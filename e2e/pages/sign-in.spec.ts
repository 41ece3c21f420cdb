import { loginOf } from "../demo";
import { expect, expectAccessible, expectNoSidewaysScroll, signIn, test } from "../test";

test("a wrong password is refused without telling which part was wrong, and the address stays", async ({ page }) => {
  await page.goto("/login");
  const answers: string[] = [];
  for (const email of [loginOf("analyst").email, "nobody@nordlicht.example"]) {
    await page.getByLabel("E-Mail-Adresse").fill(email);
    await page.getByLabel("Passwort", { exact: true }).fill("wrong-wrong-wrong");
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    const alert = page.getByRole("alert").filter({ hasText: /\S/ });
    await expect(alert).toBeVisible();
    answers.push((await alert.textContent()) ?? "");
    await expect(page.getByLabel("E-Mail-Adresse")).toHaveValue(email);
    expect(page.url()).not.toContain("wrong");
  }
  expect(answers[0]).toBe(answers[1]);
});

test("too many attempts are slowed down, with the time to wait", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("E-Mail-Adresse").fill(`guess-${Date.now()}@nordlicht.example`);
  const alert = page.getByRole("alert").filter({ hasText: /\S/ });
  await expect(async () => {
    await page.getByLabel("Passwort", { exact: true }).fill(`guess-${Math.random()}`);
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    await expect(alert).toContainText("Zu viele Versuche", { timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await expect(alert).toContainText(/Sekunde/);
});

test("a page asked for before signing in is shown afterwards; signing out closes it", async ({ page }) => {
  await page.goto("/account");
  await expect(page).toHaveURL(/\/login\?/);
  const { email, password } = loginOf("finance");
  await page.getByLabel("E-Mail-Adresse").fill(email);
  await page.getByLabel("Passwort", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/account$/);
  await page.getByRole("button", { name: /^Konto von/ }).click();
  await page.getByRole("menuitem", { name: "Abmelden" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/login/);
});

test("the sign-in page is accessible in both languages and themes and fits a phone", async ({ browser, baseURL }) => {
  for (const locale of ["de-DE", "en-GB"]) {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ baseURL, locale, colorScheme, viewport: { width: 390, height: 844 } });
      const page = await context.newPage();
      await page.goto("/login");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      await context.close();
    }
  }
});

test("an ended session cannot be used from a copy of its cookie", async ({ page, browser, baseURL }) => {
  await signIn(page, "support");
  const copy = await browser.newContext({ baseURL, storageState: await page.context().storageState() });
  const thief = await copy.newPage();
  await thief.goto("/account");
  await expect(thief).toHaveURL(/\/account$/);
  await page.getByRole("button", { name: /^Konto von/ }).click();
  await page.getByRole("menuitem", { name: "Abmelden" }).click();
  await expect(page).toHaveURL(/\/login/);
  await thief.goto("/account");
  await expect(thief).toHaveURL(/\/login/);
  await copy.close();
});
