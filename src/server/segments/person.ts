/** One customer as the evaluator sees him: the metrics row, the customer row, and what happened. */
export type Person = {
  id: string;
  erased: boolean;
  emailKey: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  locale: string | null;
  timeZone: string | null;
  birthDate: string | null;
  tags: string[];
  accountStatus: string;
  emailConsent: string;
  smsConsent: string;
  addedAt: Date;
  metrics: {
    orders: number;
    netSpent: bigint;
    grossSpent: bigint;
    firstOrderAt: Date | null;
    lastOrderAt: Date | null;
    abandonedCheckoutDay: number | null;
  };
  score: {
    recency: number | null;
    frequency: number | null;
    monetary: number | null;
    group: string | null;
    /** Under Shopify's names; null is a prospect. */
    shopifyGroup: string | null;
    tier: string | null;
    /** Decimal texts, as exact as the database compares them. */
    orders: string | null;
    churn: string | null;
    value: bigint | null;
  } | null;
  /** The shop's own attributes: the JSON type, the text of a scalar, the texts of an array. */
  custom: Record<string, CustomValue>;
  /** Real purchases only. */
  orders: { at: Date; total: bigint; currency: string }[];
  /** Lines of real purchases with a price and a quantity. `product` null: unknown product. */
  lines: { orderId: string; at: Date; quantity: number; product: Product | null }[];
  /** `product`: what `ref` names, when it is a known product. */
  events: { kind: string; at: Date; ref: string | null; product: Product | null }[];
  /** Credit from campaigns, when it was booked. */
  campaigns: { campaignId: string; at: Date }[];
  lots: { unit: string; remaining: bigint; availableFrom: Date; expiresAt: Date | null; createdAt: Date }[];
};

export type CustomValue = { type: string; text: string | null; texts: (string | null)[] };

export type Product = { externalId: string; tags: string[] };
