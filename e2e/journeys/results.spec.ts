import type { Page } from "@playwright/test";
import analytics from "../../src/messages/de/analytics.json" with { type: "json" };
import campaigns from "../../src/messages/de/campaigns.json" with { type: "json" };
import common from "../../src/messages/de/common.json" with { type: "json" };
import overview from "../../src/messages/de/overview.json" with { type: "json" };
import scoring from "../../src/messages/de/scoring.json" with { type: "json" };
import { expect, expectAccessible, expectNoSidewaysScroll, inShop, test } from "../test";

/** The rows of the file behind a link, cell by cell, as the signed-in person gets it. */
async function csvOf(page: Page): Promise<string[][]> {
  const link = page.getByRole("link", { name: common.actions.csv, exact: true });
  const response = await page.request.get((await link.getAttribute("href")) ?? "");
  expect(response.headers()["content-disposition"]).toContain("attachment");
  const text = await response.text();
  expect(text.startsWith("\uFEFF"), "spreadsheets need the mark").toBe(true);
  return text
    .slice(1)
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));
}

/** "5.46" as a German page writes it. */
const euros = (decimal: string | undefined): string =>
  new Intl.NumberFormat("de-DE", { style: "currency", currency: "EUR" }).format(Number(decimal));

/** Shows a chart as its table and gives the rows as read. */
async function tableOf(page: Page, title: string): Promise<string[][]> {
  const figure = page.getByRole("figure", { name: title });
  await figure.getByRole("radio", { name: common.chart.showTable }).click();
  const rows = figure.getByRole("table", { name: title }).getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  return Promise.all((await rows.all()).map((row) => row.locator("th,td").allInnerTexts()));
}

test("an analyst goes from the overview to a campaign's report and on to the whole programme", async ({ as }) => {
  const page = await as("analyst");
  await page.goto(inShop());
  await expect(page.getByRole("heading", { name: overview.programme })).toBeVisible();
  await expect(page.getByRole("figure", { name: overview.groups })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("link", { name: /Dank an Stammkunden/ }).click();
  const sentence = page.getByText(/Intervall/).first();
  await expect(sentence).toBeVisible();
  // What the sentence says is what the file says.
  const report = await csvOf(page);
  expect(report[0]).toEqual(["section", "name", "value", "low", "high"]);
  const perPerson = report.find(([section, name]) => section === "effect" && name === "profit_per_person");
  for (const cell of perPerson?.slice(3) ?? []) await expect(sentence).toContainText(euros(cell));
  // The curve as a table ends where the file's curve ends, and the groups below have the same revenue per person.
  const curve = await tableOf(page, campaigns.result.curve);
  const last = (arm: string) => euros(report.filter(([section]) => section === `curve_${arm}`).at(-1)?.[2]);
  expect(curve.at(-1)?.slice(1)).toEqual([last("treated"), last("control")]);
  const treated = report.find(([section, name]) => section === "treated" && name === "revenue_per_person");
  await expect(page.getByRole("table", { name: campaigns.result.arms })).toContainText(euros(treated?.[2]));
  await page.getByRole("button", { name: analytics.report.robustness.ask }).click();
  await expect(page.getByText(/Stichproben aus denselben Menschen/)).toBeVisible();
  await expectAccessible(page);

  await page.goto(inShop("/analytics"));
  const forest = await tableOf(page, analytics.programme.forest);
  const all = await csvOf(page);
  const column = all[0]?.indexOf("per_person") ?? -1;
  const row = all.find((cells) => cells[0]?.startsWith("Dank an Stammkunden"));
  expect(forest.find(([name]) => name?.startsWith("Dank an Stammkunden"))?.[1]).toBe(euros(row?.[column]));
  await expectAccessible(page);
  for (const tab of [analytics.tabs.habits, analytics.tabs.cohorts, analytics.tabs.liability, analytics.tabs.assumptions]) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByRole("tabpanel", { name: tab }).locator("[aria-busy]")).toHaveCount(0);
    await expectAccessible(page);
  }
});

test("a marketer goes from the map of the groups to a campaign with just these people", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop("/analytics/groups"));
  const field = page.getByRole("button", { name: /^Kürzlich 5, oft 5: / });
  const [people] = /[\d.]+(?= Kunden)/.exec((await field.getAttribute("aria-label")) ?? "") ?? [];
  await field.click();
  await expect(page.getByRole("heading", { name: "Kürzlich 5, oft 5" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Kürzlich 5, oft 5" }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page.getByRole("button", { name: scoring.members.campaign, exact: true }).click();
  await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]{36}/);
  await expect(page.getByRole("heading", { level: 1, name: "Kampagne: Kürzlich 5, oft 5" })).toBeVisible();
  // The receipt counts the people of the field; who may not be written to is named beside them.
  await expect(page.getByText(new RegExp(`\\b${people}\\b`)).first()).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
});
