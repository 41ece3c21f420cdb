import { percentOf, unitScale } from "@/server/money";
import { roundToStep } from "./offer";
import type { Offer, Terms } from "./schema";

/** What a strategy is for; decides how much credit it takes. Keys of `campaigns.why`. */
export const STRATEGY_WHYS = ["firstOrder", "winBack", "loyalty", "basket", "birthday", "products"] as const;
export type StrategyWhy = (typeof STRATEGY_WHYS)[number];

/** The 23 built-in strategies of the segments' library by purpose. */
export const STRATEGY_WHY = {
  engaged_subscribers_no_purchase: "firstOrder",
  first_time_buyers_subscribed: "loyalty",
  first_time_buyers_of_products: "loyalty",
  lapsed_frequent_buyers: "winBack",
  lapsed_email_engaged: "winBack",
  frequent_openers_3m: "basket",
  birthday_next_30d: "birthday",
  birthday_today: "birthday",
  formerly_highly_engaged: "winBack",
  recent_many_orders: "loyalty",
  vip: "loyalty",
  high_spend_product_tag: "basket",
  high_value_high_intent: "loyalty",
  high_spend_recent_purchase: "loyalty",
  predicted_high_spend: "loyalty",
  abandoned_checkout_30d: "firstOrder",
  viewed_products_no_order: "firstOrder",
  viewed_collections_no_order: "firstOrder",
  viewed_collection_recently: "products",
  low_spend_per_order: "basket",
  bought_product_tag: "products",
  bought_product_in_window: "products",
  bought_products: "products",
} as const satisfies Record<string, StrategyWhy>;
export type StrategyKey = keyof typeof STRATEGY_WHY;

export type Suggestion = {
  why: StrategyWhy;
  amount: bigint;
  offer: Offer;
  expiryDays: number;
  holdoutBps: number;
  terms: Terms | null;
};

/** Shares of an average order, in hundredths of a percent, and days of validity. Our proposals, not measured anywhere yet. */
const RECIPES: Record<StrategyWhy, { shareBps: bigint; expiryDays: number; minOrderBps: bigint | null; byPerson: boolean }> = {
  firstOrder: { shareBps: 1_500n, expiryDays: 21, minOrderBps: null, byPerson: false },
  winBack: { shareBps: 2_000n, expiryDays: 30, minOrderBps: null, byPerson: false },
  // Regulars differ most in what they are worth: a share of what each usually spends.
  loyalty: { shareBps: 1_000n, expiryDays: 45, minOrderBps: null, byPerson: true },
  basket: { shareBps: 1_500n, expiryDays: 21, minOrderBps: 13_000n, byPerson: false },
  birthday: { shareBps: 1_500n, expiryDays: 30, minOrderBps: null, byPerson: false },
  products: { shareBps: 1_500n, expiryDays: 21, minOrderBps: null, byPerson: false },
};

const NO_TERMS: Terms = { minOrder: null, include: null, exclude: null, firstOrderOnly: false, noDiscounts: false };
const HOLDOUT_BPS = 1_000;

/** The credit a strategy starts with in a shop whose average order is this much; whole major units, at least one. */
export function suggestCredit(why: StrategyWhy, averageOrder: bigint, unit: string): Suggestion {
  const { shareBps, expiryDays, minOrderBps, byPerson } = RECIPES[why];
  const major = 10n ** BigInt(unitScale(unit));
  const whole = (minor: bigint): bigint => {
    const rounded = roundToStep(minor, major);
    return rounded > 0n ? rounded : major;
  };
  const amount = whole(percentOf(averageOrder, shareBps));
  return {
    why,
    amount,
    offer: byPerson
      ? { type: "variable", base: "averageOrder", windowDays: null, bps: Number(shareBps), step: major, min: major, max: amount * 3n }
      : { type: "fixed" },
    expiryDays,
    holdoutBps: HOLDOUT_BPS,
    terms: minOrderBps === null ? null : { ...NO_TERMS, minOrder: whole(percentOf(averageOrder, minOrderBps)) },
  };
}

export const isStrategyKey = (key: string): key is StrategyKey => key in STRATEGY_WHY;
