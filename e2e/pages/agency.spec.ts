import { expect, expectAccessible, expectNoSidewaysScroll, test } from "../test";

test("an agency's board has something to show: what is owed, redeemed and earned in every shop, each in its own currency", async ({
  as,
}) => {
  const page = await as("agency");
  await page.goto("/");
  await page.waitForURL(/\/agency\//);
  const shops = page.getByRole("table", { name: /Kampagnenwerk/ });
  for (const [shop, currency] of [
    ["Bergwerk Wien", "€"],
    ["Alpenladen Zürich", "CHF"],
    ["Harbour & Hill London", "£"],
  ] as const) {
    const row = shops.getByRole("row", { name: new RegExp(shop) });
    await expect(row).toBeVisible();
    const cells = await row.getByRole("cell").allTextContents();
    const amounts = cells.filter((cell) => cell.includes(currency));
    expect(amounts.length, `${shop}: ${amounts}`).toBeGreaterThanOrEqual(4);
    for (const amount of amounts) expect(amount).toMatch(/[1-9]/);
  }
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("the agency's running campaigns and the result of the one that ended stand in its shops", async ({ as }) => {
  const page = await as("agency", { language: "en" });
  await page.goto("/");
  await page.waitForURL(/\/agency\//);
  await page.getByRole("link", { name: /Harbour & Hill London/ }).click();
  await page.waitForURL(/\/s\//);
  await page.goto(`${page.url()}/campaigns`);
  await expect(page.getByRole("link", { name: "See you again: £5" })).toBeVisible();
  await page.getByRole("link", { name: "Thank you, regulars: £8" }).click();
  await expect(page.getByText("95% interval").first()).toBeVisible();
});
