import { ROLE_PERMISSIONS } from "@/server/auth/permissions";
import { visibleNavigation } from "@/ui/shell/navigation";
import shell from "../../src/messages/de/shell.json" with { type: "json" };
import { demo } from "../demo";
import { expect, inShop, test } from "../test";

for (const role of ["owner", "admin", "marketer", "analyst", "support", "finance"] as const) {
  test(`${role} sees the pages of the role and no others`, async ({ as }) => {
    const page = await as(role);
    await page.goto(inShop());
    const navigation = page.getByRole("navigation", { name: shell.mainNavigation });
    await expect(navigation).toBeVisible();
    const names = visibleNavigation([...ROLE_PERMISSIONS[role]]).flatMap((group) => group.items.map((item) => shell.items[item.key]));
    await expect(navigation.getByRole("link").filter({ hasText: new RegExp(`^(${Object.values(shell.items).join("|")})$`) })).toHaveText(
      names,
    );
  });
}

test("a page beyond the role is refused, not empty", async ({ as }) => {
  const page = await as("analyst");
  await page.goto(inShop("/settings/members"));
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("@nordlicht.example")).toHaveCount(0);
  for (const path of ["/messages/outbox", "/settings/messages", "/campaigns/new"]) {
    await page.goto(inShop(path));
    await expect(page.getByRole("heading", { level: 1, name: "Seite nicht gefunden" })).toBeVisible();
  }
});

test("a shop of another organisation does not exist", async ({ as }) => {
  const agency = await as("agency");
  await agency.goto("/");
  await agency.waitForURL(/\/(s|agency)\//);
  const answer = await agency.goto(inShop());
  expect(answer?.status()).toBe(404);
  const stranger = await as("marketer");
  const client = await as("client");
  await client.goto("/");
  await client.waitForURL(/\/s\//);
  const foreign = /\/s\/([^/?]+)/.exec(client.url())?.[1] ?? "";
  expect(foreign).not.toBe(demo().shopId);
  const refused = await stranger.goto(`/s/${foreign}`);
  expect(refused?.status()).toBe(404);
});
