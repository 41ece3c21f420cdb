import { openBenchShop } from "./bench-shop";
import type { Measure } from "./measure";

/** `npm run bench -- generate --customers=1000000`: makes the shop for the measurements and keeps it. Without a size there is nothing to do. */
export async function run(): Promise<Measure[]> {
  if (!process.argv.some((argument) => argument.startsWith("--customers="))) return [];
  const shop = await openBenchShop({ keep: true });
  await shop.close();
  return [
    {
      name: `shop of ${shop.customers} customers`,
      value: shop.seconds,
      unit: "s",
      note: shop.seconds === 0 ? "was there already" : undefined,
    },
  ];
}
