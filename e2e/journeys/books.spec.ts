import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { INVARIANTS } from "@/server/ledger/schema";
import auth from "../../src/messages/de/auth.json" with { type: "json" };
import messages from "../../src/messages/de/ledger.json" with { type: "json" };
import { loginOf } from "../demo";
import { apiHeaders, expect, expectAccessible, inShop, test } from "../test";

const UNIQUE = Date.now().toString(36);

async function post(request: APIRequestContext, path: string, data: Record<string, unknown>) {
  const response = await request.post(`/api/v1${path}`, { data, headers: apiHeaders(crypto.randomUUID()) });
  expect(response.status(), await response.text()).toBeLessThan(300);
}

/** Two customers of one person: one has redeemed credit for an order, the other has some left. */
async function twoCustomers(request: APIRequestContext): Promise<{ kept: string; gone: string; order: string }> {
  const [kept, gone, order] = [`kept-${UNIQUE}`, `gone-${UNIQUE}`, `order-${UNIQUE}`];
  for (const [customer, amount] of [
    [kept, "3000"],
    [gone, "2000"],
  ] as const) {
    const response = await request.put(`/api/v1/customers/${customer}`, {
      data: { firstName: customer, lastName: "Bücher", email: `${customer}@books.example` },
      headers: apiHeaders(),
    });
    expect(response.status(), await response.text()).toBeLessThan(300);
    await post(request, "/credit/grants", { customer, unit: "EUR", amount, origin: "earned", reason: "Punkte der letzten Bestellung" });
  }
  await post(request, "/credit/redemptions", { customer: kept, unit: "EUR", amount: "1500", order });
  return { kept, gone, order };
}

/** The password, where the page asks for it (sessions younger than ten minutes are not asked); then what tells that it is done. */
async function confirmIfAsked(page: Page, done: Locator): Promise<void> {
  const asked = page.getByRole("dialog", { name: auth.stepUp.title });
  await expect(asked.or(done).first()).toBeVisible();
  if (await asked.isVisible()) {
    await asked.getByLabel(auth.stepUp.password, { exact: true }).fill(loginOf("owner").password);
    await asked.getByRole("button", { name: "Bestätigen" }).click();
  }
  await expect(done).toBeVisible();
}

async function openCustomer(page: Page, externalId: string): Promise<void> {
  await page.goto(inShop(`/customers?q=${externalId}`));
  await page
    .getByRole("link", { name: new RegExp(externalId) })
    .first()
    .click();
  // The navigation has a heading of that name, too.
  await expect(page.getByRole("main").getByRole("heading", { name: messages.customer.title, exact: true })).toBeVisible();
}

test("refund credit of an order and merge two customers, each as the preview said", async ({ as, request }) => {
  const { kept, gone, order } = await twoCustomers(request);
  const page = await as("owner");
  await openCustomer(page, kept);

  await page.getByRole("button", { name: messages.customer.refund, exact: true }).click();
  const refund = page.getByRole("dialog", { name: messages.refund.title });
  await expect(refund.getByLabel(messages.refund.order)).toHaveValue(order);
  await refund.getByLabel(messages.refund.amount).fill("5,00");
  await refund.getByLabel(messages.refund.reason).fill("Artikel fehlte");
  await expect(refund.getByText(/5,00\s€ werden wieder einlösbar/)).toBeVisible();
  await expectAccessible(page);
  await refund.getByRole("button", { name: messages.refund.submit }).click();
  await expect(refund).toBeHidden();
  await expect(page.getByText(/Artikel fehlte/).first()).toBeVisible();

  await page.getByRole("button", { name: messages.people.more }).click();
  await page.getByRole("menuitem", { name: messages.people.merge.title }).click();
  const merge = page.getByRole("dialog", { name: messages.people.merge.title });
  await merge.getByRole("combobox").click();
  await page.getByRole("combobox").last().fill(gone);
  await page.getByRole("option", { name: new RegExp(gone) }).click();
  await merge.getByLabel(messages.people.reason).fill("Dieselbe Person");
  await expect(merge.getByText(/20,00\s€ kommen hierher/)).toBeVisible();
  await merge.getByRole("button", { name: messages.people.merge.submit }).click();
  await confirmIfAsked(page, page.getByText(messages.people.merge.done, { exact: true }));
  const response = await request.get(`/api/v1/customers/${kept}/credit`, { headers: apiHeaders() });
  const { balances }: { balances: { available: string }[] } = await response.json();
  expect(balances[0]?.available).toBe("4000");
  await openCustomer(page, gone);
  await expect(page.getByText(messages.customer.merged)).toBeVisible();
});

test("finance reads what is owed to whom, checks the books and prepares the export", async ({ as }) => {
  const page = await as("finance");
  await page.goto(inShop("/ledger"));
  await page
    .getByRole("button", { name: /bei .+ Kunden/ })
    .first()
    .click();
  const owed = page.getByRole("dialog");
  await expect(owed.getByRole("table", { name: messages.owed.views.customers }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await owed.getByRole("radio", { name: messages.owed.views.lots }).click();
  await expect(owed.getByRole("table", { name: messages.owed.views.lots }).getByRole("row").nth(1)).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("tab", { name: messages.tabs.reports }).click();
  for (const heading of [messages.reports.rollForward, messages.vat.title, messages.rates.title, messages.breakage.title])
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
  await expect(page.getByRole("table", { name: `${messages.reports.rollForward} EUR` })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("tab", { name: messages.tabs.reconciliation }).click();
  await page.getByRole("button", { name: messages.check.action }).click();
  await expect(page.getByText(messages.check.clean)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(messages.invariant.holds, { exact: true })).toHaveCount(INVARIANTS.length);
  await expectAccessible(page);

  // A month that nobody limited counts what was granted, and says so instead of a cap of quadrillions.
  await page.getByRole("tab", { name: messages.tabs.budgets }).click();
  const budgets = page.getByRole("table", { name: messages.budgets.title });
  await expect(budgets.getByText(messages.budgets.unlimited).first()).toBeVisible();
  await expect(budgets.getByText(/000.000.000.000/)).toHaveCount(0);

  await page.getByRole("tab", { name: messages.tabs.export }).click();
  await expect(page.getByRole("heading", { name: messages.export.title })).toBeVisible();
  for (const [n, label] of Object.values(messages.export.account).entries())
    await page.getByLabel(label, { exact: true }).fill(String(1701 + n));
  await page.getByRole("button", { name: messages.export.save }).click();
  await expect(page.getByText(messages.export.saved)).toBeVisible();
  await expect(page.getByText(messages.export.problem.setup)).toHaveCount(0);
  await expect(
    page.getByRole("heading", { name: messages.export.preview }).or(page.getByText(messages.export.previewEmptyTitle)),
  ).toBeVisible();
  await expectAccessible(page);
});
