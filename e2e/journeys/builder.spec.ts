import { approveFromBell, launchOrSubmit, openStep } from "../approve";
import { expect, expectAccessible, inShop, test } from "../test";

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
