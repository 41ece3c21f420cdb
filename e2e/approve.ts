import type { Page } from "@playwright/test";
import { loginOf, type Role } from "./demo";
import { expect, inShop } from "./test";

/** A step of the campaign builder, by its name. */
export async function openStep(page: Page, name: string): Promise<void> {
  const steps = page.getByRole("navigation", { name: "Schritte der Kampagne" });
  await steps.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  await expect(page.getByRole("group", { name, exact: true })).toBeVisible();
}

/** Launches what the builder holds; a campaign that costs too much for that is submitted, and the answer is whether it was. */
export async function launchOrSubmit(page: Page, name: string): Promise<boolean> {
  await page.getByRole("button", { name: /^(Kampagne starten|Zur Freigabe vorlegen)$/ }).click();
  const confirm = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await expect(confirm).toContainText(name);
  const submits = await confirm.getByRole("button", { name: "Vorlegen", exact: true }).isVisible();
  await confirm.getByRole("button", { name: submits ? "Vorlegen" : "Jetzt starten", exact: true }).click();
  await expect(confirm).toBeHidden();
  return submits;
}

/** From the bell to the decision, as an approver goes. Asks for the password where the app does. */
export async function approveFromBell(page: Page, role: Role, name: string): Promise<void> {
  await page.goto(inShop());
  await page.getByRole("button", { name: /Freigabe(n)? warte(t|n)$/ }).click();
  // The page behind may name the campaign, too.
  const bell = page.getByRole("dialog", { name: "Freigaben" });
  await bell.getByRole("link", { name: new RegExp(name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) }).click();
  const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await card.getByRole("button", { name: "Freigeben" }).click();
  const confirm = page.getByRole("alertdialog");
  await confirm.getByRole("button", { name: "Freigeben" }).click();
  const password = page.getByLabel("Passwort", { exact: true });
  await expect(password.or(page.getByText("Freigegeben", { exact: true })).first()).toBeVisible();
  if (await password.isVisible()) {
    await password.fill(loginOf(role).password);
    await page.getByRole("button", { name: "Bestätigen" }).click();
  }
  await expect(confirm).toBeHidden();
}
