import { TOTP } from "otpauth";
import { loginOf } from "../demo";
import { expect, expectAccessible, signIn, test } from "../test";

test("a second factor is set up, asked for at the next sign-in, and switched off again", async ({ page }) => {
  const { email, password } = loginOf("client");
  await signIn(page, "client");
  await page.goto("/account");
  await page.getByRole("button", { name: "Einrichten" }).click();
  const dialog = page.getByRole("dialog", { name: "Zweiten Faktor einrichten" });
  await expect(dialog.getByRole("img", { name: /QR-Code/ })).toBeVisible();
  await expectAccessible(page);
  const secret = ((await dialog.locator("code").textContent()) ?? "").replaceAll(" ", "");
  await dialog.getByLabel("Code aus der App").fill(new TOTP({ secret }).generate());
  await dialog.getByRole("button", { name: "Einschalten" }).click();
  const codes = page.getByRole("dialog", { name: "Wiederherstellungscodes" });
  await expect(codes.getByRole("listitem")).toHaveCount(10);
  const recovery = await codes.getByRole("listitem").allTextContents();
  await codes.getByRole("button", { name: "Gesichert" }).click();
  await expect(page.getByText("10 Wiederherstellungscodes übrig.")).toBeVisible();

  await page.context().clearCookies();
  await page.goto("/login");
  await page.getByLabel("E-Mail-Adresse").fill(email);
  await page.getByLabel("Passwort", { exact: true }).fill(password);
  const submit = page.getByRole("button", { name: "Anmelden", exact: true });
  await submit.click();
  await page.getByLabel("Einmalcode").fill("000000");
  await submit.click();
  await expect(page.getByRole("alert").filter({ hasText: "Code stimmt nicht" })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Einmalcode").fill(recovery[0] ?? "");
  await submit.click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));

  await page.goto("/account");
  await expect(page.getByText("9 Wiederherstellungscodes übrig.")).toBeVisible();
  await page.getByRole("button", { name: "Abschalten" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Abschalten" }).click();
  await expect(page.getByText("Noch nicht eingerichtet.")).toBeVisible();
});
