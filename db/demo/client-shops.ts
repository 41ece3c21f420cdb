import type { ShopInput } from "@/server/tenancy/schema";
import { type DemoCampaign, GERMAN_REASONS, type ShopPlan } from "./campaign-plan";
import type { ShopProfile } from "./simulate";
import type { DemoBrand } from "./tenants";

/** A shop of the agency's client: how it is set up, who shops there, and what was done there. */
export type ClientShop = { shop: ShopInput; brand: DemoBrand; profile: ShopProfile; plan: ShopPlan };

/**
 * What the client's shops have in common: fewer people than the first shop, so that many are held out, and one campaign each that has ended
 * and one that runs.
 */
const THANKS = { expiryDays: 30, holdoutBps: 4_500, time: "10:00", effect: { extra: 0.1, use: 0.6 } };
const BACK = { expiryDays: 30, holdoutBps: 1_500, time: "14:00", effect: { extra: 0.05, use: 0.5 } };
const REGULARS = "number_of_orders >= 2 AND last_order_date > -365d";
const AWAY = "email_subscription_status = 'SUBSCRIBED' AND last_order_date < -90d";

const GERMAN_THANKS = {
  ...THANKS,
  description: "Ein kleiner Dank an alle, die wiedergekommen sind.",
  segment: { name: "Stammkunden", description: "Mindestens zwei Bestellungen, die letzte im vergangenen Jahr", query: REGULARS },
  more: { strategy: "recent_many_orders" },
} satisfies Partial<DemoCampaign>;
const GERMAN_BACK = {
  ...BACK,
  description: "Wer seit drei Monaten nicht da war, bekommt einen Grund wiederzukommen.",
  segment: { name: "Seit drei Monaten still", description: "Abonniert, letzter Kauf vor mehr als 90 Tagen", query: AWAY },
  more: { strategy: "formerly_highly_engaged" },
} satisfies Partial<DemoCampaign>;
const GERMAN_GOODWILL = { times: 4, reasons: GERMAN_REASONS };
const NOTHING_ELSE = { ahead: [], waiting: [], drafts: [], note: "" };

export const clientShops = (customers: number): readonly ClientShop[] => [
  {
    shop: { name: "Bergwerk Wien", currency: "EUR", timeZone: "Europe/Vienna", country: "AT", locale: "de" },
    brand: { host: "bergwerk.example", company: "Bergwerk Handels GmbH", address: "Gumpendorfer Straße 12\n1060 Wien" },
    profile: { seed: "bergwerk", customers, region: "at", currency: "EUR", english: false, vat: 20, models: 1 },
    plan: {
      ...NOTHING_ELSE,
      past: [
        { ...GERMAN_THANKS, name: "Dank an Stammkunden: 8 €", amount: 800, daysAgo: 75, effect: { extra: 0.22, use: 0.6 } },
        { ...GERMAN_BACK, name: "Wiedersehen: 6 €", amount: 600, daysAgo: 9 },
      ],
      goodwill: GERMAN_GOODWILL,
    },
  },
  {
    shop: { name: "Alpenladen Zürich", currency: "CHF", timeZone: "Europe/Zurich", country: "CH", locale: "de" },
    brand: { host: "alpenladen.example", company: "Alpenladen Gruppe AG", address: "Langstrasse 120\n8004 Zürich" },
    profile: { seed: "alpenladen", customers, region: "ch", currency: "CHF", english: false, vat: 8.1, models: 1 },
    plan: {
      past: [
        { ...GERMAN_THANKS, name: "Dank an Stammkunden: 10 CHF", amount: 1_000, daysAgo: 82 },
        { ...GERMAN_BACK, name: "Wiedersehen: 7 CHF", amount: 700, daysAgo: 5 },
      ],
      ahead: [],
      waiting: [
        {
          ...GERMAN_BACK,
          name: "Adventsgruß: 12 CHF",
          description: "Für alle, die in den letzten zwei Monaten bestellt haben.",
          segment: { name: "Zuletzt da", description: "Letzte Bestellung vor höchstens 60 Tagen", query: "last_order_date > -60d" },
          amount: 1_200,
          daysAgo: -4,
          more: {},
        },
      ],
      note: "Bitte vor dem Wochenende ansehen.",
      drafts: [],
      goodwill: GERMAN_GOODWILL,
    },
  },
  {
    shop: { name: "Harbour & Hill London", currency: "GBP", timeZone: "Europe/London", country: "GB", locale: "en" },
    brand: { host: "harbourhill.example", company: "Harbour & Hill Ltd", address: "14 Shad Thames\nLondon SE1 2YT" },
    profile: { seed: "harbour", customers, region: "gb", currency: "GBP", english: true, vat: 20, models: 1 },
    plan: {
      ...NOTHING_ELSE,
      past: [
        {
          ...THANKS,
          name: "Thank you, regulars: £8",
          description: "A small thank-you to everybody who came back.",
          segment: { name: "Regulars", description: "Two orders or more, the last within a year", query: REGULARS },
          more: { strategy: "recent_many_orders" },
          amount: 800,
          daysAgo: 78,
        },
        {
          ...BACK,
          name: "See you again: £5",
          description: "A reason to come back for those who have been away for three months.",
          segment: { name: "Quiet for three months", description: "Subscribed, last order more than 90 days ago", query: AWAY },
          more: { strategy: "formerly_highly_engaged" },
          amount: 500,
          daysAgo: 7,
        },
      ],
      goodwill: { times: 4, reasons: ["Delivered late", "Arrived damaged", "Goodwill after a call", "Wrong size sent"] },
    },
  },
];
