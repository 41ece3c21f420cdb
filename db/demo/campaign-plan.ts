import type { z } from "zod";
import type { createCampaignSchema } from "@/server/campaigns/schema";

/** A campaign of the demo and what it does to people. The report is computed by the app from what then really happened. */
export type DemoCampaign = {
  name: string;
  description: string;
  segment: { name: string; description: string; query: string };
  /** Minor units. */
  amount: number;
  expiryDays: number;
  holdoutBps: number;
  /** Calendar days before today; negative lies ahead. */
  daysAgo: number;
  time: string;
  /** `extra`: share of treated people who order once more because of it. `use`: share of their usual orders that use the credit. */
  effect: { extra: number; use: number };
  /** What goes beyond a fixed amount in the shop's zone. */
  more?: z.input<typeof createCampaignSchema>;
};

/** What a demo shop has done and is about to do. */
export type ShopPlan = {
  /** Released, oldest first. */
  past: readonly DemoCampaign[];
  /** Scheduled. */
  ahead: readonly DemoCampaign[];
  /** Submitted with `note`, for others to approve. */
  waiting: readonly DemoCampaign[];
  note: string;
  drafts: readonly DemoCampaign[];
  /** What was given by hand. */
  goodwill: { times: number; reasons: readonly string[] };
};

/** Two finished (one mature, one still preliminary), one running. */
const PAST: readonly DemoCampaign[] = [
  {
    name: "Zurück im Laden: 10 €",
    description: "Wer lange nicht da war, bekommt einen Grund wiederzukommen.",
    segment: {
      name: "Lange nicht gekauft",
      description: "Abonniert, letzter Kauf vor 120 bis 600 Tagen",
      query: "email_subscription_status = 'SUBSCRIBED' AND last_order_date < -120d AND last_order_date > -600d",
    },
    amount: 1_000,
    expiryDays: 30,
    holdoutBps: 2_500,
    daysAgo: 98,
    time: "14:00",
    effect: { extra: 0.035, use: 0.55 },
    more: { strategy: "formerly_highly_engaged" },
  },
  {
    name: "Dank an Stammkunden: 5 €",
    description: "Ein kleiner Dank an alle mit mindestens drei Bestellungen.",
    segment: {
      name: "Stammkunden",
      description: "Mindestens drei Bestellungen, die letzte im vergangenen Jahr",
      query: "number_of_orders >= 3 AND last_order_date > -365d",
    },
    amount: 500,
    expiryDays: 21,
    holdoutBps: 1_500,
    daysAgo: 52,
    time: "10:00",
    effect: { extra: 0.015, use: 0.5 },
    more: { strategy: "recent_many_orders" },
  },
  {
    name: "Zweiter Einkauf: 8 €",
    description: "Nach der ersten Bestellung entscheidet sich, ob jemand wiederkommt.",
    segment: {
      name: "Erstkunden mit Newsletter",
      description: "Genau eine Bestellung, abonniert",
      query: "number_of_orders = 1 AND email_subscription_status = 'SUBSCRIBED'",
    },
    amount: 800,
    expiryDays: 30,
    holdoutBps: 1_000,
    daysAgo: 6,
    time: "14:00",
    effect: { extra: 0.02, use: 0.5 },
    more: { strategy: "first_time_buyers_subscribed" },
  },
];

const NEXT: DemoCampaign = {
  name: "Für unsere Besten: 15 €",
  description: "Guthaben für Kundinnen und Kunden mit dem Schlagwort vip.",
  segment: { name: "VIP", description: "Schlagwort vip", query: "customer_tags CONTAINS 'vip'" },
  amount: 1_500,
  expiryDays: 60,
  holdoutBps: 1_000,
  daysAgo: -3,
  time: "14:00",
  effect: { extra: 0, use: 0 },
  more: { strategy: "vip" },
};

const WAITING: DemoCampaign = {
  name: "Winterschlaf beenden: 10 % vom üblichen Einkauf",
  description: "Je nach gewohntem Bestellwert 5 bis 20 €, einlösbar ab 40 €.",
  segment: {
    name: "Früher oft, jetzt still",
    description: "Mindestens drei Bestellungen, die letzte vor mehr als 180 Tagen",
    query: "number_of_orders >= 3 AND last_order_date < -180d",
  },
  amount: 0,
  expiryDays: 30,
  holdoutBps: 1_500,
  daysAgo: -5,
  time: "10:00",
  effect: { extra: 0, use: 0 },
  more: {
    strategy: "lapsed_frequent_buyers",
    offer: { type: "variable", base: "averageOrder", bps: 1_000, step: "100", min: "500", max: "2000" },
    terms: { minOrder: "4000" },
  },
};

const DRAFT: DemoCampaign = {
  name: "Wie viel ist genug? 5, 10 oder 15 €",
  description: "Drei Beträge per Los: welcher am meisten einbringt, zeigt die Auswertung.",
  segment: {
    name: "Aktiv im letzten Halbjahr",
    description: "Mindestens eine Bestellung in den letzten 180 Tagen",
    query: "number_of_orders >= 1 AND last_order_date > -180d",
  },
  amount: 0,
  expiryDays: 21,
  holdoutBps: 1_500,
  daysAgo: -12,
  time: "09:00",
  effect: { extra: 0, use: 0 },
  more: { offer: { type: "arms", arms: [{ amount: "500" }, { amount: "1000" }, { amount: "1500" }] } },
};

export const GERMAN_REASONS = ["Lieferung kam zu spät", "Artikel war beschädigt", "Kulanz nach Rückfrage", "Falsche Größe geliefert"];

/** The first shop: something of every kind, so that inbox and builder are not empty on the first visit. */
export const MAIN_PLAN: ShopPlan = {
  past: PAST,
  ahead: [NEXT],
  waiting: [WAITING],
  note: "Bitte bis Freitag ansehen.",
  drafts: [DRAFT],
  goodwill: { times: 12, reasons: GERMAN_REASONS },
};
