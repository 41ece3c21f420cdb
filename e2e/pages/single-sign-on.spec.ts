import type { Page } from "@playwright/test";
import { loginOf } from "../demo";
import { startIdentityProvider } from "../identity-provider";
import { expect, test } from "../test";

let provider: { stop: () => Promise<void> };
test.beforeAll(async ({ baseURL }) => {
  provider = await startIdentityProvider(baseURL ?? "");
});
test.afterAll(() => provider.stop());

/** From our sign-in page through the provider's two pages (who is it, may the app know it) and back. */
async function signInAt(page: Page, address: string): Promise<void> {
  await page.goto("/login");
  await page.getByRole("button", { name: "Weiter mit Testanmeldung" }).click();
  await page.getByPlaceholder("Enter any login").fill(address);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("a person of ours signs in at the identity provider, by the address it has verified", async ({ page }) => {
  const { email } = loginOf("analyst");
  await signInAt(page, email);
  await page.waitForURL(/\/s\//);
  await page.goto("/account");
  await expect(page.getByRole("main")).toContainText(email);
});

for (const [who, address] of [
  ["an address the provider has not verified", () => `unverified+${loginOf("owner").email}`],
  ["a stranger", () => "stranger@example.com"],
] as const) {
  test(`${who} does not open an account`, async ({ page }) => {
    await signInAt(page, address());
    await expect(page).toHaveURL(/\/login\?/);
    await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
    await page.goto("/account");
    await expect(page).toHaveURL(/\/login/);
  });
}
