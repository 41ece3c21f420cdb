import type { Locator, Page } from "@playwright/test";
import auth from "@/messages/de/auth.json" with { type: "json" };
import settings from "@/messages/de/settings.json" with { type: "json" };
import { loginOf } from "../demo";
import { expect, expectAccessible, inShop, test } from "../test";

const { members } = settings;

/** The link a dialog shows once. The owner's password is asked for when it was not proved lately. */
async function linkOf(page: Page, dialog: Locator): Promise<string> {
  const link = dialog.locator("code");
  const proof = page.getByRole("dialog", { name: auth.stepUp.title });
  await expect(link.or(proof)).toBeVisible();
  if (await proof.isVisible()) {
    await proof.getByLabel(auth.stepUp.password, { exact: true }).fill(loginOf("owner").password);
    await proof.getByRole("button", { name: "Bestätigen" }).click();
  }
  await expect(link).toBeVisible();
  return (await link.textContent()) ?? "";
}

test("who forgot the password chooses a new one by a link of the owner's, once", async ({ as, browser, contextOptions, baseURL }) => {
  const mark = Date.now();
  const email = `vergesslich-${mark}@example.com`;
  const name = `Vera Gesslich ${mark}`;
  const [forgotten, chosen] = [`Anker-lichten-${mark}`, `Segel-setzen-${mark}`];

  const owner = await as("owner");
  await owner.goto(inShop("/settings/members"));
  await owner.getByRole("button", { name: members.invite }).click();
  const form = owner.getByRole("dialog", { name: members.inviteTitle });
  await form.getByLabel(members.email).fill(email);
  await form.getByRole("button", { name: members.createLink }).click();
  const invitation = owner.getByRole("dialog", { name: members.linkTitle.replace("{email}", email) });
  const invite = await linkOf(owner, invitation);
  await invitation.getByRole("button", { name: members.done }).click();

  const context = await browser.newContext({ ...contextOptions, baseURL, locale: "de-DE" });
  const page = await context.newPage();
  await page.goto(invite);
  await page.getByLabel(auth.invite.name).fill(name);
  await page.getByLabel(auth.invite.password, { exact: true }).fill(forgotten);
  await page.getByRole("button", { name: auth.invite.accept }).click();
  await page.waitForURL(/\/s\//);

  await owner.reload();
  await owner.getByRole("button", { name: members.actions.replace("{name}", name) }).click();
  await owner.getByRole("menuitem", { name: members.reset.menu }).click();
  const dialog = owner.getByRole("dialog", { name: members.reset.title.replace("{name}", name) });
  await dialog.getByRole("button", { name: members.reset.make }).click();
  const reset = await linkOf(owner, dialog);
  expect(reset).toContain("/reset/");
  await expectAccessible(owner);

  await page.goto(reset);
  await expect(page.getByRole("heading", { name: auth.reset.title })).toBeVisible();
  await expect(page.getByText(auth.reset.text.replace("{email}", email))).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel(auth.reset.password, { exact: true }).fill(chosen);
  await page.getByRole("button", { name: auth.reset.submit }).click();
  await page.waitForURL(/\/s\//);
  await page.goto("/account");
  await expect(page.getByLabel(auth.account.email)).toHaveValue(email);

  await page.goto(reset);
  await expect(page.getByRole("heading", { name: auth.reset.invalidTitle })).toBeVisible();
  await expect(page.getByRole("button", { name: auth.reset.submit })).toHaveCount(0);
  await expectAccessible(page);
  await context.close();
});
