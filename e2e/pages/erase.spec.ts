import messages from "@/messages/de/customers.json" with { type: "json" };
import { demo, loginOf } from "../demo";
import { expect, expectAccessible, inShop, test } from "../test";

const { privacy } = messages;

test("a person is told what is kept, and erased for good after number and credit were confirmed", async ({ as, request }) => {
  const headers = { authorization: `Bearer ${demo().apiKey}` };
  const number = `erase-${Date.now()}`;
  const customer = `/api/v1/customers/${number}`;
  const created = await request.put(customer, {
    headers,
    data: { email: `${number}@example.com`, firstName: "Ida", lastName: "Vergessen" },
  });
  const { id } = await created.json();
  const grant = { customer: number, unit: "EUR", amount: "1250", reason: "Test" };
  await request.post("/api/v1/credit/grants", { headers: { ...headers, "idempotency-key": number }, data: grant });

  const page = await as("admin");
  await page.goto(inShop(`/customers/${id}`));
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: privacy.menu }).click();
  await page.getByRole("menuitem", { name: privacy.file }).click();
  // The password is asked for when it was not proved lately.
  const proof = page.getByRole("dialog", { name: "Passwort bestätigen" });
  await Promise.race([download, proof.waitFor()]);
  if (await proof.isVisible()) {
    await proof.getByLabel("Passwort", { exact: true }).fill(loginOf("admin").password);
    await proof.getByRole("button", { name: "Bestätigen" }).click();
  }
  expect((await download).suggestedFilename()).toMatch(/^guthaben-person-.*\.json$/);

  await page.getByRole("button", { name: privacy.menu }).click();
  await page.getByRole("menuitem", { name: privacy.erase }).click();
  const dialog = page.getByRole("dialog", { name: privacy.title });
  await expect(dialog.getByText("12,50 €")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: privacy.submit }).click();
  await expect(dialog.getByText(privacy.confirmWrong)).toBeVisible();
  await expect(dialog.getByText(privacy.keepMissing)).toBeVisible();
  await dialog.getByLabel(privacy.keep).click();
  await dialog.getByLabel(privacy.confirm).fill(number);
  await dialog.getByRole("button", { name: privacy.submit }).click();
  await expect(page.getByText(messages.detail.erased)).toBeVisible();
  await expect(page.getByText("Vergessen")).toHaveCount(0);
  expect(await (await request.get(customer, { headers })).json()).toMatchObject({ email: null, firstName: null, lastName: null });
});
