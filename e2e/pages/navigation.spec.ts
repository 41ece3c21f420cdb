import type { Page } from "@playwright/test";
import { NAVIGATION } from "@/ui/shell/navigation";
import { expect, expectAccessible, expectNoSidewaysScroll, inShop, type Language, test } from "../test";

/** Every page of the navigation, and pages that only links lead to. */
const IN_SHOP = [...NAVIGATION.flatMap((group) => group.items.map((item) => item.path)), "/segments/new", "/campaigns/new", "/ledger"];
const PATHS = [...IN_SHOP.map((path) => ({ path, inShop: true })), { path: "/account", inShop: false }];
const LANGUAGES: readonly Language[] = ["de", "en"];
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Loaded: the heading is there and no skeleton is left. */
async function open(page: Page, target: { path: string; inShop: boolean }): Promise<void> {
  const response = await page.goto(target.inShop ? inShop(target.path) : target.path);
  expect(response?.status(), `${target.path} is served`).toBeLessThan(400);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

/** What the console of a page says is wrong, from now on. */
function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
  return errors;
}

// One visit a language: loading a page takes longer than looking at it.
for (const language of LANGUAGES) {
  test(`every page is accessible in both themes, fits a phone and writes no error to the console in ${language}`, async ({ as }) => {
    test.setTimeout(300_000);
    const page = await as("owner", { language });
    const errors = errorsOf(page);
    for (const target of PATHS) {
      await test.step(target.path || "overview", async () => {
        await page.setViewportSize(DESK);
        await open(page, target);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await expect(page.locator("html")).toHaveClass(colorScheme === "dark" ? /\bdark\b/ : /\blight\b/);
          await expectAccessible(page);
        }
        await page.setViewportSize(PHONE);
        await expectNoSidewaysScroll(page);
      });
    }
    expect(errors).toEqual([]);
  });
}

test("the palette opens with the keyboard and leads to a page", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop());
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  const palette = page.getByRole("dialog", { name: "Befehle" });
  await expect(palette).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.type("Segmente");
  await expect(palette.getByRole("option", { name: "Segmente" }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(inShop("/segments"));
  await expect(palette).toBeHidden();
});

test("a script that found its way into a page's HTML does not run", async ({ as }) => {
  const page = await as("owner");
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) refused.push(message.text());
  });
  const attack = `<script>document.documentElement.dataset.ran = "script"</script>
    <script src="/theirs.js"></script><img src="data:," onerror="document.documentElement.dataset.ran = 'handler'">`;
  await page.route(inShop(), async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace("</body>", `${attack}</body>`) });
  });
  await page.goto(inShop());
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect.poll(() => refused.length).toBe(3);
  await expect(page.locator("html")).not.toHaveAttribute("data-ran");
});
