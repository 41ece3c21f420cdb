import { existsSync } from "node:fs";
import { resolve } from "node:path";

export type LinesFile = {
  upload: string | { name: string; mimeType: string; buffer: Buffer };
  name: string;
  /** As the German report prints them. */
  expected: { rows: string; customers: string; orders: string; buyers: string; value: RegExp; withCustomer: string };
};

const REAL = resolve(import.meta.dirname, "../../shared/data/online-retail.csv.gz");

/** 541,909 lines of a real shop (UCI Online Retail) where they lie beside the checkout; else a small file of the same shape. */
export function orderLines(): LinesFile {
  if (!existsSync(REAL)) return smallFile();
  return {
    upload: REAL,
    name: "online-retail.csv.gz",
    expected: {
      rows: "541.909",
      customers: "4.372",
      orders: "18.532",
      buyers: "4.338",
      value: /8\.911\.407,90/,
      withCustomer: "406.829",
    },
  };
}

const CUSTOMERS = 400;

/** Two orders of two lines for each of 400 customers, ten cancellations, ten lines of nobody. */
function smallFile(): LinesFile {
  const lines = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"];
  const line = (invoice: string, product: number, quantity: number, month: number, customer: number | "") =>
    lines.push(
      `${invoice},S${product},"PRODUCT, No. ${product}",${quantity},2011-${String(month).padStart(2, "0")}-15 10:30:00,2.5,${customer},United Kingdom`,
    );
  for (let i = 0; i < CUSTOMERS; i++) {
    for (const [order, month] of [
      [500_000 + i, 3],
      [600_000 + i, 9],
    ] as const) {
      line(String(order), 1 + (i % 20), 2, month, 12_000 + i);
      line(String(order), 21, 1, month, 12_000 + i);
    }
  }
  for (let i = 0; i < 10; i++) {
    line(`C${700_000 + i}`, 21, -1, 10, 12_000 + i);
    line(String(800_000 + i), 21, 1, 10, "");
  }
  return {
    upload: { name: "order-lines.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) },
    name: "order-lines.csv",
    expected: { rows: "1.620", customers: "400", orders: "800", buyers: "400", value: /6\.000,00/, withCustomer: "1.610" },
  };
}
