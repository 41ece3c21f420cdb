import { expect, inShop, test } from "../test";

const REFUSED = [
  { name: "empty.csv", text: "", answer: "Die Datei ist leer." },
  { name: "picture.csv", text: "\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR\u0000", answer: "Das ist keine Textdatei." },
  { name: "header.csv", text: "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n", answer: "Unter der Kopfzeile stehen keine Daten." },
] as const;

test("a file that is no table is refused with what to do, and another one can be chosen", async ({ as }) => {
  const page = await as("marketer");
  await page.goto(inShop("/imports/new"));
  for (const { name, text, answer } of REFUSED) {
    await page.getByLabel("CSV-Datei").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text, "latin1") });
    await page.getByRole("button", { name: "Hochladen" }).click();
    await expect(page.getByText(answer)).toBeVisible();
  }
});

test("bad rows are reported with line and reason and stop nothing else", async ({ as }) => {
  const page = await as("marketer");
  const rows = [
    "order_id,customer_id,ordered_at,product_id,quantity,unit_price",
    "B-1,B-100,2026-01-05 10:00,P1001,1,10.00",
    "B-2,B-101,yesterday,P1001,1,10.00",
    "B-3,B-102,2026-01-06 10:00,P1001,many,10.00",
    "B-4,B-103,2026-01-07 10:00,P1001,2,5.50",
  ];
  await page.goto(inShop("/imports/new"));
  await page.getByLabel("CSV-Datei").setInputFiles({ name: "bad-rows.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
  await page.getByRole("button", { name: "Hochladen" }).click();
  await page.getByRole("button", { name: "Import starten" }).click();
  await expect(page.getByRole("heading", { name: "Auffälligkeiten" })).toBeVisible({ timeout: 60_000 });
  const issues = page.getByRole("table").filter({ hasText: "Grund" });
  await expect(issues).toContainText("Kein Datum in der gewählten Schreibweise");
  await expect(issues).toContainText("Keine Zahl");
  await expect(issues.getByRole("cell", { name: "3", exact: true })).toBeVisible();
  await expect(issues.getByRole("cell", { name: "4", exact: true })).toBeVisible();
});
