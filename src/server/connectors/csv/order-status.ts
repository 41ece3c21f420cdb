type OrderStatus = "pending" | "paid" | "partially_paid" | "cancelled" | "refunded";
export type OrderStatusText = OrderStatus;

const STATUS: Record<OrderStatus, readonly string[]> = {
  paid: [
    "paid",
    "complete",
    "completed",
    "processing",
    "fulfilled",
    "shipped",
    "delivered",
    "partially_refunded",
    "partially refunded",
    "wc-completed",
    "wc-processing",
    "bezahlt",
    "abgeschlossen",
    "versendet",
    "versandt",
    "in bearbeitung",
    "geliefert",
    "teilweise erstattet",
  ],
  pending: [
    "pending",
    "authorized",
    "on-hold",
    "on hold",
    "open",
    "unpaid",
    "wc-pending",
    "wc-on-hold",
    "offen",
    "ausstehend",
    "unbezahlt",
    "draft",
    "checkout-draft",
  ],
  partially_paid: ["partially_paid", "partially paid", "teilweise bezahlt", "teilbezahlt"],
  cancelled: [
    "cancelled",
    "canceled",
    "voided",
    "failed",
    "expired",
    "wc-cancelled",
    "wc-failed",
    "storniert",
    "abgebrochen",
    "fehlgeschlagen",
  ],
  refunded: ["refunded", "returned", "wc-refunded", "erstattet", "zurückerstattet", "retourniert"],
};

const BY_TEXT = new Map<string, OrderStatus>(
  Object.entries(STATUS).flatMap(([status, texts]) => texts.map((text): [string, OrderStatus] => [text, status as OrderStatus])),
);

/** The words of Shopify, WooCommerce and German shops for an order's state; null when unknown. */
export const orderStatus = (text: string): OrderStatus | null => BY_TEXT.get(text.trim().toLowerCase()) ?? null;
