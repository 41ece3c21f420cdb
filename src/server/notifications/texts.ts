import type { MessageTexts } from "@db/schema/campaigns";
import type { MessageLocale } from "./templates/values";

export type MessageText = { subject: string; body: string };
export type { MessageLocale };

/** What the campaign's simple editor shows as the starting text; the message itself is then laid out by the built-in template. */
export const DEFAULT_TEXTS: Record<MessageLocale, MessageText> = {
  de: {
    subject: "{amount} Guthaben bei {shop}",
    body: "Guten Tag {first_name},\n\nwir schenken {amount} Guthaben für den nächsten Einkauf bei {shop}. {expires}\n\nDas Guthaben wird beim Bezahlen automatisch angeboten.\n\nViele Grüße\n{shop}",
  },
  en: {
    subject: "{amount} store credit at {shop}",
    body: "Hello {first_name},\n\nhere is {amount} of store credit for your next order at {shop}. {expires}\n\nIt is offered automatically at the checkout.\n\nBest regards\n{shop}",
  },
};

/** The text for a language: the campaign's own, else the built-in one. */
export const textFor = (texts: MessageTexts, locale: MessageLocale): MessageText => texts[locale] ?? DEFAULT_TEXTS[locale];
