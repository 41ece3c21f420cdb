import type { FunctionName } from "./schema";

/** Kinds of activity events behind the functions that look at them. Opens and clicks of any mailer carry the same names. */
export const EVENT_KINDS = {
  "shopify_email.opened": "email.opened",
  "shopify_email.clicked": "email.clicked",
  "shopify_email.delivered": "email.delivered",
  "shopify_email.bounced": "email.bounced",
  "shopify_email.marked_as_spam": "email.marked_as_spam",
  "shopify_email.unsubscribed": "email.unsubscribed",
  "storefront.product_viewed": "product.viewed",
  "storefront.collection_viewed": "collection.viewed",
} as const satisfies Partial<Record<FunctionName, string>>;
