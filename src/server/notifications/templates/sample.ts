import { exampleLinks } from "../links";
import type { Channel, CreditParams } from "../schema";
import { type MessageLocale, type Values, valuesOf } from "./values";

const EXAMPLE = {
  de: {
    firstName: "Anna",
    lastName: "Berger",
    shop: "Beispielladen",
    products: ["Grüner Tee Sencha", "Teekanne aus Glas", "Honig vom Bodensee"],
  },
  en: { firstName: "Anna", lastName: "Baker", shop: "Example shop", products: ["Green tea Sencha", "Glass teapot", "Forest honey"] },
} as const;

/** Credit that nobody has, with an end and a condition. */
export const exampleCredit = (unit: string): CreditParams => ({
  ...{ amount: "1000", unit, expiresAt: "2027-06-30T22:00:00.000Z" },
  terms: { minOrder: "3000", limited: false, firstOrderOnly: false, noDiscounts: false, partly: false },
});

type SampleShop = { name?: string; timeZone?: string; url?: string | null; currency?: string };

/** Values of an invented recipient: previews without a customer, and the linter. */
export function sampleValues(locale: MessageLocale, shop: SampleShop = {}, channel: Channel = "email"): Values {
  const example = EXAMPLE[locale];
  return valuesOf({
    locale,
    params: exampleCredit(shop.currency ?? "EUR"),
    person: example,
    shop: { name: shop.name ?? example.shop, timeZone: shop.timeZone ?? "Europe/Berlin", url: shop.url ?? "https://example.com" },
    recommendations: example.products.map((title, index) => ({
      title,
      price: BigInt(990 + index * 700),
      unit: shop.currency ?? "EUR",
      image: null,
      url: null,
    })),
    links: exampleLinks(channel),
  });
}
